import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { counterRows, countOf } from '../counts.ts';
import { CATCH_ROWS, CATCHES } from './catches.ts';
import { familyOfService, type LoadBalancerConfig } from './load-balancer-config.ts';
import { BACKEND_STATE, type LoadBalancerMaps } from './maps.ts';

type Loaded = LoadedObject<Programs, LoadBalancerMaps>;

/** A row for each service, followed by its backends as the maps hold them now; at last what no backend got. */
export function loadBalancerRows(loaded: Loaded, config: LoadBalancerConfig): readonly Row[] {
  const { backends, serviceCounters, backendCounters, otherCounters } = loaded.maps;
  const present = [...backends.entries()].filter(([, { state }]) => state !== BACKEND_STATE.absent);
  const services = config.services.flatMap((service, slot): Row[] => [
    { label: `service ${service.name}`, action: service.mode, ...countOf(serviceCounters, slot) },
    ...present
      .filter(([, backend]) => backend.service === slot)
      .map(([number, backend]) => ({
        label: `${service.name}: ${backend[familyOfService(service)]}`,
        action: backend.state === BACKEND_STATE.active ? 'active' : 'drained',
        ...countOf(backendCounters, number),
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
