import { native } from './native.ts';

/** `enum bpf_cmd` (linux/bpf.h), as far as it is used. */
export const COMMAND = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  mapNextKey: 4,
  programLoad: 5,
  programTestRun: 10,
  btfLoad: 18,
  mapLookupAndDelete: 21,
  mapFreeze: 22,
  linkCreate: 28,
  linkUpdate: 29,
  linkDetach: 34,
} as const;
export type Command = (typeof COMMAND)[keyof typeof COMMAND];

/** What the block of the coming call points to: nothing else may hold the bytes while the kernel uses them. */
const referenced: Uint8Array[] = [];

/** The address of some bytes for an attribute block; they stay where they are until the next `bpf` has returned. */
export function pointerTo(view: Uint8Array): bigint {
  if (view.length === 0) return 0n;
  referenced.push(view);
  return native().address(view);
}

/**
 * bpf(2).
 *
 * @param block the attributes of the command; the kernel may write into it
 * @returns what the kernel returned (0 or a file descriptor), or the negative errno
 */
export function bpf(command: Command, block: Uint8Array): number {
  const kernel = native();
  const result = kernel.bpf(kernel.numbers.bpf, command, block, block.length);
  const answer = result < 0 ? -kernel.errno() : result;
  referenced.length = 0;
  return answer;
}
