import { assemble, assembleInstructions, BpfError, decode, disassemble, encode } from '@hookline/bpf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** The error of a text, whose message is short whatever the text is. */
function errorOf(text: string): string {
  try {
    assembleInstructions(text);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    expect(error.message.length).toBeLessThan(2000);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    return error.message;
  }
  return '';
}

describe('a huge text is refused at once, in a few words', () => {
  test.each([
    ['one word', () => 'a'.repeat(100_000_000), /:1:1: a word of 100000000 characters/],
    ['one number', () => `r0 = ${'9'.repeat(10_000_000)}`, /:1:6: a word of 10000000 characters/],
    ['one string', () => `.license "${'x'.repeat(10_000_000)}"`, /:1:10: a word of 10000002 characters/],
    ['signs', () => '+'.repeat(10_000_000), /:1:101: more than 100 words/],
    ['parentheses', () => '('.repeat(10_000_000), /more than 100 words/],
    ['labels', () => 'a:'.repeat(10_000_000), /more than 100 words/],
    ['control characters', () => '\u0001'.repeat(10_000_000), /:1:1: .* begins nothing/],
    ['a bracket of every kind of space', () => `${' \t\u00a0\u2003'.repeat(2_000_000)}\u{1f600}`, /begins nothing/],
  ])('%s', (_, text, message) => {
    const given = text();
    const before = performance.now();
    expect(errorOf(given)).toMatch(message);
    expect(performance.now() - before).toBeLessThan(3000);
  });

  test('a comment may be as long as it likes', () => {
    expect(assembleInstructions(`r0 = 0 ; ${'x'.repeat(10_000_000)}\nexit`)).toHaveLength(2);
  });
});

test('more instructions than any kernel takes', () => {
  expect(errorOf('exit\n'.repeat(1_000_001))).toMatch(/:1000001:5: more than 1000000 instructions/);
});

/** Pieces of the notation, in any order. */
const piece = fc.constantFrom(
  ...'r0 r10 w3 r11 = += s>>= -1 0x7fffffff 18446744073709551616 ll exit goto call lock if * ( ) [ ] , : + - skb map subprog'
    .split(' ')
    .concat([
      'atomic64_fetch_add',
      'xchg_64',
      'cmpxchg_32',
      '(u64 *)',
      'be16',
      '.map',
      '.program',
      '.function',
      '.license',
    ]),
  '"GPL"',
  '\n',
  '\n',
  '__proto__',
  'constructor',
  'toString',
  'bpf_redirect',
  'kfunc#7',
);

test('any text is a program or one clear error', () => {
  const text = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        assemble(given);
      } catch (error) {
        if (!(error instanceof BpfError)) throw error;
        expect(error.message).toMatch(/[.:]/);
      }
    }),
    { numRuns: 3000 },
  );
});

test('any bytes decode, to what encodes to the same bytes and has a text, or are one clear error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const instructions = decode(bytes);
        expect(Buffer.compare(encode(instructions), bytes)).toBe(0);
        expect(disassemble(instructions)).toBeTypeOf('string');
      } catch (error) {
        if (!(error instanceof BpfError)) throw error;
        expect(error.code).toBe('INSTRUCTION_INVALID');
      }
    }),
    { numRuns: 3000 },
  );
});
