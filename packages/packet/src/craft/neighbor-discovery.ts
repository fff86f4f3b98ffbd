import { decode, encode, ipv6Address, mac } from '@hookline/layout';
import { ICMPV6_TYPE, NeighborAdvertisementHeader, NeighborSolicitationHeader } from '../headers/icmpv6.ts';
import { icmpv6 } from './icmpv6.ts';
import { concat, type Layer, type Wishes } from './layer.ts';

/** Receivers check that no router forwarded a message (RFC 4861 section 7.1). */
const HOP_LIMIT = 255;
/** RFC 4861 section 4.6.1: option type 1 or 2, length in units of 8 bytes, address. */
const SOURCE_LINK_LAYER_ADDRESS = 1;
const TARGET_LINK_LAYER_ADDRESS = 2;

function linkLayerOption(type: number, address: string | undefined): Uint8Array {
  return address === undefined ? new Uint8Array() : concat(Uint8Array.of(type, 1), encode(mac, address));
}

/** The solicited-node multicast address (RFC 4291 section 2.7.1). */
function solicitedNode(target: string): string {
  const low = encode(ipv6Address, target).subarray(13);
  return decode(ipv6Address, concat(encode(ipv6Address, 'ff02::1:ff00:0').subarray(0, 13), low));
}

/** The message whose bytes after the checksum are given: ICMPv6 itself takes the first four of them as a number. */
function message(type: number, afterChecksum: Uint8Array, destination: string): Layer {
  const restOfHeader = new DataView(afterChecksum.buffer, afterChecksum.byteOffset).getUint32(0);
  const wishes: Wishes = { hopLimit: HOP_LIMIT, destination };
  return icmpv6({ type, restOfHeader }, afterChecksum.subarray(4), wishes);
}

/** Who has `target`? Sent to its solicited-node address with hop limit 255 unless the IPv6 header says otherwise. */
export function neighborSolicitation(fields: {
  readonly target: string;
  readonly sourceLinkLayerAddress?: string;
}): Layer {
  const { target, sourceLinkLayerAddress } = fields;
  const type = ICMPV6_TYPE.NEIGHBOR_SOLICITATION;
  const fixed = encode(NeighborSolicitationHeader, { type, code: 0, checksum: 0, reserved: 0, target });
  const option = linkLayerOption(SOURCE_LINK_LAYER_ADDRESS, sourceLinkLayerAddress);
  return message(type, concat(fixed.subarray(4), option), solicitedNode(target));
}

/** `target` is here. Sent to all nodes with hop limit 255 unless the IPv6 header says otherwise. */
export function neighborAdvertisement(fields: {
  readonly target: string;
  readonly router?: boolean;
  readonly solicited?: boolean;
  readonly override?: boolean;
  readonly targetLinkLayerAddress?: string;
}): Layer {
  const { target, targetLinkLayerAddress } = fields;
  const type = ICMPV6_TYPE.NEIGHBOR_ADVERTISEMENT;
  const fixed = encode(NeighborAdvertisementHeader, {
    type,
    code: 0,
    checksum: 0,
    router: Number(fields.router ?? false),
    solicited: Number(fields.solicited ?? false),
    override: Number(fields.override ?? true),
    reserved: 0,
    target,
  });
  const option = linkLayerOption(TARGET_LINK_LAYER_ADDRESS, targetLinkLayerAddress);
  return message(type, concat(fixed.subarray(4), option), 'ff02::1');
}

/** Are there routers? Sent to all routers with hop limit 255 unless the IPv6 header says otherwise. */
export function routerSolicitation(fields: { readonly sourceLinkLayerAddress?: string } = {}): Layer {
  const option = linkLayerOption(SOURCE_LINK_LAYER_ADDRESS, fields.sourceLinkLayerAddress);
  return message(ICMPV6_TYPE.ROUTER_SOLICITATION, concat(new Uint8Array(4), option), 'ff02::2');
}
