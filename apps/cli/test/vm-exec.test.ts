import { describe, expect, test } from 'vitest';
import { hookline } from './run-hookline.ts';

function exec(program: string, ...args: readonly string[]) {
  return hookline(['vm', 'exec', ...args], { input: Buffer.from(program) });
}

const EXIT = '95 00 00 00 00 00 00 00';

describe('hookline vm exec', () => {
  // Values worked out by hand from RFC 9669; sections in the names.
  test.concurrent.each([
    ['4.1: r0 = 42', `b7 00 00 00 2a 00 00 00 ${EXIT}`, [], '2a'],
    ['4.1: -13 s% 3 is -1: division truncates', `b7000000f3ffffff 9700010003000000 ${EXIT}`, [], 'ffffffffffffffff'],
    ['4.1: a division by 0 gives 0', `b700000005000000 3f10000000000000 ${EXIT}`, [], '0'],
    ['4.1: modulo 0 leaves the value', `b700000005000000 9f10000000000000 ${EXIT}`, [], '5'],
    ['4.2: be16 of 0x1122', `b700000022110000 dc00000010000000 ${EXIT}`, [], '2211'],
    ['5.4: a 64-bit immediate', `18000000efcdab89 0000000067452301 ${EXIT}`, [], '123456789abcdef'],
    ['r1 is 0 without memory', `bf10000000000000 ${EXIT}`, [], '0'],
    ['r2 is the length', `bf20000000000000 ${EXIT}`, ['c0 ff ee'], '3'],
    ['r1 points at the memory, white space or not', `71100100 00000000\n${EXIT}`, ['c0ff\n\tee'], 'ff'],
  ])('%s', async (_name, program, args, r0) => {
    expect(await exec(program, ...args)).toEqual({ code: 0, stdout: `${r0}\n`, stderr: '' });
  });

  test('--json shows what the memory holds afterwards', async () => {
    // *(u8 *)(r1 +1) = 42; r0 = 7
    const { stdout } = await exec(`720101002a000000 b700000007000000 ${EXIT}`, 'c0ffee', '--json');
    expect(JSON.parse(stdout)).toEqual({ r0: '7', memory: 'c02aee' });
  });

  test.concurrent.each([
    ['a read behind the memory', `7110030000000000 ${EXIT}`, ['c0ffee'], 1, /instruction 0, .*read of 1 byte/],
    ['a read at NULL', `7110000000000000 ${EXIT}`, [], 1, /which is NULL/],
    ['a loop without end', `0500ffff00000000 ${EXIT}`, [], 1, /more than 100000000 instructions/],
    ['half an instruction', 'b7000000', [], 1, /give whole instructions of 8 bytes/],
    ['an opcode that does not exist', `ff00000000000000 ${EXIT}`, [], 1, /^hookline: .*0xff/],
    ['nothing on standard input', '', [], 1, /the program is empty: end it with exit/],
    ['a program that is no hex', 'r0 = 1', [], 2, /standard input has 'r' at digit 1/],
    ['half a byte of memory', EXIT, ['abc'], 2, /the memory has 3 digits: give two for each byte/],
  ])('%s: one line', async (_name, program, args, exitCode, message) => {
    const { code, stdout, stderr } = await exec(program, ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^hookline: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});
