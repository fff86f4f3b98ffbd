import type { MapSpec, ProgramSpec, Row, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { counterRows, resetCounters } from '../counts.ts';
import { familyOf } from '../firewall/prefix.ts';
import { DECAPSULATE_ROWS, type DecapsulateMaps, decapsulateMaps } from './decapsulate-maps.ts';
import { decapsulateProgram } from './decapsulate-program.ts';
import { type DecapsulateConfig, decapsulateSchema } from './decapsulate-schema.ts';

/** The handle of the tunnels' other end. */
export interface DecapsulateControl {
  rows(): readonly Row[];
  reset(): void;
}
interface DecapsulatePrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly decapsulate: ProgramSpec<'xdp'>;
}

/** The other end of the load balancer's tunnels, on its backends; XDP only, as it takes bytes off the front. */
export const decapsulate: Service<
  DecapsulateConfig,
  DecapsulateControl,
  DecapsulatePrograms,
  DecapsulateMaps & Readonly<Record<string, MapSpec>>
> = {
  kind: 'service',
  version: 1,
  name: 'decapsulate',
  summary: "Takes the load balancer's outer headers off, on a backend.",
  schema: decapsulateSchema,
  defaults: decapsulateSchema.parse({
    addresses: ['10.0.0.1', '2001:db8:a::1'],
    from: ['192.0.2.200', '2001:db8:0:1::200'],
  }),
  build() {
    const maps = decapsulateMaps();
    return bpfObject({ decapsulate: decapsulateProgram(maps), ...maps });
  },
  control({ maps }, { addresses, from }) {
    const { endpoints4, endpoints6, senders4, senders6, counters } = maps;
    for (const address of addresses) (familyOf(address) === 'ipv4' ? endpoints4 : endpoints6).set(address, 1);
    for (const prefix of from) (familyOf(prefix) === 'ipv4' ? senders4 : senders6).set(prefix, 1);
    return {
      rows: () => counterRows(counters, DECAPSULATE_ROWS),
      reset: () => resetCounters(counters, DECAPSULATE_ROWS.length),
    };
  },
  report: ({ maps }) => counterRows(maps.counters, DECAPSULATE_ROWS),
};
