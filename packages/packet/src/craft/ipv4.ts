import { encode, type Js } from '@hookline/layout';
import { internetChecksum } from '../checksum/internet-checksum.ts';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { Ipv4Header, Ipv4OptionHeader } from '../headers/ipv4.ts';
import { ethernet, multicastMac } from './ethernet.ts';
import { CraftError, carriedBy, concat, isLayer, type Layer, type Payload, padded, patch16 } from './layer.ts';

const SIZE = Ipv4Header.size;
/** RFC 3692: use for experimentation and testing. What bytes without a protocol are announced as. */
const EXPERIMENTAL = 253;

/** An option with its length byte, or one of the two that are a single byte. */
export type Ipv4Option = 'end' | 'noOperation' | { readonly type: number; readonly data: Uint8Array };

export interface Ipv4Fields extends Partial<Js<typeof Ipv4Header>> {
  /** Padded with end-of-options to a multiple of 4 bytes; bytes are taken as they are. At most 40 bytes. */
  readonly options?: readonly Ipv4Option[] | Uint8Array;
}

function optionBytes(option: Ipv4Option): Uint8Array {
  if (option === 'end') return Uint8Array.of(0);
  if (option === 'noOperation') return Uint8Array.of(1);
  return concat(encode(Ipv4OptionHeader, { type: option.type, length: option.data.length + 2 }), option.data);
}

/**
 * An IPv4 packet. Open fields: the documentation addresses 192.0.2.1 and 192.0.2.2 (RFC 5737), ttl 64, lengths,
 * protocol and checksum.
 *
 * @throws CraftError for more than 40 bytes of options
 */
export function ipv4(fields: Ipv4Fields = {}, payload: Payload = ''): Layer {
  const { options = [], ...given } = fields;
  const extra = padded(options instanceof Uint8Array ? options : concat(...options.map(optionBytes)), 4);
  if (extra.length > 40) throw new CraftError(`ipv4: ${extra.length} bytes of options: give at most 40.`);
  const carried = carriedBy('protocol', payload);
  const announced = isLayer(carried) ? carried.protocol : undefined;
  const header = {
    version: 4,
    headerLength: (SIZE + extra.length) / 4,
    dscp: 0,
    ecn: 0,
    identification: 0,
    reserved: 0,
    dontFragment: 0,
    moreFragments: 0,
    fragmentOffset: 0,
    ttl: 64,
    protocol: announced ?? EXPERIMENTAL,
    checksum: 0,
    source: '192.0.2.1',
    destination: '192.0.2.2',
    ...given,
  };
  // Encoded once already here, so that a value that does not fit is refused at its author's line.
  const addresses = encode(Ipv4Header, { totalLength: 0, ...header }).slice(Ipv4Header.offsets.source);
  const hardwareDestination = multicastMac(addresses.subarray(addresses.length / 2));
  return {
    kind: 'layer',
    name: 'ipv4',
    payload: carried,
    etherType: ETHER_TYPE.IPV4,
    protocol: IP_PROTOCOL.IPV4,
    ...(hardwareDestination === undefined ? {} : { wishes: { hardwareDestination } }),
    wrap: (layer) => ethernet({}, layer),
    scope: () => ({ addresses }),
    assemble: (inner) => {
      const totalLength = SIZE + extra.length + inner.length;
      const bytes = concat(encode(Ipv4Header, { totalLength, ...header }), extra, inner);
      if (given.checksum === undefined) {
        patch16(bytes, Ipv4Header.offsets.checksum, internetChecksum(bytes, 0, SIZE + extra.length));
      }
      return bytes;
    },
  };
}
