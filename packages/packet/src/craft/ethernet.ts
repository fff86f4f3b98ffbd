import { decode, encode, type Js, mac } from '@hookline/layout';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { EthernetHeader, VlanTag } from '../headers/ethernet.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { carriedBy, concat, isLayer, type Layer, type Payload } from './layer.ts';

/** Locally administered addresses (IEEE 802 clause 8.4), which no device is born with. */
const DEFAULT_SOURCE = '02:00:00:00:00:01';
const DEFAULT_DESTINATION = '02:00:00:00:00:02';
/** Local experimental EtherType 1 (IEEE 802 clause 9.2.3): what bytes without a protocol are announced as. */
const EXPERIMENTAL = 0x88b5;

/**
 * The address that a frame for this IP multicast or broadcast address is sent to; undefined for a unicast address.
 *
 * @param destination 4 or 16 bytes
 */
export function multicastMac(destination: Uint8Array): string | undefined {
  const [first = 0, second = 0] = destination;
  if (destination.length === 16) {
    // RFC 2464 section 7.
    return first === 0xff ? decode(mac, Uint8Array.of(0x33, 0x33, ...destination.subarray(12))) : undefined;
  }
  if (destination.every((byte) => byte === 255)) return 'ff:ff:ff:ff:ff:ff';
  if (first < 224 || first > 239) return undefined;
  // RFC 1112 section 6.4: the low 23 bits.
  return decode(mac, Uint8Array.of(0x01, 0x00, 0x5e, second & 0x7f, ...destination.subarray(2)));
}

function etherTypeOf(payload: Payload): number {
  return (isLayer(payload) ? payload.etherType : undefined) ?? EXPERIMENTAL;
}

/**
 * An Ethernet II frame without frame check sequence. Open fields: locally administered addresses (the group address
 * where the payload goes to one), and the EtherType of the payload.
 */
export function ethernet(fields: Partial<Js<typeof EthernetHeader>> = {}, payload: Payload = ''): Layer {
  const carried = carriedBy('etherType', payload);
  const destination = (isLayer(carried) ? carried.wishes?.hardwareDestination : undefined) ?? DEFAULT_DESTINATION;
  return {
    kind: 'layer',
    name: 'ethernet',
    payload: carried,
    etherType: ETHER_TYPE.TRANSPARENT_ETHERNET,
    protocol: IP_PROTOCOL.ETHERNET,
    assemble: (inner) =>
      concat(
        encode(EthernetHeader, { destination, source: DEFAULT_SOURCE, etherType: etherTypeOf(carried), ...fields }),
        inner,
      ),
  };
}

function tag(name: string, etherType: number, fields: Partial<Js<typeof VlanTag>>, payload: Payload): Layer {
  const carried = carriedBy('etherType', payload);
  return {
    kind: 'layer',
    name,
    payload: carried,
    etherType,
    wrap: (layer) => ethernet({}, layer),
    ...(isLayer(carried) && carried.wishes ? { wishes: carried.wishes } : {}),
    assemble: (inner) =>
      concat(
        encode(VlanTag, { priority: 0, dropEligible: 0, vlanId: 1, etherType: etherTypeOf(carried), ...fields }),
        inner,
      ),
  };
}

/** An 802.1Q tag, announced by 0x8100. Tags nest: the outer one is written first. */
export function vlan(fields: Partial<Js<typeof VlanTag>> = {}, payload: Payload = ''): Layer {
  return tag('vlan', ETHER_TYPE.VLAN, fields, payload);
}

/** An 802.1ad service tag, announced by 0x88a8; usually around a `vlan`. */
export function serviceVlan(fields: Partial<Js<typeof VlanTag>> = {}, payload: Payload = ''): Layer {
  return tag('serviceVlan', ETHER_TYPE.SERVICE_VLAN, fields, payload);
}
