import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bpfObject, tc, xdp } from '../src/index.ts';
import { rewritingCases } from './rewriting-cases.ts';
import { kernel, type World } from './world.ts';

const skip = inject('kernel') !== '';
let world: World;

beforeAll(() => {
  if (!skip) world = kernel();
});
afterAll(() => {
  if (!skip) world[Symbol.dispose]();
});

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');

describe.skipIf(skip)('the kernel rewrites', () => {
  test.each(rewritingCases.map((one) => [one.name, one] as const))('%s', (_, { body, frames }) => {
    const object = bpfObject({
      inXdp: xdp('in_xdp', ({ packet }) => body(packet)),
      inTc: tc('in_tc', ({ packet }) => body(packet)),
    });
    using loaded = world.load(object);
    expect(frames.length).toBeGreaterThan(0);
    for (const [before, after] of frames) {
      for (const program of Object.values(loaded.programs)) {
        expect(hex(program.testRun(before).frame), hex(before)).toBe(hex(after));
      }
    }
  });
});
