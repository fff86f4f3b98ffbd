import { encode, ipv4Address, ipv6Address, type Js } from '@hookline/layout';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { EthernetHeader, VlanTag } from '../headers/ethernet.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { carriedBy, concat, isLayer, type Layer, type Payload } from './layer.ts';

/** Locally administered addresses (IEEE 802 clause 8.4), which no device is born with. */
const DEFAULT_SOURCE = '02:00:00:00:00:01';
const DEFAULT_DESTINATION = '02:00:00:00:00:02';
/** Local experimental EtherType 1 (IEEE 802 clause 9.2.3): what bytes without a protocol are announced as. */
const EXPERIMENTAL = 0x88b5;

/** The address that a frame for this IP multicast or broadcast address is sent to; undefined for a unicast address. */
export function multicastMac(destination: string): string | undefined {
  if (destination === '255.255.255.255') return 'ff:ff:ff:ff:ff:ff';
  const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
  if (destination.includes(':')) {
    const address = encode(ipv6Address, destination);
    // RFC 2464 section 7.
    return address[0] === 0xff ? `33:33:${hex(address.subarray(12))}` : undefined;
  }
  const address = encode(ipv4Address, destination);
  const [first = 0, second = 0] = address;
  if (first < 224 || first > 239) return undefined;
  // RFC 1112 section 6.4: the low 23 bits.
  return `01:00:5e:${hex(Uint8Array.of(second & 0x7f, ...address.subarray(2)))}`;
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
