import { type KeyedMap, type Place, type Uint, type UintPlace, variable, when } from '@hookline/builder';
import { u32 } from '@hookline/layout';
import { type FlowVariables, flowHash, KIND } from './flow.ts';
import type { LoadBalancerConfig } from './load-balancer-config.ts';
import type { LoadBalancerMaps } from './maps.ts';

/** What the service map holds for a packet. */
export type ServicePlace =
  LoadBalancerMaps['services4'] extends KeyedMap<infer _K, infer V, 'shared', 'hash'> ? Place<V, 'shared'> : never;

/**
 * The number of the backend that a packet goes to, 0 for none; and the hash of its flow. In this order: the server that a
 * QUIC connection ID names, the backend that the flow had before, the position in the service's table.
 *
 * SYNs are not remembered, so that a flood of them cannot push out connections that are there.
 */
export function chooseBackend(
  config: LoadBalancerConfig,
  maps: LoadBalancerMaps,
  service: ServicePlace,
  flow: FlowVariables,
  wide: boolean,
): { readonly chosen: UintPlace<'u32', 'own'>; readonly hash: Uint<'u64'> } {
  const { connections, backends, servers, tables } = maps;
  const chosen = variable(u32, 0);
  const slot = service.slot.plus(0);
  const hash = flowHash(flow, wide);
  const key = { clientHigh: flow.clientHigh, clientLow: flow.clientLow, service: slot, clientPort: flow.clientPort };

  when(flow.serverId.ne(0).and(service.quic.ne(0)), () => {
    when(servers.lookup({ service: slot, serverId: flow.serverId }), (named) => chosen.set(named));
  });
  when(chosen.eq(0), () => {
    when(connections.lookup(key), (known) => {
      when(flow.kind.eq(KIND.opening), () => {
        connections.delete(key);
      }).otherwise(() => {
        when(backends.lookup(known.backend), (backend) => {
          // The slot may have another tenant by now.
          when(backend.generation.eq(known.generation), () => chosen.set(known.backend));
        });
      });
    });
    when(chosen.eq(0), () => {
      when(tables.lookup(slot), (table) => {
        when(table.at(hash.modulo(config.tableSize).as(u32)), (entry) => chosen.set(entry));
      });
      when(chosen.ne(0).and(flow.kind.eq(KIND.running)), () => {
        when(backends.lookup(chosen), ({ generation }) => {
          connections.update(key, { backend: chosen, generation });
        });
      });
    });
  });
  return { chosen, hash };
}
