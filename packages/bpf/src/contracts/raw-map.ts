/**
 * A map as bytes, as bpf(2) sees it: what each world implements, and what `typedMap` turns into typed handles.
 * Keys and values are exactly the sizes of the specification. The value of a per-CPU map is one value after the
 * other, each rounded up to 8 bytes, for every possible CPU.
 *
 * Every call throws a `BpfError` with the kernel's errno name where the kernel refuses.
 */
export interface RawMap {
  lookup(key: Uint8Array): Uint8Array | undefined;
  /** @param flags BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2 */
  update(key: Uint8Array, value: Uint8Array, flags: number): void;
  /** Whether there was something to delete (ENOENT is no error here). */
  delete(key: Uint8Array): boolean;
  /** The key after this one; of `undefined`, or of a key that is gone, the first. `undefined` after the last. */
  nextKey(key: Uint8Array | undefined): Uint8Array | undefined;
  /** Queue and stack: `flags` BPF_ANY 0 or BPF_EXIST 2. */
  push(value: Uint8Array, flags: number): void;
  pop(): Uint8Array | undefined;
  peek(): Uint8Array | undefined;
  /** Ring buffer and perf event array: the records that are there now. */
  drain(): Uint8Array[];
  /** Records that were lost for want of room, where the world knows. */
  readonly lost: number;
}
