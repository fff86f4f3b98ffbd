import {
  BpfError,
  ERRNO,
  errnoName,
  kernelSizes,
  MAP_FLAGS,
  type MapSpec,
  type RawMap,
  UPDATE_FLAGS,
} from '@hookline/bpf';
import { REGION_ALIGNMENT } from '../memory/region-table.ts';
import type { PreparedProgram } from '../prepare/prepared-program.ts';
import type { MapWorld } from './map-world.ts';

/** CPU on which calls from outside of programs run. */
export const CONTROL_CPU = 0;

/**
 * A map in the linear memory. Programs reach it by address (`lookupElement` and its like, which give addresses and
 * negative errno numbers and never throw or allocate), the control plane by bytes (`RawMap`).
 *
 * What a type does not have answers EOPNOTSUPP here; each type overrides what it has.
 */
export abstract class VmMap implements RawMap {
  readonly spec: MapSpec;
  protected readonly world: MapWorld;
  protected readonly keySize: number;
  protected readonly valueSize: number;
  /** Bytes from one value to the next. */
  protected readonly stride: number;
  /** Where keys and values of the control plane cross into the memory. */
  readonly #scratchKey: number;
  readonly #scratchValue: number;
  #frozen = false;

  /** @param scratchValue bytes of the largest value that the control plane hands over through `updateElement` */
  constructor(spec: MapSpec, world: MapWorld, scratchValue: number) {
    const sizes = kernelSizes(spec);
    this.spec = spec;
    this.world = world;
    this.keySize = sizes.key;
    this.valueSize = sizes.value;
    this.stride = Math.ceil(sizes.value / 8) * 8;
    this.#scratchKey = world.memory.reserve(this.keySize, `the keys of map ${spec.name}`);
    this.#scratchValue = world.memory.reserve(scratchValue, `the values of map ${spec.name}`);
  }

  // ---- programs ----------------------------------------------------------------------------------------------------

  /** The address of the value, or 0. @param key address of the key */
  lookupElement(_key: number, _cpu: number): number {
    return 0;
  }

