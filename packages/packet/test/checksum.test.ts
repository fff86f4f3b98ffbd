import {
  frameCheckSequence,
  hasFrameCheckSequence,
  internetChecksum,
  onesComplementSum,
  pseudoHeaderSum,
  udpChecksum,
  updateChecksum,
  updateChecksum32,
} from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from './hex.ts';

/** RFC 1071 section 1 word for word, in arithmetic that cannot overflow. */
function reference(bytes: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += BigInt(bytes[i] as number) * 256n + BigInt(bytes[i + 1] ?? 0);
  }
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(sum);
}

describe('Internet checksum', () => {
  test("RFC 1071 section 3's example", () => {
    expect(onesComplementSum(hex('0001 f203 f4f5 f6f7'))).toBe(0xddf2);
    expect(internetChecksum(hex('0001 f203 f4f5 f6f7'))).toBe(0x220d);
  });

  test('a published IPv4 header: 0 over the whole, b861 without the field', () => {
    expect(internetChecksum(hex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'))).toBe(0);
    expect(internetChecksum(hex('4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7'))).toBe(0xb861);
  });

  test('no bytes', () => expect(internetChecksum(new Uint8Array())).toBe(0xffff));

  test('128 KiB of 0xff do not overflow', () => {
    expect(onesComplementSum(new Uint8Array(0x20000).fill(0xff))).toBe(0xffff);
    expect(onesComplementSum(new Uint8Array(0x20001).fill(0xff))).toBe(reference(new Uint8Array(0x20001).fill(0xff)));
  });

  test('any bytes, in one part or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (bytes, words) => {
        const cut = Math.min(words * 2, bytes.length - (bytes.length % 2));
        expect(onesComplementSum(bytes)).toBe(reference(bytes));
        expect(onesComplementSum(bytes, cut, bytes.length, onesComplementSum(bytes, 0, cut))).toBe(reference(bytes));
      }),
    );
  });
});

describe('pseudo-header', () => {
  test('IPv4, byte by byte as RFC 9293 draws it', () => {
    const addresses = hex('c0a80001 c0a800c7');
    expect(pseudoHeaderSum(addresses, 0, 8, 17, 95)).toBe(reference(hex('c0a80001 c0a800c7 00 11 005f')));
  });

  test('IPv6, byte by byte as RFC 8200 draws it, with a length over 16 bits', () => {
    const addresses = '20010db8000000000000000000000001 fe800000000000000000000000000002';
    expect(pseudoHeaderSum(hex(addresses), 0, 32, 58, 0x12345)).toBe(reference(hex(`${addresses} 00012345 0000003a`)));
  });

  test('a computed 0 is sent as 0xffff by UDP only', () => {
    expect(internetChecksum(hex('ffff 0000'))).toBe(0);
    expect(udpChecksum(hex('ffff 0000'))).toBe(0xffff);
    expect(udpChecksum(hex('0001 f203 f4f5 f6f7'))).toBe(0x220d);
  });
});

describe('incremental update', () => {
  test("RFC 1624 section 4's example: 0, where RFC 1141 gives ffff", () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  test('equals a full computation after any change of a word or an address', () => {
    const field = fc.integer({ min: 0, max: 0xffff });
    const address = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      // A first word that is never 0: bytes all zero are the one case where +0 and -0 differ.
      fc.property(fc.uint8Array({ minLength: 18, maxLength: 18 }), field, address, (rest, word, value) => {
        const bytes = new Uint8Array([0x45, 0, ...rest]);
        const view = new DataView(bytes.buffer);
        const before = internetChecksum(bytes);
        const oldWord = view.getUint16(8);
        view.setUint16(8, word);
        const between = internetChecksum(bytes);
        expect(updateChecksum(before, oldWord, word)).toBe(between);
        const oldValue = view.getUint32(12);
        view.setUint32(12, value);
        expect(updateChecksum32(between, oldValue, value)).toBe(internetChecksum(bytes));
      }),
    );
  });
});

describe('frame check sequence', () => {
  // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
  test('"123456789" gives cbf43926', () => {
    expect(frameCheckSequence(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  test('its bytes follow the frame least significant first', () => {
    const frame = new Uint8Array([...new TextEncoder().encode('123456789'), 0x26, 0x39, 0xf4, 0xcb]);
    expect(hasFrameCheckSequence(frame)).toBe(true);
    frame[3] = 0;
    expect(hasFrameCheckSequence(frame)).toBe(false);
    expect(hasFrameCheckSequence(new Uint8Array(3))).toBe(false);
  });
});
