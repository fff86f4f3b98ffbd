import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { counterRows, countOf } from '../counts.ts';
import { CATCH_ROWS, CATCHES } from './catches.ts';
import { familyOfService, type LoadBalancerConfig, MAX_BACKENDS, type ServiceConfig } from './load-balancer-config.ts';
import { BACKEND_STATE, type LoadBalancerMaps } from './maps.ts';

type Loaded = LoadedObject<Programs, LoadBalancerMaps>;

/** Number 0 is nobody's. */
const ALL_NUMBERS: readonly number[] = Array.from({ length: MAX_BACKENDS }, (_, i) => i + 1);

/**
 * A row for each service, followed by its backends as the maps hold them now; at last what no backend got.
 *
 * @param numbers the backends to look for, where the caller knows them: to look at all takes some thousand calls
 */
export function loadBalancerRows(
  loaded: Loaded,
  config: LoadBalancerConfig,
  numbers: readonly number[] = ALL_NUMBERS,
): readonly Row[] {
  const { backends, serviceCounters, backendCounters, otherCounters } = loaded.maps;
  const present = numbers.flatMap((number) => {
    const backend = backends.get(number);
    return backend && backend.state !== BACKEND_STATE.absent ? [{ number, backend }] : [];
  });
  const rowsOf = (service: ServiceConfig, slot: number): readonly Row[] =>
    present
      .filter(({ backend }) => backend.service === slot)
      .map(({ number, backend }) => ({
        label: `${service.name}: ${backend[familyOfService(service)]}`,
        action: backend.state === BACKEND_STATE.active ? 'active' : 'drained',
        ...countOf(backendCounters, number),
      }));
  return [
    ...config.services.flatMap((service, slot) => [
      { label: `service ${service.name}`, action: service.mode, ...countOf(serviceCounters, slot) },
      ...rowsOf(service, slot),
    ]),
    ...counterRows(
      otherCounters,
      CATCHES.map((what) => CATCH_ROWS[what]),
    ),
  ];
}