  /** 0 or a negative errno. @param flags of bpf_map_update_elem; above 2^32 where the upper half is not 0 */
  updateElement(_key: number, _value: number, _flags: number, _cpu: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  deleteElement(_key: number, _cpu: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  pushElement(_value: number, _flags: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  popElement(_target: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  peekElement(_target: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  /** The address of one CPU's value, or 0. */
  lookupPerCpu(_key: number, _cpu: number): number {
    return 0;
  }

  /**
   * Visits every element until the visitor returns something other than 0.
   *
   * @returns how many were visited, or a negative errno
   */
  visitElements(_visit: (key: number, value: number) => number, _cpu: number): number {
    return -ERRNO.EINVAL;
  }

  /** What `visitElements` looks at even where there is no element. */
  get placesToVisit(): number {
    return 0;
  }

  /** The program at an index of a program array. */
  programAt(_index: number): PreparedProgram | undefined {
    return undefined;
  }

  /** The interface index at a key of a device map, or 0. */
  targetAt(_key: number): number {
    return 0;
  }

  /** Every interface index of a device map, for broadcasts. */
  targets(): number[] {
    return [];
  }

  /** The address of the only value of an array of one entry. */
  directValue(): number | undefined {
    return undefined;
  }

  /** Bytes of a key and of a value, as helpers read and write them. */
  get keyBytes(): number {
    return this.keySize;
  }

  get valueBytes(): number {
    return this.valueSize;
  }

  // ---- the control plane -------------------------------------------------------------------------------------------

  /** Puts the contents of the specification in, and closes the map where it says so. */
  initialize(): void {
    for (const [key, value] of this.spec.contents ?? []) this.updateEveryCpu(key, value);
    this.#frozen = this.spec.frozen === true;
  }

  lookup(key: Uint8Array): Uint8Array | undefined {
    this.checkUser(MAP_FLAGS.WRONLY);
    const address = this.lookupFromControl(this.keyToMemory(key));
    return address === 0 ? undefined : this.world.memory.bytes.slice(address, address + this.valueSize);
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): void {
    this.checkWritable();
    this.check(this.updateFromControl(this.keyToMemory(key), this.valueToMemory(value), flags), 'update');
  }

  delete(key: Uint8Array): boolean {
    this.checkWritable();
    const result = this.deleteElement(this.keyToMemory(key), CONTROL_CPU);
    if (result === -ERRNO.ENOENT) return false;
    this.check(result, 'delete');
    return true;
  }

  nextKey(_key: Uint8Array | undefined): Uint8Array | undefined {
    throw this.refusal(-ERRNO.EOPNOTSUPP, 'iterate over');
  }

  push(_value: Uint8Array, _flags: number): void {
    throw this.refusal(-ERRNO.EOPNOTSUPP, 'push to');
  }

  pop(): Uint8Array | undefined {
    throw this.refusal(-ERRNO.EOPNOTSUPP, 'pop from');
  }

  peek(): Uint8Array | undefined {
    throw this.refusal(-ERRNO.EOPNOTSUPP, 'peek into');
  }

  drain(): Uint8Array[] {
    throw this.refusal(-ERRNO.EOPNOTSUPP, 'drain');
  }

  get lost(): number {
    return 0;
  }

  // ---- for the types -----------------------------------------------------------------------------------------------

  /** Like `lookupElement`, where a look from outside leaves no traces. */
  protected lookupFromControl(key: number): number {
    return this.lookupElement(key, CONTROL_CPU);
  }

  protected updateFromControl(key: number, value: number, flags: number): number {
    return this.updateElement(key, value, flags, CONTROL_CPU);
  }

  protected updateEveryCpu(key: Uint8Array, value: Uint8Array): void {
    this.update(key, value, UPDATE_FLAGS.any);
  }

  /** Reserves an address range for values and opens it to programs. */
  protected reserveValues(length: number, stride: number, size: number, writable = this.programsMayWrite): number {
    const start = this.world.memory.reserve(length, `map ${this.spec.name}`, REGION_ALIGNMENT);
    // A page of nothing follows: the next range neither shares the last page nor begins where this one ends.
    this.world.memory.reserve(REGION_ALIGNMENT, `map ${this.spec.name}`, REGION_ALIGNMENT);
    this.world.regions.add({ name: `map ${this.spec.name}`, start, length, stride, size, writable });
    return start;
  }

  protected get programsMayWrite(): boolean {
    return (this.spec.flags & MAP_FLAGS.RDONLY_PROG) === 0;
  }

  protected keyToMemory(key: Uint8Array): number {
    if (key.length !== this.keySize) throw this.wrongSize('key', key.length, this.keySize);
    this.world.memory.bytes.set(key, this.#scratchKey);
    return this.#scratchKey;
  }

  protected checkValue(value: Uint8Array, size = this.valueSize): void {
    if (value.length !== size) throw this.wrongSize('value', value.length, size);
  }

  /** One value for each CPU, all the same. */
  protected forEveryCpu(value: Uint8Array): Uint8Array {
    const values = new Uint8Array(this.stride * this.world.cpus);
    for (let cpu = 0; cpu < this.world.cpus; cpu++) values.set(value, cpu * this.stride);
    return values;
  }

  protected valueToMemory(value: Uint8Array, size = this.valueSize): number {
    this.checkValue(value, size);
    this.world.memory.bytes.set(value, this.#scratchValue);
    return this.#scratchValue;
  }

  protected get scratchKey(): number {
    return this.#scratchKey;
  }

  protected get scratchValue(): number {
    return this.#scratchValue;
  }

  protected bytesAt(address: number, length: number): Uint8Array {
    return this.world.memory.bytes.slice(address, address + length);
  }

  protected checkWritable(): void {
    this.checkUser(MAP_FLAGS.RDONLY);
    if (this.#frozen) {
      throw new BpfError('EPERM', `Map ${this.spec.name} is frozen: give its contents before it is loaded.`, {
        map: this.spec.name,
      });
    }
  }

  /** BPF_F_RDONLY and BPF_F_WRONLY are for user space. */
  private checkUser(forbidding: number): void {
    if ((this.spec.flags & forbidding) !== 0) {
      const access = forbidding === MAP_FLAGS.RDONLY ? 'write' : 'read';
      throw new BpfError('EPERM', `The flags of map ${this.spec.name} forbid to ${access} it: create it without.`, {
        map: this.spec.name,
      });
    }
  }

  protected check(result: number, action: string): void {
    if (result < 0) throw this.refusal(result, action);
  }

  protected refusal(result: number, action: string): BpfError {
    const code = errnoName(result);
    const remedy = REMEDIES[code] ?? 'see the documentation of this map type.';
    return new BpfError(code, `Could not ${action} map ${this.spec.name} (${this.spec.type}): ${remedy}`, {
      map: this.spec.name,
    });
  }

  private wrongSize(what: string, given: number, wanted: number): BpfError {
    return new BpfError('EINVAL', `A ${what} of map ${this.spec.name} has ${wanted} bytes, not ${given}: correct it.`, {
      map: this.spec.name,
    });
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  E2BIG: 'it is full, or the index is past its end; raise maxEntries or delete something.',
  ENOSPC: 'it is full; raise maxEntries or delete something.',
  EEXIST: 'the key exists; use any or replace.',
  ENOENT: 'the key does not exist; use any or create.',
  EINVAL: 'the key, the value or the flags cannot be; correct them.',
  ENODEV: 'there is no such device; attach it first.',
  EOPNOTSUPP: 'this type of map cannot do that.',
};
