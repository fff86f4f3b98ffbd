import { array, devmap, hash, lruHash } from '@hookline/builder';
import { be16, ipv4Address, ipv6Address, array as list, mac, struct, u8, u16, u32, u64 } from '@hookline/layout';
import { counterMap } from '../counts.ts';
import { CATCHES } from './catches.ts';
import { type LoadBalancerConfig, MAX_BACKENDS, MAX_SERVICES } from './load-balancer-config.ts';

/** By what a packet finds its service. Port and protocol 0: whether any service has this address. */
function serviceKey<A extends typeof ipv4Address | typeof ipv6Address>(name: string, address: A) {
  return struct(name, { address, port: be16, protocol: u8, reserved: u8 });
}

/** What the program has to know of a service. */
const Service = struct('lb_service', {
  /** Its table and its counters. */
  slot: u32,
  /** 1: MAC rewrite; 0: tunnel. */
  direct: u16,
  /** 1: QUIC connection IDs name backends. */
  quic: u16,
});

/** A backend of one service. The slot of the map is its number; number 0 stays free and means nobody. */
const Backend = struct('lb_backend', {
  /** Grows whenever the slot is given up: connections that still point here are then nobody's. */
  generation: u32,
  /** `BACKEND_STATE`. */
  state: u16,
  weight: u16,
  /** Slot of its service. */
  service: u32,
  /** 0: none. */
  serverId: u32,
  /** One's complement sum of the outer IPv4 header's words that never change, as numbers; 0 where there is none. */
  headerSum: u32,
  /** The one of its family; the other is zero. */
  ipv4: ipv4Address,
  ipv6: ipv6Address,
  /** Destination of frames for it. */
  mac,
});

export const BACKEND_STATE = { absent: 0, active: 1, drained: 2 } as const;

/** A flow: client and service. Addresses as they lie in memory, IPv4 in the lower half; padding is zero. */
const Flow = struct('lb_flow', { clientHigh: u64, clientLow: u64, service: u32, clientPort: u32 });
const Connection = struct('lb_connection', { backend: u32, generation: u32 });
const ServerKey = struct('lb_server', { service: u32, serverId: u32 });

/** The load balancer's maps; sizes come from the configuration. */
export function loadBalancerMaps(config: LoadBalancerConfig) {
  const serviceCount = Math.max(1, config.services.length);
  return {
    /** With a second entry for each address, see `serviceKey`. */
    services4: hash('lb_services4', {
      key: serviceKey('lb_key4', ipv4Address),
      value: Service,
      maxEntries: 2 * MAX_SERVICES,
    }),
    services6: hash('lb_services6', {
      key: serviceKey('lb_key6', ipv6Address),
      value: Service,
      maxEntries: 2 * MAX_SERVICES,
    }),
    /** By slot of the service: the number of the backend at each position, 0 where there is none. */
    tables: array('lb_tables', { value: list(u16, config.tableSize), maxEntries: serviceCount }),
    backends: array('lb_backends', { value: Backend, maxEntries: MAX_BACKENDS + 1 }),
    /** Numbers of backends by what their QUIC connection IDs say. */
    servers: hash('lb_servers', { key: ServerKey, value: u32, maxEntries: MAX_BACKENDS }),
    connections: lruHash('lb_connections', { key: Flow, value: Connection, maxEntries: config.connections }),
    /** By slot of the service. */
    serviceCounters: counterMap('lb_service_cnt', serviceCount),
    /** By number of the backend. */
    backendCounters: counterMap('lb_backend_cnt', MAX_BACKENDS + 1),
    /** By `CATCHES`: what no backend got. */
    otherCounters: counterMap('lb_other_cnt', CATCHES.length),
    /** Where frames leave, if not where they came in: the only entry is the interface's number. */
    output: devmap('lb_output', { maxEntries: 1 }),
  };
}

export type LoadBalancerMaps = ReturnType<typeof loadBalancerMaps>;
