import { ALU, ATOMIC, CALL, CLASS, JMP, MODE, OPCODE, OPERAND, PSEUDO, SIZE, SWAP } from './opcodes.ts';

/**
 * What each of the 256 opcodes does with its fields: RFC 9669 sections 4 and 5, one row each. A field that an
 * instruction does not use must be 0. Opcodes without a row do not exist.
 */
export interface Form {
  /** `atomic`: which register changes, if any, depends on the immediate. */
  readonly destination: 'write' | 'read' | 'zero' | 'atomic';
  readonly source: 'register' | 'zero' | readonly number[];
  /** `distance`: in slots, from the next instruction. A list: the only values that exist. */
  readonly offset: 'any' | 'distance' | 'zero' | readonly number[];
  readonly immediate: 'any' | 'distance' | 'zero' | readonly number[];
}

const forms: (Form | undefined)[] = new Array<Form | undefined>(256).fill(undefined);

const SIGNED: readonly number[] = [0, 1];
const ATOMIC_ANY_SIZE: readonly number[] = [ATOMIC.loadAcquire, ATOMIC.storeRelease];

const arithmetic = Object.values(ALU).filter((code) => code !== ALU.neg && code !== ALU.end);
for (const code of arithmetic) {
  const signs = code === ALU.div || code === ALU.mod ? SIGNED : 'zero';
  for (const width of [CLASS.alu32, CLASS.alu64]) {
    const extensions = width === CLASS.alu64 ? [0, 8, 16, 32] : [0, 8, 16];
    const offset = code === ALU.mov ? extensions : signs;
    forms[width | code | OPERAND.immediate] = { destination: 'write', source: 'zero', offset: signs, immediate: 'any' };
    forms[width | code | OPERAND.register] = { destination: 'write', source: 'register', offset, immediate: 'zero' };
  }
}
for (const width of [CLASS.alu32, CLASS.alu64]) {
  forms[width | ALU.neg] = { destination: 'write', source: 'zero', offset: 'zero', immediate: 'zero' };
}
for (const opcode of Object.values(SWAP)) {
  forms[opcode] = { destination: 'write', source: 'zero', offset: 'zero', immediate: [16, 32, 64] };
}

const conditions = Object.values(JMP).filter((code) => code !== JMP.ja && code !== JMP.call && code !== JMP.exit);
for (const code of conditions) {
  for (const width of [CLASS.jmp, CLASS.jmp32]) {
    const shared = { destination: 'read', offset: 'distance' } as const;
    forms[width | code | OPERAND.immediate] = { ...shared, source: 'zero', immediate: 'any' };
    forms[width | code | OPERAND.register] = { ...shared, source: 'register', immediate: 'zero' };
  }
}
forms[OPCODE.jump] = { destination: 'zero', source: 'zero', offset: 'distance', immediate: 'zero' };
forms[OPCODE.jumpLong] = { destination: 'zero', source: 'zero', offset: 'zero', immediate: 'distance' };
forms[OPCODE.call] = { destination: 'zero', source: Object.values(CALL), offset: 'zero', immediate: 'any' };
forms[OPCODE.exit] = { destination: 'zero', source: 'zero', offset: 'zero', immediate: 'zero' };

forms[OPCODE.loadImmediate64] = {
  destination: 'write',
  source: Object.values(PSEUDO),
  offset: 'zero',
  immediate: 'any',
};
for (const size of [SIZE.b, SIZE.h, SIZE.w]) {
  forms[CLASS.ld | MODE.abs | size] = { destination: 'zero', source: 'zero', offset: 'zero', immediate: 'any' };
  forms[CLASS.ld | MODE.ind | size] = { destination: 'zero', source: 'register', offset: 'zero', immediate: 'any' };
  forms[CLASS.ldx | MODE.memsx | size] = { destination: 'write', source: 'register', offset: 'any', immediate: 'zero' };
}
for (const size of Object.values(SIZE)) {
  forms[CLASS.ldx | MODE.mem | size] = { destination: 'write', source: 'register', offset: 'any', immediate: 'zero' };
  forms[CLASS.st | MODE.mem | size] = { destination: 'read', source: 'zero', offset: 'any', immediate: 'any' };
  forms[CLASS.stx | MODE.mem | size] = { destination: 'read', source: 'register', offset: 'any', immediate: 'zero' };
  const whole = size === SIZE.w || size === SIZE.dw;
  const immediate = whole ? Object.values(ATOMIC) : ATOMIC_ANY_SIZE;
  forms[CLASS.stx | MODE.atomic | size] = { destination: 'atomic', source: 'register', offset: 'any', immediate };
}

/** By opcode. */
export const FORMS: readonly (Form | undefined)[] = forms;
