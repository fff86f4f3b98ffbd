import { describe, expect, test } from 'vitest';
import { bpfObject, xdp } from '../src/index.ts';
import { parsingCases } from './parsing-cases.ts';
import { rewritingCases } from './rewriting-cases.ts';
import { simulated } from './world.ts';

/* The same cases as in the kernel, where there is none. */

describe('the simulator parses', () => {
  test.each(parsingCases.map((one) => [one.name, one] as const))('%s', (_, { body, yes, no }) => {
    using world = simulated();
    using loaded = world.load(bpfObject({ program: xdp('program', ({ packet }) => body(packet)) }));
    const verdicts = (frames: readonly Uint8Array[]): number[] =>
      frames.map((frame) => loaded.programs.program.testRun(frame).verdict);
    expect(verdicts(yes)).toEqual(yes.map(() => 1));
    expect(verdicts(no)).toEqual(no.map(() => 2));
  });
});

describe('the simulator rewrites', () => {
  test.each(rewritingCases.map((one) => [one.name, one] as const))('%s', (_, { body, frames }) => {
    using world = simulated();
    using loaded = world.load(bpfObject({ program: xdp('program', ({ packet }) => body(packet)) }));
    for (const [before, after] of frames) {
      const { frame } = loaded.programs.program.testRun(before);
      expect(Buffer.from(frame).toString('hex')).toBe(Buffer.from(after).toString('hex'));
    }
  });
});
