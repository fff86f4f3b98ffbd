import type { ProgramType } from '@hookline/bpf';

export type HookName = 'xdp' | 'tc';

/** What a user may say about a program beside its name. */
export interface ProgramOptions {
  /** Path of a configuration, for a shipped program or a file that exports a service. */
  readonly config?: string;
  /** Which hook, for what could run on both. */
  readonly hook?: HookName;
  /** Take all programs where none is chosen: they are looked at, not run. */
  readonly all?: boolean;
  /** The interfaces of the host that it will run on, for configurations that name them. */
  readonly devices?: readonly { readonly name: string; readonly ifindex: number }[];
}

export const TYPE_OF_HOOK: Readonly<Record<HookName, ProgramType>> = { xdp: 'xdp', tc: 'sched_cls' };
