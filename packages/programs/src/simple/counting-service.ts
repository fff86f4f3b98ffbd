import type { MapSpec, ProgramSpec, Row, Service } from '@hookline/bpf';
import { bpfObject, type Hook, type Packet, tc, type Uint, type Verdict, xdp } from '@hookline/builder';
import { u32 } from '@hookline/layout';
import { type CounterMap, counterMap, counterRows, resetCounters } from '../counts.ts';
import { type NoConfig, noConfigSchema } from './no-config.ts';

/** The handle of a program that only counts. */
export interface CountingControl {
  rows(): readonly Row[];
  reset(): void;
}

interface OnBothHooks extends Readonly<Record<string, ProgramSpec>> {
  readonly onXdp: ProgramSpec<'xdp'>;
  readonly onTc: ProgramSpec<'sched_cls'>;
}
type Counters = { readonly counters: CounterMap } & Readonly<Record<string, MapSpec>>;

export type CountingService = Service<NoConfig, CountingControl, OnBothHooks, Counters>;

/** What is particular about one of them. */
interface Definition {
  readonly name: string;
  readonly summary: string;
  readonly rows: readonly { readonly label: string; readonly action: string }[];
  readonly body: (packet: Packet, length: Uint<'u32'>, counters: CounterMap) => Verdict<Hook>;
}

/** A service without a configuration: one body on both hooks, and a row for each of its counters. */
export function countingService({ name, summary, rows, body }: Definition): CountingService {
  // The kernel takes no '-' in the names of programs.
  const programName = name.replaceAll('-', '_');
  return {
    kind: 'service',
    version: 1,
    name,
    summary,
    schema: noConfigSchema,
    defaults: {},
    build() {
      const counters = counterMap('counters', rows.length);
      const run = (packet: Packet): Verdict<Hook> => body(packet, packet.length.as(u32), counters);
      return bpfObject({
        onXdp: xdp(programName, ({ packet }) => run(packet)),
        onTc: tc(`${programName}_tc`, ({ packet }) => run(packet)),
        counters,
      });
    },
    control: (loaded) => ({
      rows: () => counterRows(loaded.maps.counters, rows),
      reset: () => resetCounters(loaded.maps.counters, rows.length),
    }),
    report: (loaded) => counterRows(loaded.maps.counters, rows),
  };
}
