import { dissect } from './dissect/dissect.ts';
import { type DissectedLayer, type Dissection, fieldOf } from './dissect/dissection.ts';
import { REGISTRY } from './dissect/registry.ts';

/** Who talks to whom: the five-tuple of a packet, and what both directions of it share. */
export interface Flow {
  /** The upper protocol, an `IP_PROTOCOL`; extension headers are passed over. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** 0 where the protocol has no ports or the packet does not show them, as in every fragment but the first. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The same for both directions: protocol, lower end, higher end. `tcp 10.0.0.1.80 10.0.0.2.49152` */
  readonly key: string;
  /** Whether the packet goes from the lower end to the higher one; ends compare by address, then by port. */
  readonly forward: boolean;
}

const IP: ReadonlySet<string> = new Set(['ipv4', 'ipv6']);
const EXTENSIONS: ReadonlySet<string> = new Set([
  'hopByHop',
  'routing',
  'fragment',
  'destinationOptions',
  'authentication',
]);

function numberOf(layer: DissectedLayer | undefined, name: string): number | undefined {
  const value = layer && fieldOf(layer, name);
  return typeof value === 'number' ? value : undefined;
}

/** Negative, 0 or positive as the address at offset `a` is lower than, equal to or higher than that at `b`. */
function compareAddresses(bytes: Uint8Array, a: number, b: number, size: number): number {
  for (let i = 0; i < size; i++) {
    const difference = (bytes[a + i] as number) - (bytes[b + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The flow of a packet that is taken apart already. */
export function flowOfDissection(bytes: Uint8Array, { layers }: Dissection): Flow | undefined {
  const at = layers.findIndex(({ protocol }) => IP.has(protocol));
  const ip = layers[at];
  const source = ip?.fields.find(({ name }) => name === 'source');
  const destination = ip?.fields.find(({ name }) => name === 'destination');
  let protocol = numberOf(ip, 'protocol') ?? numberOf(ip, 'nextHeader');
  if (!source || !destination || protocol === undefined) return undefined;
  let upper = at + 1;
  while (EXTENSIONS.has(layers[upper]?.protocol ?? '')) {
    protocol = numberOf(layers[upper], 'nextHeader') ?? protocol;
    upper++;
  }
  const sourcePort = numberOf(layers[upper], 'sourcePort') ?? 0;
  const destinationPort = numberOf(layers[upper], 'destinationPort') ?? 0;
  const order = compareAddresses(bytes, source.offset, destination.offset, source.size) || sourcePort - destinationPort;
  const ends = [`${source.value}.${sourcePort}`, `${destination.value}.${destinationPort}`] as const;
  const forward = order <= 0;
  const name = REGISTRY.ipProtocol[protocol]?.name ?? `protocol-${protocol}`;
  return {
    protocol,
    source: String(source.value),
    destination: String(destination.value),
    sourcePort,
    destinationPort,
    key: `${name} ${forward ? `${ends[0]} ${ends[1]}` : `${ends[1]} ${ends[0]}`}`,
    forward,
  };
}

/**
 * The flow that a packet belongs to, by its outermost IP header; undefined without one. Never throws.
 *
 * @param linkType as for `dissect`
 */
export function flowOf(bytes: Uint8Array, linkType?: number): Flow | undefined {
  return flowOfDissection(bytes, dissect(bytes, linkType));
}
