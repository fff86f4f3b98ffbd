import { asm, hash, lpmTrie, mapBtf, type ProgramSpec, programBtf, queue, ringBuffer } from '@hookline/bpf';
import {
  array as arrayOf,
  be16,
  be32,
  bits,
  bytes,
  i32,
  ipv4Address,
  ipv4Prefix,
  mac,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '@hookline/layout';
import { describe, expect, test } from 'vitest';
import { readBtf } from './btf-reader.ts';

const Everything = struct('everything', {
  ...bits(u8, { version: 4, headerLength: 4 }),
  ...bits(be16, { flags: 3, fragmentOffset: 13 }),
  ...bits(u32, { a: 30, b: 2 }),
  m: mac,
  ip: ipv4Address,
  p: be16,
  arr: arrayOf(struct('inner', { x: u16, y: i32 }), 3),
  by: bytes(3),
  z: u64,
  e: be32,
});

describe('the BTF of a map', () => {
  test('describes keys and values; bpftool dump file and BPF_MAP_CREATE of Linux 6.18 read it so', () => {
    const described = mapBtf(hash('h', { key: Everything, value: u64, maxEntries: 4 }));
    expect(described).toMatchObject({ keyTypeId: 13, valueTypeId: 11 });
    expect(readBtf(described?.btf ?? new Uint8Array()).types).toEqual([
      "[1] INT 'u8' size=1 nr_bits=8 encoding=(none)",
      "[2] INT 'be16' size=2 nr_bits=16 encoding=(none)",
      "[3] INT 'u32' size=4 nr_bits=32 encoding=(none)",
      "[4] ARRAY '(anon)' type_id=1 index_type_id=3 nr_elems=6",
      "[5] ARRAY '(anon)' type_id=1 index_type_id=3 nr_elems=4",
      "[6] INT 'u16' size=2 nr_bits=16 encoding=(none)",
      "[7] INT 'i32' size=4 nr_bits=32 encoding=SIGNED",
      "[8] STRUCT 'inner' size=8 'x' type_id=6 bits_offset=0 'y' type_id=7 bits_offset=32",
      "[9] ARRAY '(anon)' type_id=8 index_type_id=3 nr_elems=3",
      "[10] ARRAY '(anon)' type_id=1 index_type_id=3 nr_elems=3",
      "[11] INT 'u64' size=8 nr_bits=64 encoding=(none)",
      "[12] INT 'be32' size=4 nr_bits=32 encoding=(none)",
      [
        "[13] STRUCT 'everything' size=72",
        "'headerLength' type_id=1 bits_offset=0 bitfield_size=4",
        "'version' type_id=1 bits_offset=4 bitfield_size=4",
        "'flags_fragmentOffset' type_id=2 bits_offset=16",
        "'b' type_id=3 bits_offset=32 bitfield_size=2",
        "'a' type_id=3 bits_offset=34 bitfield_size=30",
        "'m' type_id=4 bits_offset=64",
        "'ip' type_id=5 bits_offset=128",
        "'p' type_id=2 bits_offset=160",
        "'arr' type_id=9 bits_offset=192",
        "'by' type_id=10 bits_offset=384",
        "'z' type_id=11 bits_offset=448",
        "'e' type_id=12 bits_offset=512",
      ].join(' '),
    ]);
  });

  test('is left out where the kernel takes none', () => {
    expect(mapBtf(queue('q', { value: u32, maxEntries: 1 }))).toBeUndefined();
    expect(mapBtf(ringBuffer('r', { value: u32, size: 4096 }))).toBeUndefined();
    expect(mapBtf(lpmTrie('t', { key: bytes(8), value: u32, maxEntries: 1 }))).toBeUndefined();
    expect(mapBtf(lpmTrie('t', { key: ipv4Prefix, value: u32, maxEntries: 1 }))).toBeDefined();
  });
});

describe('the BTF of a program', () => {
  const at = (line: number, column = 3) => ({ position: { file: '/x/edge.ts', line, column } });
  const program: ProgramSpec = {
    kind: 'program',
    name: 'p',
    type: 'xdp',
    license: 'GPL',
    instructions: [
      asm.mov(1, { immediate: 4 }),
      { ...asm.loadFunction(2, 5), ...at(3) },
      { ...asm.mov(3, { immediate: 0 }), ...at(4) },
      { ...asm.mov(4, { immediate: 0 }), ...at(4) },
      asm.call(181),
      { ...asm.exit(), ...at(2000, 5000) },
      { ...asm.mov(0, { immediate: 0 }), ...at(2000, 5000) },
      { ...asm.exit(), ...at(1) },
    ],
    functions: [
      { name: 'main', slot: 0, parameters: 1 },
      { name: 'each-one', slot: 7, parameters: 2 },
    ],
  };
  const words = (data: Uint8Array): number[] => [...new Uint32Array(data.slice().buffer)];
  const written = programBtf(program, { sourceLine: ({ line }) => `  text\0of ${line} ü` });
  const { types, string } = readBtf(written.btf);

  test('has a function for each, static but for the main one, with a name that the kernel takes', () => {
    expect(types).toEqual([
      "[1] INT 'u64' size=8 nr_bits=64 encoding=(none)",
      "[2] FUNC_PROTO '(anon)' ret_type_id=1 'r1' type_id=1",
      "[3] FUNC 'main' type_id=2 linkage=global",
      "[4] FUNC_PROTO '(anon)' ret_type_id=1 'r1' type_id=1 'r2' type_id=1",
      "[5] FUNC 'each_one' type_id=4 linkage=static",
    ]);
    expect(words(written.funcInfo)).toEqual([0, 3, 7, 5]);
  });

  test('has a line where the position changes, at slot 0 and at every function, never inside a 64-bit load', () => {
    const records = Array.from({ length: written.lineInfo.length / 16 }, (_, i) => {
      const [slot = 0, file = 0, text = 0, place = 0] = words(written.lineInfo).slice(i * 4, i * 4 + 4);
      return [slot, string(file), string(text), place >>> 10, place & 1023];
    });
    expect(records).toEqual([
      [0, '/x/edge.ts', 'text of 3 ü', 3, 3],
      [3, '/x/edge.ts', 'text of 4 ü', 4, 3],
      [6, '/x/edge.ts', 'text of 2000 ü', 2000, 1023],
      [7, '/x/edge.ts', 'text of 2000 ü', 2000, 1023],
      [8, '/x/edge.ts', 'text of 1 ü', 1, 3],
    ]);
  });

  test('has no lines without positions', () => {
    const instructions = program.instructions.map(({ position, ...rest }) => rest);
    expect(programBtf({ ...program, instructions }).lineInfo).toHaveLength(0);
  });
});
