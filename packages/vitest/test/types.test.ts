import { tcp } from '@hookline/packet';
import { expect, expectTypeOf, test } from 'vitest';
import type { Frame, FrameOptions } from '../src/index.ts';
import '../src/index.ts';
import { firewall } from './programs.ts';

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
