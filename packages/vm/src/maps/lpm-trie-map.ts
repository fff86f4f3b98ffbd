import { ERRNO, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** Nodes to begin with; the arrays double when they are full. */
const FIRST_NODES = 64;
/** In place of a child or the root. */
const NONE = 0;
const PREFIX_LENGTH = 4;

/**
 * BPF_MAP_TYPE_LPM_TRIE (kernel/bpf/lpm_trie.c): a path-compressed binary trie. Intermediate nodes have two children
 * and no value; a key is a u32 with the length of the prefix and then its bytes, the most significant first.
 *
 * Nodes are numbers from 1 on. Like in the kernel, an overwritten prefix takes on the host bits of the new key.
 */
export class LpmTrieMap extends VmMap {
  readonly #keys: number;
  readonly #keyStride: number;
  readonly #values: number;
  readonly #longest: number;
  /** By node: the prefix length, the two children, and for those with a value the slot of key and value. */
  #prefix: Int32Array<ArrayBuffer> = new Int32Array(FIRST_NODES);
  #children: Int32Array<ArrayBuffer> = new Int32Array(FIRST_NODES * 2);
  #intermediate: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_NODES);
  #root = NONE;
  #nodes = 1;
  #freeNodes: number[] = [];
  #entries = 0;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, Math.ceil(spec.value.size / 8) * 8);
    this.#longest = (this.keySize - PREFIX_LENGTH) * 8;
    this.#keyStride = Math.ceil(this.keySize / 4) * 4;
    // Intermediate nodes are at most one fewer than entries; a replaced node is freed only after its successor exists.
    const most = spec.maxEntries * 2 + 1;
    this.#keys = world.memory.reserve(this.#keyStride * most, `the keys of map ${spec.name}`);
    this.#values = this.reserveValues(this.stride * most, this.stride, this.valueSize);
  }

  #keyOf(node: number): number {
    return this.#keys + (node - 1) * this.#keyStride;
  }

  #valueOf(node: number): number {
    return this.#values + (node - 1) * this.stride;
  }

  #bit(key: number, index: number): number {
    return ((this.world.memory.bytes[key + PREFIX_LENGTH + (index >>> 3)] as number) >>> (7 - (index & 7))) & 1;
  }

  #lengthOf(key: number): number {
    return this.world.memory.view.getUint32(key, true);
  }

  /** Bits that a node and a key have in common, at most the shorter prefix (`longest_prefix_match`). */
  #match(node: number, key: number, keyLength: number): number {
    const { view, bytes } = this.world.memory;
    const own = this.#keyOf(node) + PREFIX_LENGTH;
    const other = key + PREFIX_LENGTH;
    const limit = Math.min(this.#prefix[node] as number, keyLength);
    const size = this.keySize - PREFIX_LENGTH;
    let i = 0;
    for (; i + 4 <= size; i += 4) {
      if (i * 8 >= limit) return limit;
      const difference = view.getInt32(own + i, false) ^ view.getInt32(other + i, false);
      if (difference !== 0) return Math.min(i * 8 + Math.clz32(difference), limit);
    }
    for (; i < size; i++) {
      const difference = (bytes[own + i] as number) ^ (bytes[other + i] as number);
      if (difference !== 0) return Math.min(i * 8 + Math.clz32(difference) - 24, limit);
    }
    return limit;
  }

  override lookupElement(key: number): number {
    const length = this.#lengthOf(key);
    if (length > this.#longest) return 0;
    let found = NONE;
    let node = this.#root;
    while (node !== NONE) {
      const match = this.#match(node, key, length);
      const prefix = this.#prefix[node] as number;
      if (match === this.#longest) {
        found = node;
        break;
      }
      if (match < prefix) break;
      if (this.#intermediate[node] === 0) found = node;
      node = this.#children[node * 2 + this.#bit(key, prefix)] as number;
    }
    return found === NONE ? 0 : this.#valueOf(found);
  }

  override updateElement(key: number, value: number, flags: number): number {
    if (flags > UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
    const length = this.#lengthOf(key);
    if (length > this.#longest) return -ERRNO.EINVAL;
    let slot = ROOT_SLOT;
    let match = 0;
    let node = this.#root;
    while (node !== NONE) {
      match = this.#match(node, key, length);
      const prefix = this.#prefix[node] as number;
      if (prefix !== match || prefix === length) break;
      slot = node * 2 + this.#bit(key, prefix);
      node = this.#children[slot] as number;
    }
    if (node !== NONE && this.#prefix[node] === match) return this.#overwrite(slot, node, key, value, flags);
    const problem = this.#additionProblem(flags);
    if (problem !== 0) return problem;
    this.#entries++;
    const added = this.#allocate(key, length, value);
    if (node === NONE) {
      this.#setSlot(slot, added);
    } else if (match === length) {
      // The new prefix contains the node's: it goes between the node and its parent.
      this.#children[added * 2 + this.#bit(this.#keyOf(node), match)] = node;
      this.#setSlot(slot, added);
    } else {
      const between = this.#allocate(this.#keyOf(node), match, 0);
      // The program's key may have been in the memory that the new node took.
      const side = this.#bit(this.#keyOf(added), match);
      this.#children[between * 2 + side] = added;
      this.#children[between * 2 + 1 - side] = node;
      this.#setSlot(slot, between);
    }
    return 0;
  }

  #overwrite(slot: number, node: number, key: number, value: number, flags: number): number {
    if (this.#intermediate[node] === 0) {
      if (flags === UPDATE_FLAGS.create) return -ERRNO.EEXIST;
    } else {
      const problem = this.#additionProblem(flags);
      if (problem !== 0) return problem;
      this.#entries++;
    }
    const added = this.#allocate(key, this.#prefix[node] as number, value);
    this.#children[added * 2] = this.#children[node * 2] as number;
    this.#children[added * 2 + 1] = this.#children[node * 2 + 1] as number;
    this.#setSlot(slot, added);
    this.#freeNodes.push(node);
    return 0;
  }

  /** `trie_check_add_elem`. */
  #additionProblem(flags: number): number {
    if (flags === UPDATE_FLAGS.replace) return -ERRNO.ENOENT;
    return this.#entries === this.spec.maxEntries ? -ERRNO.ENOSPC : 0;
  }

  /** @param value its address, or 0 for an intermediate node */
  #allocate(key: number, prefix: number, value: number): number {
    const node = this.#freeNodes.pop() ?? this.#nodes++;
    if (node >= this.#prefix.length) this.#grow();
    this.#prefix[node] = prefix;
    this.#children[node * 2] = NONE;
    this.#children[node * 2 + 1] = NONE;
    this.#intermediate[node] = value === 0 ? 1 : 0;
    copyMemory(this.world.memory, this.#keyOf(node), key, this.keySize);
    this.world.memory.view.setUint32(this.#keyOf(node), prefix, true);
    if (value !== 0) copyMemory(this.world.memory, this.#valueOf(node), value, this.valueSize);
    return node;
  }

  #grow(): void {
    const nodes = this.#prefix.length * 2;
    const [prefix, children, intermediate] = [this.#prefix, this.#children, this.#intermediate];
    this.#prefix = new Int32Array(nodes);
    this.#prefix.set(prefix);
    this.#children = new Int32Array(nodes * 2);
    this.#children.set(children);
    this.#intermediate = new Uint8Array(nodes);
    this.#intermediate.set(intermediate);
  }

  #setSlot(slot: number, node: number): void {
    if (slot === ROOT_SLOT) this.#root = node;
    else this.#children[slot] = node;
  }

  override deleteElement(key: number): number {
    const length = this.#lengthOf(key);
    if (length > this.#longest) return -ERRNO.EINVAL;
    let slot = ROOT_SLOT;
    let parentSlot = ROOT_SLOT;
    let parent = NONE;
    let match = 0;
    let node = this.#root;
    while (node !== NONE) {
      match = this.#match(node, key, length);
      const prefix = this.#prefix[node] as number;
      if (prefix !== match || prefix === length) break;
      parent = node;
      parentSlot = slot;
      slot = node * 2 + this.#bit(key, prefix);
      node = this.#children[slot] as number;
    }
    const isExact = node !== NONE && this.#prefix[node] === length && match === length;
    if (!isExact || this.#intermediate[node] === 1) return -ERRNO.ENOENT;
    this.#entries--;
    this.#unlink(node, slot, parent, parentSlot);
    return 0;
  }

  #unlink(node: number, slot: number, parent: number, parentSlot: number): void {
    const left = this.#children[node * 2] as number;
    const right = this.#children[node * 2 + 1] as number;
    if (left !== NONE && right !== NONE) {
      this.#intermediate[node] = 1;
      return;
    }
    if (parent !== NONE && this.#intermediate[parent] === 1 && left === NONE && right === NONE) {
      // An intermediate node has two children: with one it goes too, and the other child takes its place.
      const sibling = this.#children[parent * 2] === node ? parent * 2 + 1 : parent * 2;
      this.#setSlot(parentSlot, this.#children[sibling] as number);
      this.#freeNodes.push(parent);
    } else {
      this.#setSlot(slot, left === NONE ? right : left);
    }
    this.#freeNodes.push(node);
  }

  /** In postorder, so that longer prefixes come before the shorter ones around them. */
  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    if (this.#root === NONE) return undefined;
    const path = key === undefined ? [] : this.#pathTo(this.keyToMemory(key));
    let node = path.at(-1);
    if (node === undefined) return this.#copyKey(this.#leftmost(this.#root));
    for (let i = path.length - 2; i >= 0; i--) {
      const parent = path[i] as number;
      const right = this.#children[parent * 2 + 1] as number;
      if (this.#children[parent * 2] === node && right !== NONE) return this.#copyKey(this.#leftmost(right));
      if (this.#intermediate[parent] === 0) return this.#copyKey(parent);
      node = parent;
    }
    return undefined;
  }

  /** The nodes from the root to the one with exactly this prefix; empty where there is none. */
  #pathTo(key: number): number[] {
    const length = this.#lengthOf(key);
    const path: number[] = [];
    if (length > this.#longest) return path;
    let node = this.#root;
    while (node !== NONE) {
      path.push(node);
      const prefix = this.#prefix[node] as number;
      const match = this.#match(node, key, length);
      if (prefix !== match) return [];
      if (prefix === length) return this.#intermediate[node] === 1 ? [] : path;
      node = this.#children[node * 2 + this.#bit(key, prefix)] as number;
    }
    return [];
  }

  #leftmost(start: number): number {
    let node = start;
    for (;;) {
      const left = this.#children[node * 2] as number;
      const next = left === NONE ? (this.#children[node * 2 + 1] as number) : left;
      if (next === NONE) return node;
      node = next;
    }
  }

  #copyKey(node: number): Uint8Array {
    return this.bytesAt(this.#keyOf(node), this.keySize);
  }
}

/** In place of an index into the children: the root. */
const ROOT_SLOT = -1;
