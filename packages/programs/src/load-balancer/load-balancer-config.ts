import type { Family } from '../firewall/prefix.ts';

/** `direct`: a new destination MAC, nothing else. `tunnel`: IPv4 in IPv4 (RFC 2003), or IPv6 in IPv6 (RFC 2473). */
export type Mode = 'direct' | 'tunnel';
/** An active backend gets new flows; a drained one keeps those that it has. */
export type BackendState = 'active' | 'drained';

/** One server behind a service. */
export interface BackendConfig {
  /** Of the service's family; unique in the service. It is the backend's identity. */
  readonly address: string;
  /** Its share of new flows, against those of the others. */
  readonly weight: number;
  /** Where frames for it go: its own MAC, or in a tunnel that of the next hop. Missing: the gateway's. */
  readonly mac?: string;
  readonly state: BackendState;
  /** What its QUIC server writes into its connection IDs; unique in the service. */
  readonly serverId?: number;
}

/** An address, port and protocol that clients see. */
export interface ServiceConfig {
  /** Unique; what the report and the control plane call it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** An IP protocol number: TCP or UDP. */
  readonly protocol: number;
  readonly mode: Mode;
  /** UDP: packets with a QUIC connection ID that names a backend go there. */
  readonly quic: boolean;
  readonly backends: readonly BackendConfig[];
}

/** The load balancer's configuration, checked and with every default filled in. */
export interface LoadBalancerConfig {
  /** Positions in each service's Maglev table, a prime. */
  readonly tableSize: number;
  /** Flows that are remembered; the least recently used is forgotten first. */
  readonly connections: number;
  /** The largest IP packet that may leave, outer header included, in bytes. */
  readonly mtu: number;
  /** Sources of outer headers. */
  readonly source: { readonly ipv4?: string; readonly ipv6?: string };
  /** MAC of the next hop for backends that name none. */
  readonly gateway?: string;
  /** Where frames leave: the interface that they came in by, or another one by its number. */
  readonly output: 'same' | number;
  readonly services: readonly ServiceConfig[];
}

export const MAX_SERVICES = 512;
/** Over all services, those that come later included. */
export const MAX_BACKENDS = 4096;
/** The paper's larger table would be 655373; a position is two bytes, and all services have one table each. */
export const MAX_TABLE_SIZE = 65_537;
export const MAX_CONNECTIONS = 10_000_000;
/** What IPv6 asks of every link (RFC 8200 section 5), and an outer header. */
export const MIN_MTU = 1320;
/** A frame of one buffer; behind it XDP sees only the beginning. */
export const MAX_MTU = 3498;
export const MAX_WEIGHT = 1000;
/** Two bytes of the connection ID; 0 is nobody's. */
export const MAX_SERVER_ID = 0xffff;

export function familyOfService(service: ServiceConfig): Family {
  return service.address.includes(':') ? 'ipv6' : 'ipv4';
}
