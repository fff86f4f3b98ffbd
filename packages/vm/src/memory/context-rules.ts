import { type Access, PROGRAM_TYPES, type ProgramType } from '@hookline/bpf';

/** Which accesses to a context the kernel's verifier lets through. */
export interface ContextRules {
  /** By offset, the sizes (1 | 2 | 4 | 8) of the reads that may begin there. */
  readonly readable: Uint8Array;
  readonly writable: Uint8Array;
  /**
   * Bytes at the beginning that are words which may be read at any time without further ado; 0 for contexts that must
   * be settled first (context.ts).
   */
  readonly leadingWords: number;
}

/** The rules of a program type, from the table of its context's fields. */
export function contextRules(type: ProgramType): ContextRules {
  const { context, contextSize } = PROGRAM_TYPES[type];
  const readable = new Uint8Array(contextSize);
  const writable = new Uint8Array(contextSize);
  for (const field of context) {
    allow(readable, field.offset, field.size, field.read);
    allow(writable, field.offset, field.size, field.write);
  }
  let leadingWords = 0;
  if (writable.every((sizes) => sizes === 0)) while (readable[leadingWords] === 4) leadingWords += 4;
  return { readable, writable, leadingWords };
}

function allow(rules: Uint8Array, start: number, length: number, access: Access): void {
  if (access === 'no') return;
  if (access === 'whole') {
    rules[start] = length;
    return;
  }
  for (const size of [1, 2, 4, 8]) {
    for (let offset = start; offset + size <= start + length; offset++) {
      if (offset % size === 0) rules[offset] = (rules[offset] as number) | size;
    }
  }
}
