import { describe, expect, test } from 'vitest';
import { run } from './machine.ts';

/** A loop of one round, with what is in r2 as its body. */
const loopOver = (body: string): string =>
  `r6 = subprog[body]\n${body}\nr1 = 1\nr3 = 0\nr4 = 0\ncall loop\nexit\nbody:\nr0 = 0\nexit`;

test('a function that the program names is called', () => {
  expect(run(loopOver('r2 = r6'))).toBe(1);
});

describe('nothing else is a function', () => {
  test.each([
    ['the slot behind one', 'r2 = r6\nr2 += 1'],
    ['a slot of the program that no instruction names', 'r2 = 0x0ca11bac00000002 ll'],
    ['a slot before the program', 'r2 = 0x0ca11bacffffffff ll'],
    ['a slot far behind the program, where a packet might lie', 'r2 = 0x0ca11bac00100000 ll'],
    ['the largest slot', 'r2 = 0x0ca11bac7fffffff ll'],
    ['an address', 'r2 = r10'],
    ['a number', 'r2 = 0'],
  ])('%s', (_, body) => {
    expect(() => run(loopOver(body))).toThrow(/no function of this program/);
  });
});
