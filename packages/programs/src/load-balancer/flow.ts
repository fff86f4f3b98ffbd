import { type Operand, type Uint, type UintPlace, variable } from '@hookline/builder';
import { u8, u16, u32, u64 } from '@hookline/layout';

/** What is known of a packet for a virtual service before the service is. */
export interface FlowVariables {
  /** The client's address as it lies in memory; of IPv4 the lower half alone. */
  readonly clientHigh: UintPlace<'u64', 'own'>;
  readonly clientLow: UintPlace<'u64', 'own'>;
  readonly clientPort: UintPlace<'u32', 'own'>;
  readonly servicePort: UintPlace<'u16', 'own'>;
  /** 0: not a packet that is balanced. */
  readonly protocol: UintPlace<'u8', 'own'>;
  /** `KIND`. */
  readonly kind: UintPlace<'u32', 'own'>;
  /** What a QUIC connection ID says, 0 where there is none. */
  readonly serverId: UintPlace<'u32', 'own'>;
}

/** `opening`: a TCP SYN, which begins a connection whatever was remembered. `error`: ICMP about a packet of the flow. */
export const KIND = { running: 0, opening: 1, error: 2 } as const;

export function flowVariables(): FlowVariables {
  return {
    clientHigh: variable(u64, 0),
    clientLow: variable(u64, 0),
    clientPort: variable(u32, 0),
    servicePort: variable(u16, 0),
    protocol: variable(u8, 0),
    kind: variable(u32, KIND.running),
    serverId: variable(u32, 0),
  };
}

/** The finaliser of MurmurHash3_x64_128: every bit of the input moves every bit of the result. */
function mixed(value: Uint<'u64'>): Uint<'u64'> {
  const first = value.bitXor(value.shiftRight(33)).times(0xff51afd7ed558ccdn);
  const second = first.bitXor(first.shiftRight(33)).times(0xc4ceb9fe1a85ec53n);
  return second.bitXor(second.shiftRight(33));
}

/**
 * A hash of the client's address and port, 64 bits. The rest of the five-tuple is the service's, which has a table of
 * its own. It keeps no secret and depends on nothing but the packet, so that all load balancers come to the same.
 */
export function flowHash({ clientHigh, clientLow, clientPort }: FlowVariables, wide: boolean): Uint<'u64'> {
  const port: Operand<'u64'> = clientPort;
  if (!wide) return mixed(clientLow.shiftLeft(16).bitOr(port));
  const high = mixed(clientHigh.plus(0));
  const low = mixed(high.bitXor(clientLow));
  return mixed(low.bitXor(port));
}
