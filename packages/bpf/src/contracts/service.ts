import type { BpfObject, Maps, Programs } from '../object/bpf-object.ts';
import type { LoadedObject } from './loaded-object.ts';

/** What one line of a configuration has done: the report's and the live status's per-rule rows. */
export interface Row {
  /** `rule 3: drop tcp/23`, `backend 10.0.0.2`. */
  readonly label: string;
  /** What happens to the packets counted here, in the words of the configuration. */
  readonly action: string;
  readonly packets: bigint;
  /** Frame bytes without FCS. */
  readonly bytes: bigint;
}

/**
 * A ready-made program: from a configuration to an object, and from the loaded object to a control plane that speaks
 * maps only and therefore works in both worlds.
 */
export interface Service<Config, Control, P extends Programs = Programs, M extends Maps = Maps> {
  readonly kind: 'service';
  readonly version: 1;
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  readonly schema: Schema<Config>;
  /** What is replayed where no configuration is given. */
  readonly defaults: Config;
  build(config: Config): BpfObject<P, M>;
  /** Fills the maps from the configuration and gives the handle for changes at run time. */
  control(loaded: LoadedObject<P, M>, config: Config): Control;
  report(loaded: LoadedObject<P, M>, config: Config): readonly Row[];
}

/** Checks a configuration that came from a file. */
export interface Schema<Config> {
  /** @throws Error with code CONFIG_INVALID, whose message names the key and the remedy */
  parse(value: unknown): Config;
}
