import { assemble, type BpfObject, type MapSpec } from '@hookline/bpf';

/**
 * Programs that do to a map what the frame says, so that random operations need no random programs. The frame holds,
 * little-endian: at 16 the operation (u32), at 24 the flags (u64), at 32 the key (16 bytes), at 48 the value (8 bytes).
 * What a lookup found and what a helper returned goes to the map `result`.
 */

export const DRIVER_FRAME_SIZE = 64;

/** The operations of a keyed map, by the number in the frame. */
export const KEYED = { lookup: 0, update: 1, delete: 2, increment: 3 } as const;
/** Those of a queue or stack. */
export const LIST = { push: 0, pop: 1, peek: 2 } as const;

export interface DriverRequest {
  readonly operation: number;
  readonly flags?: number;
  /** At most 16 bytes. */
  readonly key?: Uint8Array;
  readonly value?: bigint;
}

export function driverFrame({ operation, flags = 0, key, value = 0n }: DriverRequest): Uint8Array {
  const frame = new Uint8Array(DRIVER_FRAME_SIZE);
  const view = new DataView(frame.buffer);
  view.setUint32(16, operation, true);
  view.setBigUint64(24, BigInt(flags), true);
  if (key !== undefined) frame.set(key, 32);
  view.setBigUint64(48, value, true);
  return frame;
}

/** r6 is the packet, r7 the operation, r8 the flags, r9 the result; the key lies at r10-16, the value at r10-24. */
const PROLOGUE = `
  r6 = *(u32 *)(r1 +0)
  r2 = *(u32 *)(r1 +4)
  r3 = r6
  r3 += ${DRIVER_FRAME_SIZE}
  if r3 > r2 goto out
  r7 = *(u32 *)(r6 +16)
  r8 = *(u64 *)(r6 +24)
  r1 = *(u64 *)(r6 +32)
  *(u64 *)(r10 -16) = r1
  r1 = *(u64 *)(r6 +40)
  *(u64 *)(r10 -8) = r1
  r1 = *(u64 *)(r6 +48)
  *(u64 *)(r10 -24) = r1
  r9 = map[result][0]+0
  *(u64 *)(r9 +0) = 0
  *(u64 *)(r9 +8) = 0
  r1 = map[m]
  r2 = r10
`;
const EPILOGUE = `
store:
  *(u64 *)(r9 +0) = r0
out:
  r0 = 2
  exit
`;
const RESULT = '.map result array value 16 entries 1';

function withMap(text: string, map: MapSpec): BpfObject {
  const object = assemble(`${RESULT}\n.map m array value 8 entries 1\n${text}`);
  return { ...object, maps: { ...object.maps, m: map } };
}

/** @param map named `m`, with a value of 8 bytes and a key of at most 16 */
export function keyedDriver(map: MapSpec): BpfObject {
  return withMap(
    `${PROLOGUE}
      r2 += -16
      if r7 == ${KEYED.update} goto update
      if r7 == ${KEYED.delete} goto delete
      call bpf_map_lookup_elem
      if r0 == 0 goto store
      r1 = *(u64 *)(r0 +0)
      *(u64 *)(r9 +8) = r1
      if r7 != ${KEYED.increment} goto found
      r1 = 1
      lock *(u64 *)(r0 +0) += r1
    found:
      r0 = 1
      goto store
    update:
      r3 = r10
      r3 += -24
      r4 = r8
      call bpf_map_update_elem
      goto store
    delete:
      call bpf_map_delete_elem
    ${EPILOGUE}`,
    map,
  );
}

/** @param map named `m`, a queue or stack with a value of 8 bytes */
export function listDriver(map: MapSpec): BpfObject {
  return withMap(
    `${PROLOGUE}
      r2 += -24
      if r7 == ${LIST.pop} goto pop
      if r7 == ${LIST.peek} goto peek
      r3 = r8
      call bpf_map_push_elem
      goto store
    pop:
      call bpf_map_pop_elem
      r1 = *(u64 *)(r10 -24)
      *(u64 *)(r9 +8) = r1
      goto store
    peek:
      call bpf_map_peek_elem
      r1 = *(u64 *)(r10 -24)
      *(u64 *)(r9 +8) = r1
    ${EPILOGUE}`,
    map,
  );
}
