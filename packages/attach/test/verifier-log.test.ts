import { asm, type ProgramSpec } from '@hookline/bpf';
import { expect, test } from 'vitest';
import { loadError, VerifierError } from '../src/programs/load-error.ts';
import { refusalIn } from '../src/programs/verifier-log.ts';

// Logs as Linux 6.18 prints them.
const OUT_OF_BOUNDS = `0: R1=ctx() R10=fp0
; if (packet.ipv4.ttl < 2) return drop() @ edge.ts:12
0: (61) r2 = *(u32 *)(r1 +0)          ; R1=ctx() R2=pkt(r=0)
1: (71) r0 = *(u8 *)(r2 +0)
invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)
R2 offset is outside of the packet
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

test('the reason is the last line before the statistics', () => {
  expect(refusalIn(OUT_OF_BOUNDS)).toEqual({ reason: 'R2 offset is outside of the packet', slot: 1 });
});

test('a reason may name its instruction itself', () => {
  const log = `unreachable insn 7\nprocessed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n`;
  expect(refusalIn(log)).toEqual({ reason: 'unreachable insn 7', slot: 7 });
});

test('a labelled log gives reason, place and suggestion', () => {
  const log = `${OUT_OF_BOUNDS}
Verification failed
Reason: packet access is not bounds-checked.
At: insn 1
Suggestion: compare the pointer with data_end first
`;
  expect(refusalIn(log)).toEqual({
    reason: 'packet access is not bounds-checked',
    slot: 1,
    suggestion: 'compare the pointer with data_end first',
  });
});

test('labels may stand on lines of their own', () => {
  expect(refusalIn('Verification failed\nReason:\n  unknown opcode 8f\nAt:\n  3: (8f) ???\n')).toEqual({
    reason: 'unknown opcode 8f',
    slot: 3,
  });
});

test('statistics are no reason: the verifier took the program', () => {
  expect(refusalIn('processed 2 insns (limit 1000000)\n')).toBeUndefined();
});

const program: ProgramSpec<'xdp'> = {
  kind: 'program',
  name: 'edge',
  type: 'xdp',
  license: 'GPL',
  instructions: [
    { ...asm.load(4, 2, 1, 0), position: { file: 'edge.ts', line: 12, column: 3 } },
    asm.load(1, 0, 2, 0),
    asm.exit(),
  ],
  functions: [{ name: 'edge', slot: 0, parameters: 1 }],
};

test('the error names source position, reason and remedy, and keeps the log', () => {
  const error = loadError(program, 13, OUT_OF_BOUNDS);
  expect(error).toBeInstanceOf(VerifierError);
  expect(error).toMatchObject({
    code: 'EACCES',
    log: OUT_OF_BOUNDS,
    place: { program: 'edge', instruction: 1, position: { file: 'edge.ts', line: 12, column: 3 } },
  });
  expect(error.message).toBe(
    'edge.ts:12:3 (program \'edge\', instruction 1): the verifier says "R2 offset is outside of the packet" (EACCES): ' +
      'change the program there; the whole log is in the `log` of this error.',
  );
});

test('without a log the errno speaks', () => {
  const error = loadError(program, 7, '');
  expect(error).not.toBeInstanceOf(VerifierError);
  expect(error.code).toBe('E2BIG');
  expect(error.message).toContain('make it smaller');
});
