import { decode, type Struct } from '@hookline/layout';
import * as packet from '@hookline/packet';
import { describe, expect, test } from 'vitest';
import { hex } from './hex.ts';

// Sizes from the RFC's diagrams, fixed part only.
const SIZES: Readonly<Record<string, number>> = {
  ArpHeader: 28,
  AuthenticationHeader: 12,
  DestinationOptionsHeader: 2,
  EspHeader: 8,
  EthernetHeader: 14,
  FragmentHeader: 8,
  GreHeader: 4,
  HopByHopHeader: 2,
  IcmpDestinationUnreachableHeader: 8,
  IcmpEchoHeader: 8,
  Ieee8023Header: 14,
  IgmpHeader: 8,
  Ipv4OptionHeader: 2,
  Ipv6OptionHeader: 2,
  LinuxSllHeader: 16,
  LinuxSll2Header: 20,
  LlcHeader: 3,
  LoopHeader: 4,
  MplsEntry: 4,
  NullHeader: 4,
  SctpHeader: 12,
  SnapHeader: 5,
  IcmpHeader: 8,
  Icmpv6EchoHeader: 8,
  Icmpv6Header: 8,
  Ipv4Header: 20,
  Ipv6Header: 40,
  NeighborAdvertisementHeader: 24,
  NeighborSolicitationHeader: 24,
  RoutingHeader: 4,
  TcpHeader: 20,
  UdpHeader: 8,
  VlanTag: 4,
  VxlanHeader: 8,
};

describe('header sizes', () => {
  test.each(Object.entries(SIZES))('%s is %i bytes', (name, size) => {
    const header = (packet as unknown as Record<string, Struct>)[name];
    expect(header).toMatchObject({ kind: 'struct', size, alignment: 1 });
  });
});

describe('fields of a header with published bytes', () => {
  // The worked example of the English Wikipedia's article "IPv4 header checksum": checksum b861.
  test('IPv4', () => {
    expect(decode(packet.Ipv4Header, hex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'))).toEqual({
      version: 4,
      headerLength: 5,
      dscp: 0,
      ecn: 0,
      totalLength: 115,
      identification: 0,
      reserved: 0,
      dontFragment: 1,
      moreFragments: 0,
      fragmentOffset: 0,
      ttl: 64,
      protocol: 17,
      checksum: 0xb861,
      source: '192.168.0.1',
      destination: '192.168.0.199',
    });
  });

  test('IPv6: the traffic class straddles two bytes', () => {
    const header = hex(
      `6ba1 2345 0014 0640 ${'20010db8000000000000000000000001'} ${'fe800000000000000000000000000002'}`,
    );
    expect(decode(packet.Ipv6Header, header)).toEqual({
      version: 6,
      dscp: 0b101110,
      ecn: 0b10,
      flowLabel: 0x12345,
      payloadLength: 20,
      nextHeader: 6,
      hopLimit: 64,
      source: '2001:db8::1',
      destination: 'fe80::2',
    });
  });

  test('VLAN tag: priority, drop eligible, identifier from the top', () => {
    expect(decode(packet.VlanTag, hex('b064 0800'))).toEqual({
      priority: 5,
      dropEligible: 1,
      vlanId: 100,
      etherType: packet.ETHER_TYPE.IPV4,
    });
  });

  test('TCP: data offset and flags', () => {
    expect(decode(packet.TcpHeader, hex('d431 0050 00000001 00000002 5012 ffff abcd 0000'))).toMatchObject({
      sourcePort: 54321,
      destinationPort: 80,
      dataOffset: 5,
      reserved: 0,
      flags: packet.TCP_FLAGS.SYN | packet.TCP_FLAGS.ACK,
      window: 0xffff,
    });
  });

  test('VXLAN: the identifier lies above a reserved byte', () => {
    expect(decode(packet.VxlanHeader, hex('08000000 00007b00'))).toEqual({
      flags: 8,
      reserved: 0,
      vni: 123,
      reserved2: 0,
    });
  });

  test('IPv6 fragment: the offset lies above the flags', () => {
    expect(decode(packet.FragmentHeader, hex('1100 05a9 deadbeef'))).toMatchObject({
      fragmentOffset: 181,
      moreFragments: 1,
      identification: 0xdeadbeef,
    });
  });

  test('GRE: key present', () => {
    expect(decode(packet.GreHeader, hex('2000 6558'))).toMatchObject({
      checksumPresent: 0,
      keyPresent: 1,
      protocolType: packet.ETHER_TYPE.TRANSPARENT_ETHERNET,
    });
  });
});
