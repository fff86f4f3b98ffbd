import { tcp } from '@hookline/packet';
import { expect, expectTypeOf, test } from 'vitest';
import type { DropExpectation, Frame, FrameOptions, Report } from '../src/index.ts';
import '../src/index.ts';
import { denied, firewall } from './firewall.ts';

test('matchers take frames and options, and nothing else', () => {
  const assertion = expect(firewall);
  expectTypeOf(assertion.toDrop).parameter(0).toEqualTypeOf<Frame>();
  expectTypeOf(assertion.toDrop).parameter(1).toEqualTypeOf<FrameOptions | undefined>();
  expectTypeOf(assertion.toDrop).returns.toEqualTypeOf<void>();
  expectTypeOf(assertion.not.toTransmit).toBeCallableWith(tcp({ destinationPort: 23 }));
  expectTypeOf(assertion.toRedirectTo).parameter(0).toEqualTypeOf<number | { readonly ifindex: number }>();
  // @ts-expect-error a text is no frame
  expect(() => assertion.toPass('frame')).toThrow('is no frame');
});

test('maps have their keys, and captures take their time', () => {
  const assertion = expect({} as Report);
  expectTypeOf(assertion.toHaveVerdicts).toBeCallableWith({ DROP: 1, PASS: 2 });
  expectTypeOf(assertion.toHaveVerdicts).toBeCallableWith({ SHOT: 1 });
  expectTypeOf(assertion.toHaveDropped).parameter(0).toEqualTypeOf<DropExpectation | undefined>();
  expectTypeOf(assertion.toMatchCapture).returns.toEqualTypeOf<Promise<void>>();
  // @ts-expect-error there is no such verdict
  expect(() => assertion.toHaveVerdicts({ DROPPED: 1 })).toThrow('no report');
  // @ts-expect-error the key is an address
  expect(() => assertion.toHaveMapEntry(denied, 7)).toThrow('no report');
});
