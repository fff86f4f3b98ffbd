import { asm, assemble, assembleInstructions, BpfError, disassemble, formatInstruction } from '@hookline/bpf';
import { ipv4Prefix, u32, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';

const FIREWALL = `
; Drops what is in a table.
.license "GPL"
.map denied lpm_trie key ipv4Prefix value u32 entries 100
.map counters percpu_array key 4 value 8 entries 1 flags RDONLY_PROG frozen
.map log ringbuf entries 4096          # records

.program firewall xdp
  r6 = r1
  w2 = *(u32 *)(r6 +4)                 // data_end
  r1 = map[denied]
  call bpf_map_lookup_elem#1
  if r0 != 0 goto drop
  call count
  r0 = 2
  exit
drop:
  r0 = 1
  exit
.function count 0
  call map_lookup_elem
  exit

.program mark tc
  *(u32 *)(r1 +8) = 7
  r0 = 0
  exit
`;

describe('an object as text', () => {
  const object = assemble(FIREWALL, { file: 'firewall.asm' });

  test('has the maps of its directives', () => {
    expect(object.maps).toEqual({
      denied: {
        kind: 'map',
        name: 'denied',
        type: 'lpm_trie',
        key: ipv4Prefix,
        value: u32,
        sharing: 'shared',
        maxEntries: 100,
        flags: 1,
      },
      counters: {
        kind: 'map',
        name: 'counters',
        type: 'percpu_array',
        key: u32,
        value: u64,
        sharing: 'own',
        maxEntries: 1,
        flags: 128,
        frozen: true,
      },
      log: expect.objectContaining({ type: 'ringbuf', maxEntries: 4096, key: expect.objectContaining({ size: 0 }) }),
    });
  });

  test('has programs with types, licences and functions', () => {
    expect(Object.values(object.programs)).toMatchObject([
      {
        name: 'firewall',
        type: 'xdp',
        license: 'GPL',
        functions: [
          { name: 'firewall', slot: 0, parameters: 1 },
          { name: 'count', slot: 11, parameters: 0 },
        ],
      },
      { name: 'mark', type: 'sched_cls', license: 'GPL', functions: [{ name: 'mark', slot: 0, parameters: 1 }] },
    ]);
  });

  test('resolves labels to slots, and names to helpers where no label has them', () => {
    const lines = object.programs.firewall?.instructions.map(formatInstruction);
    expect(lines?.slice(3, 6)).toEqual(['call bpf_map_lookup_elem#1', 'if r0 != 0 goto +3', 'call pc+4']);
    expect(lines?.at(-2)).toBe('call bpf_map_lookup_elem#1');
  });

  test('knows where each instruction was written', () => {
    expect(object.programs.firewall?.instructions[3]?.position).toEqual({ file: 'firewall.asm', line: 12, column: 3 });
  });

  test('is written and read back the same', () => {
    const text = disassemble(object);
    expect(disassemble(assemble(text))).toBe(text);
  });
});

test('a text of instructions only is the XDP program main', () => {
  const { programs } = assemble('r0 = 2\nexit');
  expect(programs).toMatchObject({ main: { name: 'main', type: 'xdp', license: 'Dual MIT/GPL' } });
});

test('hexadecimal bits above 31 mean the negative number where only 32 bits count', () => {
  expect(assembleInstructions('w0 = 0xffffffff\nexit')[0]).toMatchObject({ immediate: -1 });
  expect(assembleInstructions('if r0 == 0xfffffffb goto +0\nexit')[0]).toMatchObject({ immediate: -5 });
});

/** Text, column of its first line, and words of the error. */
const REFUSED: readonly (readonly [text: string, column: number, words: string])[] = [
  ['r11 = 1', 1, "'r11' begins no instruction"],
  ['r0 = 1 2', 8, "'2' is too much: end the line before it."],
  ['r0 =', 5, 'the line ends too soon'],
  ['r0 = 4294967295', 6, "load it with 'r1 = 4294967295 ll' first."],
  ['r0 = 0xffffffff', 6, 'does not fit 32 signed bits'],
  ['r0 = 0x10000000000000000 ll', 6, 'does not fit 64 bits'],
  ['r0 = w1', 6, 'both registers have the same width: write r1.'],
  ['r1 = be16 r2', 11, 'name the same one on both sides'],
  ['r1 = *(u24 *)(r2 +0)', 8, "'u24' is no type"],
  ['r1 = *(u32 *)(r2 4)', 18, 'an offset has a sign'],
  ['r1 = *(u32 *)(r2 +40000)', 18, 'offset 40000: give -32768 to 32767.'],
  ['if r1 => r2 goto +1', 7, 'no comparison'],
  ['goto nowhere', 6, "there is no label 'nowhere'"],
  ['call nobody', 6, "there is no label 'nobody'"],
  ['r0 = atomic64_fetch_sub((u64 *)(r1 +0), r0)', 6, 'no atomic operation'],
  ['r2 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r3)', 1, 'gives the old value in r0'],
  ['r0 = 1 $', 8, "'$' begins nothing"],
  ['.section xdp', 1, "'.section' is no directive"],
  ['.program a_name_that_is_too_long xdp', 10, 'a name is 1 to 15 letters'],
  ['.program p kprobe', 12, "'kprobe' is no program type: use xdp, sched_cls."],
  ['.license GPL', 10, 'write "GPL"'],
  ['.map m hash key 4 value 8', 6, 'maxEntries is 0: give 1 to 4294967295.'],
  ['.map m hash size 4', 13, "'size' is no setting"],
  ['.map m hashmap', 8, "'hashmap' is no map type"],
  ['.map m ringbuf entries 5000', 6, 'give a power of two'],
  ['.map m hash_of_maps', 8, 'build the object'],
];

describe('the assembler refuses', () => {
  test.each(REFUSED)('%s', (text, column, words) => {
    let caught: unknown;
    try {
      assemble(`${text}\nr0 = 0\nexit`, { file: 'edge.asm' });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BpfError);
    const error = caught as BpfError;
    expect(error.message).toContain(`edge.asm:1:${column}: `);
    expect(error.message).toContain(words);
    expect(error).toMatchObject({
      code: 'ASSEMBLY_INVALID',
      place: { position: { file: 'edge.asm', line: 1, column } },
    });
  });

  test('a label twice', () => {
    expect(() => assemble('a: exit\na: exit')).toThrow("program.asm:2:1: there is a label 'a' already");
  });

  test('a label further away than 16 bits', () => {
    const far = `goto end\n${'r0 = 0\n'.repeat(0x8000)}end: exit`;
    expect(() => assembleInstructions(far)).toThrow('is 32768 slots away, further than 16 bits reach: use gotol.');
    expect(assembleInstructions(far.replace('goto', 'gotol'))[0]).toMatchObject(asm.jumpLong(0x8000));
  });

  test('a map that is not there', () => {
    expect(() => assemble('r1 = map[flows]\nexit')).toThrow("(program.asm:1:1): there is no map 'flows' in the object");
  });

  test('an empty text', () => {
    expect(() => assemble('; nothing\n')).toThrow('program.asm: there is no instruction');
  });
});
