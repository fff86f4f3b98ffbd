import { expect, test } from 'vitest';
import { load, run } from './machine.ts';

test('a helper call reads as many registers as the helper takes', () => {
  expect(() => load('r1 = 1\ncall bpf_redirect\nexit')).toThrow(/it reads r2, which nothing has set/);
});

// Linux loads it, and answers with the number of characters.
test('trace_printk reads as many registers as its format names', () => {
  const text = run(`
    r1 = 0x0000000a78256e20 ll       // " n%x\\n"
    *(u64 *)(r10 -8) = r1
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0x1234
    call bpf_trace_printk
    exit
  `);
  expect(text).toBe(' n1234\n'.length);
});
