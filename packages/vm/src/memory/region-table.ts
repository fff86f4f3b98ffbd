import { BpfError } from '@hookline/bpf';
import { STATE } from '../engine/state.ts';

/** Map values in the linear memory: elements of `size` bytes at multiples of `stride`. */
export interface Region {
  /** What it is, for errors: `map denied`. */
  readonly name: string;
  readonly start: number;
  readonly length: number;
  readonly stride: number;
  readonly size: number;
  /** Whether programs may write it (BPF_F_RDONLY_PROG). */
  readonly writable: boolean;
  /** Where only parts are open for the moment: whether [offset, offset + size) of the region is. */
  readonly isOpen?: (offset: number, size: number) => boolean;
}

/** Regions begin at multiples of this and share no such page. */
export const REGION_ALIGNMENT = 4096;
const PAGE_SHIFT = 12;
/** No region may reach here: an address plus a 16-bit offset must not wrap into one (see interpreter.ts). */
export const LAST_REGION_END = 2 ** 32 - 2 ** 15;

/** Finds the map value that an address lies in: a table by pages, because a program may touch any of thousands of maps. */
export class RegionTable {
  readonly #regions: Region[] = [];
  readonly #ownerOfPage: Uint16Array<ArrayBuffer>;

  /** @param memorySize bytes of the linear memory */
  constructor(memorySize: number) {
    this.#ownerOfPage = new Uint16Array(memorySize / REGION_ALIGNMENT);
  }

  get all(): readonly Region[] {
    return this.#regions;
  }

  /** @throws BpfError E2BIG at the end of the address space */
  add(region: Region): void {
    const end = region.start + region.length;
    if (end > LAST_REGION_END) {
      const problem = `${region.name} would reach the last 32 KiB of the address space`;
      throw new BpfError('E2BIG', `${problem}: ask for fewer or smaller maps.`);
    }
    this.#regions.push(region);
    this.#ownerOfPage.fill(this.#regions.length, region.start >>> PAGE_SHIFT, Math.ceil(end / REGION_ALIGNMENT));
  }

  /**
   * Whether one element holds all of [address, address + size). If so, `state` remembers the element for next time.
   *
   * @param address unsigned 32 bits, as a signed number
   */
  find(address: number, size: number, write: boolean, state: Int32Array): boolean {
    const owner = this.#ownerOfPage[address >>> PAGE_SHIFT];
    if (owner === undefined || owner === 0) return false;
    const region = this.#regions[owner - 1] as Region;
    const offset = (address >>> 0) - region.start;
    if (region.isOpen !== undefined) return region.isOpen(offset, size);
    const within = offset % region.stride;
    if (offset + size > region.length || within + size > region.size || (write && !region.writable)) return false;
    state[STATE.element] = address - within;
    state[STATE.elementReadable] = region.size;
    state[STATE.elementWritable] = region.writable ? region.size : 0;
    return true;
  }
}
