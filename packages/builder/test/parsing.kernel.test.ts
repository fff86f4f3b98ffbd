import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bpfObject, tc, xdp } from '../src/index.ts';
import { type ParsingCase, parsingCases } from './parsing-cases.ts';
import { kernel, type World } from './world.ts';

const skip = inject('kernel') !== '';
let world: World;

beforeAll(() => {
  if (!skip) world = kernel();
});
afterAll(() => {
  if (!skip) world[Symbol.dispose]();
});

const XDP_VERDICT = { yes: 1, no: 2 };
const TC_VERDICT = { yes: 2, no: 0 };

/** The TC test run does not take IP packets that are cut before the end of their fixed header. */
function takenByTc(frame: Uint8Array): boolean {
  const etherType = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  return !(etherType === 0x0800 && frame.length < 34) && !(etherType === 0x86dd && frame.length < 54);
}

function object({ body }: ParsingCase) {
  return bpfObject({
    inXdp: xdp('in_xdp', ({ packet }) => body(packet)),
    inTc: tc('in_tc', ({ packet }) => body(packet)),
  });
}

describe.skipIf(skip)('the kernel parses', () => {
  test.each(parsingCases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    using loaded = world.load(object(one));
    for (const answer of ['yes', 'no'] as const) {
      one[answer].forEach((frame, i) => {
        const where = `${answer} ${i}: ${Buffer.from(frame).toString('hex')}`;
        expect(loaded.programs.inXdp.testRun(frame).verdict, where).toBe(XDP_VERDICT[answer]);
        if (takenByTc(frame)) expect(loaded.programs.inTc.testRun(frame).verdict, where).toBe(TC_VERDICT[answer]);
      });
    }
  });
});
