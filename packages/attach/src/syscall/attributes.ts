import { bytes, encodeInto, type Fields, type Js, type Struct, struct, u32, u64 } from '@hookline/layout';

/**
 * The parts of `union bpf_attr` (linux/bpf.h), each up to the last field that is used here. The kernel takes missing
 * fields at the end as zero. Pointers are u64.
 */

export const OBJECT_NAME_SIZE = 16;

export const MAP_CREATE = struct('map_create', {
  mapType: u32,
  keySize: u32,
  valueSize: u32,
  maxEntries: u32,
  mapFlags: u32,
  innerMapFd: u32,
  numaNode: u32,
  mapName: bytes(OBJECT_NAME_SIZE),
  mapIfindex: u32,
  btfFd: u32,
  btfKeyTypeId: u32,
  btfValueTypeId: u32,
});

export const MAP_ELEMENT = struct('map_element', {
  mapFd: u32,
  key: u64,
  /** Of MAP_GET_NEXT_KEY: where the next key goes. */
  value: u64,
  flags: u64,
});

export const PROG_LOAD = struct('prog_load', {
  progType: u32,
  insnCnt: u32,
  insns: u64,
  license: u64,
  logLevel: u32,
  logSize: u32,
  logBuf: u64,
  kernVersion: u32,
  progFlags: u32,
  progName: bytes(OBJECT_NAME_SIZE),
  progIfindex: u32,
  expectedAttachType: u32,
  progBtfFd: u32,
  funcInfoRecSize: u32,
  funcInfo: u64,
  funcInfoCnt: u32,
  lineInfoRecSize: u32,
  lineInfo: u64,
  lineInfoCnt: u32,
  attachBtfId: u32,
  attachProgFd: u32,
  coreReloCnt: u32,
  fdArray: u64,
  coreRelos: u64,
  coreReloRecSize: u32,
  /** Written by the kernel: how long the log would have been (6.4 and later). */
  logTrueSize: u32,
});

export const BTF_LOAD = struct('btf_load', {
  btf: u64,
  logBuf: u64,
  size: u32,
  logSize: u32,
  logLevel: u32,
  logTrueSize: u32,
});

export const PROG_TEST_RUN = struct('prog_test_run', {
  progFd: u32,
  retval: u32,
  dataSizeIn: u32,
  dataSizeOut: u32,
  dataIn: u64,
  dataOut: u64,
  repeat: u32,
  duration: u32,
  ctxSizeIn: u32,
  ctxSizeOut: u32,
  ctxIn: u64,
  ctxOut: u64,
  flags: u32,
  cpu: u32,
  batchSize: u32,
});

export const LINK_CREATE = struct('link_create', {
  progFd: u32,
  targetIfindex: u32,
  attachType: u32,
  flags: u32,
  relativeFd: u32,
  expectedRevision: u64,
});

export const LINK_UPDATE = struct('link_update', { linkFd: u32, newProgFd: u32, flags: u32, oldProgFd: u32 });

export const LINK_DETACH = struct('link_detach', { linkFd: u32 });

/** A block with the given fields set and all others zero. */
export function attributes<F extends Fields>(
  layout: Struct<F>,
  values: { readonly [K in keyof F]?: Js<F[K]> },
): Uint8Array {
  const block = new Uint8Array(layout.size);
  for (const [name, value] of Object.entries(values)) {
    encodeInto(layout.fields[name] as F[string], value as Js<F[string]>, block, layout.offsets[name] as number);
  }
  return block;
}

/** A field that the kernel has written. */
export function fieldOf<F extends Fields, N extends keyof F & string>(
  layout: Struct<F>,
  block: Uint8Array,
  name: N,
): number {
  return new DataView(block.buffer, block.byteOffset).getUint32(layout.offsets[name] as number, true);
}

/** The kernel's `char[16]` of a name. */
export function objectName(name: string): Uint8Array {
  const field = new Uint8Array(OBJECT_NAME_SIZE);
  new TextEncoder().encodeInto(name, field.subarray(0, OBJECT_NAME_SIZE - 1));
  return field;
}
