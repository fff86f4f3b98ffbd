import { decode, encode, ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, type Layout, mac } from '@hookline/layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const bytesOf = (layout: Layout, text: string) => Buffer.from(encode(layout, text as never)).toString('hex');

describe('IPv6 addresses', () => {
  // RFC 4291 section 2.2 and RFC 5952 sections 4 and 5.
  test.each([
    [
      'ABCD:EF01:2345:6789:ABCD:EF01:2345:6789',
      'abcdef0123456789abcdef0123456789',
      'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
    ],
    ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a', '2001:db8::8:800:200c:417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff010000000000000000000000000101', 'ff01::101'],
    ['0:0:0:0:0:0:0:1', '00000000000000000000000000000001', '::1'],
    ['0:0:0:0:0:0:0:0', '00000000000000000000000000000000', '::'],
    ['0:0:0:0:0:FFFF:129.144.52.38', '00000000000000000000ffff81903426', '::ffff:129.144.52.38'],
    ['2001:0db8::0001', '20010db8000000000000000000000001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '20010db8000000000000000000020001', '2001:db8::2:1'],
    ['2001:db8::1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['2001:DB8::', '20010db8000000000000000000000000', '2001:db8::'],
  ])('%s', (text, hex, shortest) => {
    expect(bytesOf(ipv6Address, text)).toBe(hex);
    expect(decode(ipv6Address, Buffer.from(hex, 'hex'))).toBe(shortest);
  });

  test('are written as the URL standard writes them', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        // The URL standard has no dotted form.
        fc.pre(groups.slice(0, 5).some((value) => value !== 0) || groups[5] !== 0xffff);
        const text = groups.map((value) => value.toString(16)).join(':');
        expect(`[${decode(ipv6Address, encode(ipv6Address, text))}]`).toBe(new URL(`http://[${text}]`).hostname);
      }),
    );
  });

  test('come back from their own text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
        expect(encode(ipv6Address, decode(ipv6Address, address))).toEqual(address);
      }),
    );
  });
});

describe('prefixes are keys of an LPM trie: the length in host order, then the address', () => {
  test.each<[Layout, string, string]>([
    [ipv4Prefix, '10.0.0.0/8', '080000000a000000'],
    [ipv4Prefix, '0.0.0.0/0', '0000000000000000'],
    [ipv4Prefix, '192.0.2.1/32', '20000000c0000201'],
    [ipv6Prefix, '2001:db8::/32', '2000000020010db8000000000000000000000000'],
    [ipv6Prefix, '::/0', '0000000000000000000000000000000000000000'],
  ])('%s', (layout, text, hex) => {
    expect(bytesOf(layout, text)).toBe(hex);
    expect(decode(layout, Buffer.from(hex, 'hex'))).toBe(text);
  });

  test('without a length, the whole address', () => {
    expect(decode(ipv4Prefix, encode(ipv4Prefix, '192.0.2.1'))).toBe('192.0.2.1/32');
    expect(decode(ipv6Prefix, encode(ipv6Prefix, '2001:db8::1'))).toBe('2001:db8::1/128');
  });
});

describe('MAC addresses', () => {
  test('colons or hyphens, any case', () => {
    expect(bytesOf(mac, '02-00-5E-00-53-aF')).toBe('02005e0053af');
    expect(decode(mac, Buffer.from('02005e0053af', 'hex'))).toBe('02:00:5e:00:53:af');
  });
});

describe('text that means something else is refused', () => {
  test.each<[Layout, string, string]>([
    [mac, '02:00:00:00:00', 'is no MAC address: write it as'],
    [mac, '02:00:00:00:00:01:02', 'is no MAC address: write it as'],
    [mac, '02:00-00:00:00:01', 'is no MAC address: write it as'],
    [mac, '2:0:0:0:0:1', 'is no MAC address: write it as'],
    [ipv4Address, '010.0.0.1', 'is no IPv4 address: write it as'],
    [ipv4Address, '256.0.0.1', 'is no IPv4 address: write it as'],
    [ipv4Address, '10.1', 'is no IPv4 address: write it as'],
    [ipv4Address, ' 10.0.0.1', 'is no IPv4 address: write it as'],
    [ipv4Address, '10.0.0.1\n', 'is no IPv4 address: write it as'],
    [ipv4Address, '10.0.0.0/8', 'is no IPv4 address: write it as'],
    [ipv6Address, 'fe80::1%eth0', 'is no IPv6 address: write it as'],
    [ipv6Address, '1::2::3', 'is no IPv6 address: write it as'],
    [ipv6Address, '10.0.0.1', 'is no IPv6 address: write it as'],
    [ipv6Address, '', 'is no IPv6 address: write it as'],
    [ipv4Prefix, '10.0.0.0/33', 'is no prefix: the length after / is 0 to 32'],
    [ipv4Prefix, '10.0.0.0/', 'is no prefix: the length after / is 0 to 32'],
    [ipv4Prefix, '10.0.0.0/-1', 'is no prefix: the length after / is 0 to 32'],
    [ipv4Prefix, '10.0.0.0/8/8', 'is no prefix: the length after / is 0 to 32'],
    [ipv4Prefix, '10/8', 'is no IPv4 address: write it as'],
    [ipv6Prefix, '::/129', 'is no prefix: the length after / is 0 to 128'],
  ])('%j %s', (layout, text, problem) => {
    expect(() => encode(layout, text as never)).toThrow(
      expect.objectContaining({ code: 'LAYOUT_VALUE', message: expect.stringContaining(problem) }),
    );
  });
});
