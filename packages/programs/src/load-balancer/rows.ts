import type { LoadedObject, MapOf, Programs, Row } from '@hookline/bpf';
import { type CounterMap, counterRows } from '../counts.ts';
import { CATCH_ROWS, CATCHES } from './catches.ts';
import { familyOfService, type LoadBalancerConfig } from './load-balancer-config.ts';
import { BACKEND_STATE, type LoadBalancerMaps } from './maps.ts';

type Loaded = LoadedObject<Programs, LoadBalancerMaps>;

/** One counter. */
function count(counters: MapOf<CounterMap>, slot: number): { packets: bigint; bytes: bigint } {
  let packets = 0n;
  let bytes = 0n;
  for (const cpu of counters.get(slot) ?? []) {
    packets += cpu.packets;
    bytes += cpu.bytes;
  }
  return { packets, bytes };
}

/** A row for each service, followed by its backends as the maps hold them now; at last what no backend got. */
export function loadBalancerRows(loaded: Loaded, config: LoadBalancerConfig): readonly Row[] {
  const { backends, serviceCounters, backendCounters, otherCounters } = loaded.maps;
  const present = [...backends.entries()].filter(([, { state }]) => state !== BACKEND_STATE.absent);
  const services = config.services.flatMap((service, slot): Row[] => [
    { label: `service ${service.name}`, action: service.mode, ...count(serviceCounters, slot) },
    ...present
      .filter(([, backend]) => backend.service === slot)
      .map(([number, backend]) => ({
        label: `${service.name}: ${backend[familyOfService(service)]}`,
        action: backend.state === BACKEND_STATE.active ? 'active' : 'drained',
        ...count(backendCounters, number),
      })),
  ]);
  return [
    ...services,
    ...counterRows(
      otherCounters,
      CATCHES.map((what) => CATCH_ROWS[what]),
    ),
  ];
}
