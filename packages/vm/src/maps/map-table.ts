import { BpfError } from '@hookline/bpf';
import type { LinearMemory } from '@hookline/machine';
import { RingBufferMap } from './ring-buffer-map.ts';
import type { VmMap } from './vm-map.ts';

/** Most maps of one machine. */
const MOST_MAPS = 4096;
const DESCRIPTOR_SIZE = 16;

/**
 * The addresses by which programs name maps: one table that no program can touch, and that holds nothing, for an
 * address is all that a descriptor is.
 */
export class MapTable {
  readonly #base: number;
  readonly #maps: VmMap[] = [];
  /** The ring buffers: a record does not say which one it is in. */
  readonly rings: RingBufferMap[] = [];

  constructor(memory: LinearMemory) {
    this.#base = memory.reserve(MOST_MAPS * DESCRIPTOR_SIZE, 'the map descriptors', DESCRIPTOR_SIZE);
  }

  /**
   * @returns the address of the map's descriptor
   * @throws BpfError E2BIG for one map too many
   */
  add(map: VmMap): number {
    if (this.#maps.length === MOST_MAPS) {
      throw new BpfError('E2BIG', `The machine has ${MOST_MAPS} maps already: load fewer objects into one.`, {
        map: map.spec.name,
      });
    }
    if (map instanceof RingBufferMap) this.rings.push(map);
    return this.#base + (this.#maps.push(map) - 1) * DESCRIPTOR_SIZE;
  }

  /** The map at an address, unsigned, if it is a descriptor's. */
  at(address: number): VmMap | undefined {
    const offset = address - this.#base;
    return (offset & (DESCRIPTOR_SIZE - 1)) === 0 ? this.#maps[offset / DESCRIPTOR_SIZE] : undefined;
  }
}
