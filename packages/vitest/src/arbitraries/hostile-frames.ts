import { craft, destinationOptions, ethernet, ipv6, type Payload, serviceVlan, tcp, vlan } from '@hookline/packet';
import fc from 'fast-check';
import type { TrafficOptions } from './endpoints.ts';
import { validFrames } from './valid-frames.ts';

/** EtherTypes behind which a parser goes on: IPv4, ARP, 802.1Q, 802.1ad, IPv6, and a length as 802.3 has it. */
const ETHER_TYPES = [0x0800, 0x0806, 0x8100, 0x88a8, 0x86dd, 0x002e];
const ETHERNET = 14;
const MOST_BYTES = 256;

/**
 * Frames that are made to break parsers, 14 to 1514 bytes long: noise behind a plausible beginning, tags and extension
 * headers without end, and frames whose bytes are the smallest and the largest values where it hurts.
 */
export function hostileFrames(options: TrafficOptions = {}): fc.Arbitrary<Uint8Array> {
  return fc.oneof(noise(), stackedTags(), extensionChains(), damaged(options));
}

function noise(): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.uint8Array({ minLength: ETHERNET, maxLength: MOST_BYTES }),
      fc.option(fc.constantFrom(...ETHER_TYPES)),
      // Version and header length of IPv4, from impossible to longest; or the version of IPv6.
      fc.option(fc.constantFrom(0x40, 0x44, 0x45, 0x4f, 0x60)),
    )
    .map(([bytes, etherType, version]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (etherType !== null) view.setUint16(ETHERNET - 2, etherType);
      if (version !== null && bytes.length > ETHERNET) bytes[ETHERNET] = version;
      return bytes;
    });
}

function stackedTags(): fc.Arbitrary<Uint8Array> {
  return fc.array(fc.boolean(), { minLength: 3, maxLength: 64 }).map((tags) => {
    const payload = tags.reduce<Payload>((inner, isService) => (isService ? serviceVlan : vlan)({}, inner), tcp());
    return craft(ethernet({}, payload));
  });
}

function extensionChains(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.integer({ min: 1, max: 40 }), fc.option(fc.nat(255)), fc.nat(400)).map(([count, length, cut]) => {
    let payload: Payload = tcp();
    for (let i = 0; i < count; i++) payload = destinationOptions({}, payload);
    const frame = craft(ipv6({}, payload));
    // The second byte of an extension header is its length in units of 8 bytes, less one.
    if (length !== null) frame[ETHERNET + 40 + 1] = length;
    return frame.slice(0, Math.max(ETHERNET, frame.length - cut));
  });
}

/** Frames that were good, with extreme bytes in their headers. */
function damaged(options: TrafficOptions): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(63), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
  return fc
    .tuple(validFrames(options), fc.array(change, { minLength: 1, maxLength: 8 }), fc.option(fc.nat(59)))
    .map(([frame, changes, cut]) => {
      for (const [at, value] of changes) if (ETHERNET - 2 + at < frame.length) frame[ETHERNET - 2 + at] = value;
      return cut === null ? frame : frame.slice(0, Math.max(ETHERNET, cut));
    });
}
