import type { Js } from '@hookline/layout';
import {
  type craft,
  type dissect,
  ETHER_TYPE,
  type Flow,
  type flowOf,
  IP_PROTOCOL,
  type Ipv4Header,
  type Ipv6Header,
  type Layer,
  type Payload,
  type TcpFlag,
  type TcpHeader,
  type tcp,
  type udp,
} from '@hookline/packet';
import { expectTypeOf, test } from 'vitest';

test('headers are numbers and texts', () => {
  expectTypeOf<Js<typeof Ipv4Header>>().toHaveProperty('headerLength').toEqualTypeOf<number>();
  expectTypeOf<Js<typeof Ipv4Header>>().toHaveProperty('source').toEqualTypeOf<string>();
  expectTypeOf<keyof Js<typeof Ipv6Header>>().toEqualTypeOf<
    'version' | 'dscp' | 'ecn' | 'flowLabel' | 'payloadLength' | 'nextHeader' | 'hopLimit' | 'source' | 'destination'
  >();
});

test('every field may be left open, flags are names or the byte', () => {
  type Fields = NonNullable<Parameters<typeof tcp>[0]>;
  expectTypeOf<Omit<Js<typeof TcpHeader>, 'flags'>>().toExtend<Fields>();
  expectTypeOf<Fields['flags']>().toEqualTypeOf<readonly TcpFlag[] | number | undefined>();
  expectTypeOf<object>().toExtend<Fields>();
  expectTypeOf<{ flags: ['SIN'] }>().not.toExtend<Fields>();
  expectTypeOf<{ ttl: 1 }>().not.toExtend<NonNullable<Parameters<typeof udp>[0]>>();
});

test('headers nest, bytes come out', () => {
  expectTypeOf<ReturnType<typeof tcp>>().toEqualTypeOf<Layer>();
  expectTypeOf<Layer>().toExtend<Payload>();
  expectTypeOf<typeof craft>().parameter(0).toEqualTypeOf<Layer>();
  expectTypeOf<ReturnType<typeof craft>>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<typeof dissect>().parameter(0).toEqualTypeOf<Uint8Array>();
  expectTypeOf<ReturnType<typeof flowOf>>().toEqualTypeOf<Flow | undefined>();
});

test('tables hold the numbers themselves', () => {
  expectTypeOf(ETHER_TYPE.IPV4).toEqualTypeOf<0x0800>();
  expectTypeOf(IP_PROTOCOL.TCP).toEqualTypeOf<6>();
});
