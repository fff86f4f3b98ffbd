import { u32, u64 } from '@hookline/layout';
import { expect, test } from 'vitest';
import {
  attributes,
  BTF_LOAD,
  fieldOf,
  LINK_CREATE,
  LINK_UPDATE,
  MAP_CREATE,
  MAP_ELEMENT,
  objectName,
  PROG_LOAD,
  PROG_TEST_RUN,
} from '../src/syscall/attributes.ts';

// Offsets of `union bpf_attr` as a C compiler lays out linux/bpf.h.
test.each([
  ['MAP_CREATE', MAP_CREATE.offsets, { innerMapFd: 20, mapName: 28, mapIfindex: 44, btfFd: 48, btfValueTypeId: 56 }],
  ['MAP_*_ELEM', MAP_ELEMENT.offsets, { mapFd: 0, key: 8, value: 16, flags: 24 }],
  [
    'PROG_LOAD',
    PROG_LOAD.offsets,
    {
      insnCnt: 4,
      insns: 8,
      license: 16,
      logLevel: 24,
      logBuf: 32,
      progFlags: 44,
      progName: 48,
      expectedAttachType: 68,
      progBtfFd: 72,
      funcInfo: 80,
      funcInfoCnt: 88,
      lineInfo: 96,
      lineInfoCnt: 104,
      attachBtfId: 108,
      attachProgFd: 112,
      fdArray: 120,
      logTrueSize: 140,
    },
  ],
  [
    'PROG_TEST_RUN',
    PROG_TEST_RUN.offsets,
    {
      retval: 4,
      dataSizeOut: 12,
      dataIn: 16,
      repeat: 32,
      duration: 36,
      ctxSizeIn: 40,
      ctxIn: 48,
      ctxOut: 56,
      flags: 64,
      batchSize: 72,
    },
  ],
  ['LINK_CREATE', LINK_CREATE.offsets, { targetIfindex: 4, attachType: 8, flags: 12, expectedRevision: 24 }],
  ['LINK_UPDATE', LINK_UPDATE.offsets, { newProgFd: 4, flags: 8, oldProgFd: 12 }],
  ['BTF_LOAD', BTF_LOAD.offsets, { logBuf: 8, size: 16, logLevel: 24, logTrueSize: 28 }],
])('the attributes of %s lie where the kernel reads them', (_, offsets, expected) => {
  expect(offsets).toMatchObject(expected);
});

test('fields that are not given are zero', () => {
  const block = attributes(MAP_ELEMENT, { mapFd: 7, flags: 0x1_0000_0002n });
  expect(fieldOf(MAP_ELEMENT, block, 'mapFd')).toBe(7);
  expect([...block.subarray(4, 24)]).toEqual(new Array(20).fill(0));
  expect([...block.subarray(24)]).toEqual([2, 0, 0, 0, 1, 0, 0, 0]);
  expect(block).toHaveLength(32);
  expect([u32.size, u64.size]).toEqual([4, 8]);
});

test('a name is cut to fifteen bytes and a NUL', () => {
  expect(new TextDecoder().decode(objectName('sixteen_letters_'))).toBe('sixteen_letters\0');
});
