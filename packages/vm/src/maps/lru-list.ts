/** `enum bpf_lru_list_type` in kernel/bpf/bpf_lru_list.h. */
export const LRU_TYPE = { active: 0, inactive: 1, free: 2, localFree: 3, localPending: 4 } as const;

/**
 * The nodes of an LRU map and the doubly linked lists that they are in: indices in typed arrays, each list with a head
 * of its own behind the nodes. Nodes that were never used are in no list yet.
 */
export class LruNodes {
  readonly #previous: Int32Array<ArrayBuffer>;
  readonly #next: Int32Array<ArrayBuffer>;
  readonly type: Uint8Array<ArrayBuffer>;
  /** 1 where a program has looked the node up since it was last moved. */
  readonly reference: Uint8Array<ArrayBuffer>;
  readonly cpu: Uint16Array<ArrayBuffer>;
  #heads: number;

  constructor(nodes: number, lists: number) {
    this.#previous = new Int32Array(nodes + lists);
    this.#next = new Int32Array(nodes + lists);
    this.type = new Uint8Array(nodes);
    this.reference = new Uint8Array(nodes);
    this.cpu = new Uint16Array(nodes);
    this.#heads = nodes;
  }

  /** Makes an empty list and gives its head. */
  list(): number {
    const head = this.#heads++;
    this.#previous[head] = head;
    this.#next[head] = head;
    return head;
  }

  isEmpty(head: number): boolean {
    return this.#next[head] === head;
  }

  first(head: number): number {
    return this.#next[head] as number;
  }

  previous(node: number): number {
    return this.#previous[node] as number;
  }

  next(node: number): number {
    return this.#next[node] as number;
  }

  /** Puts a node that is in no list to the front of one. */
  add(node: number, head: number): void {
    const first = this.#next[head] as number;
    this.#next[head] = node;
    this.#previous[node] = head;
    this.#next[node] = first;
    this.#previous[first] = node;
  }

  remove(node: number): void {
    const previous = this.#previous[node] as number;
    const next = this.#next[node] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }
}

/** Takes a node out of the map, which is what its index is for. */
export type Evict = (node: number) => void;

/**
 * An LRU list: a faithful model of `struct bpf_lru_list` in kernel/bpf/bpf_lru_list.c, with the order in which it scans
 * and rotates, because which element is evicted depends on it.
 */
export class LruList {
  readonly #nodes: LruNodes;
  readonly #evict: Evict;
  readonly #scans: number;
  readonly #active: number;
  readonly #inactive: number;
  readonly #free: number;
  #activeCount = 0;
  #inactiveCount = 0;
  #nextInactiveRotation: number;
  /** Nodes [fresh, freshEnd) were never used: they are the end of the free list. */
  #fresh: number;
  readonly #freshEnd: number;

  /** @param scans most nodes that a rotation looks at */
  constructor(nodes: LruNodes, evict: Evict, scans: number, fresh: number, freshEnd: number) {
    this.#nodes = nodes;
    this.#evict = evict;
    this.#scans = scans;
    this.#active = nodes.list();
    this.#inactive = nodes.list();
    this.#free = nodes.list();
    this.#nextInactiveRotation = this.#inactive;
    this.#fresh = fresh;
    this.#freshEnd = freshEnd;
  }

  /** Takes a free node off the list, or -1. */
  takeFree(): number {
    const nodes = this.#nodes;
    if (!nodes.isEmpty(this.#free)) {
      const node = nodes.first(this.#free);
      nodes.remove(node);
      return node;
    }
    return this.#fresh < this.#freshEnd ? this.#fresh++ : -1;
  }

  /** Enters a node that is in no list. */
  insert(node: number, type: number): void {
    const nodes = this.#nodes;
    this.#count(type, 1);
    nodes.type[node] = type;
    nodes.reference[node] = 0;
    nodes.add(node, this.#head(type));
  }

  /** `__bpf_lru_node_move`: to the front of one of this list's lists. */
  move(node: number, type: number): void {
    const nodes = this.#nodes;
    this.#count(nodes.type[node] as number, -1);
    this.#count(type, 1);
    nodes.type[node] = type;
    nodes.reference[node] = 0;
    this.#unlink(node);
    nodes.add(node, this.#head(type));
  }

  /** `__bpf_lru_list_rotate`. */
  rotate(): void {
    if (this.#inactiveCount < this.#activeCount) this.#rotateActive();
    this.#rotateInactive();
  }

  /**
   * `__bpf_lru_list_shrink`: evicts up to `most` elements, at least one if there is any, and hands each node over.
   */
  shrink(most: number, take: (node: number) => void): void {
    if (this.#shrinkInactive(most, take) > 0) return;
    const nodes = this.#nodes;
    const list = nodes.isEmpty(this.#inactive) ? this.#active : this.#inactive;
    const node = nodes.previous(list);
    if (node !== list) this.#release(node, take);
  }

  #rotateActive(): void {
    const nodes = this.#nodes;
    const first = nodes.first(this.#active);
    let node = nodes.previous(this.#active);
    for (let i = 0; i < this.#scans && node !== this.#active; i++) {
      const previous = nodes.previous(node);
      this.move(node, nodes.reference[node] === 1 ? LRU_TYPE.active : LRU_TYPE.inactive);
      if (node === first) break;
      node = previous;
    }
  }

  #rotateInactive(): void {
    const nodes = this.#nodes;
    const list = this.#inactive;
    if (nodes.isEmpty(list)) return;
    let last = nodes.next(this.#nextInactiveRotation);
    if (last === list) last = nodes.next(last);
    let current = this.#nextInactiveRotation;
    let next = list;
    let i = 0;
    while (i < this.#scans) {
      if (current === list) {
        current = nodes.previous(current);
        continue;
      }
      next = nodes.previous(current);
      if (nodes.reference[current] === 1) this.move(current, LRU_TYPE.active);
      if (current === last) break;
      current = next;
      i++;
    }
    this.#nextInactiveRotation = next;
  }

  #shrinkInactive(most: number, take: (node: number) => void): number {
    const nodes = this.#nodes;
    let shrunk = 0;
    let node = nodes.previous(this.#inactive);
    for (let i = 0; i < this.#scans && node !== this.#inactive; i++) {
      const previous = nodes.previous(node);
      if (nodes.reference[node] === 1) {
        this.move(node, LRU_TYPE.active);
      } else {
        this.#release(node, take);
        if (++shrunk === most) break;
      }
      node = previous;
    }
    return shrunk;
  }

  #release(node: number, take: (node: number) => void): void {
    this.#evict(node);
    this.#count(this.#nodes.type[node] as number, -1);
    this.#unlink(node);
    take(node);
  }

  #unlink(node: number): void {
    if (node === this.#nextInactiveRotation) this.#nextInactiveRotation = this.#nodes.previous(node);
    this.#nodes.remove(node);
  }

  #head(type: number): number {
    if (type === LRU_TYPE.active) return this.#active;
    return type === LRU_TYPE.inactive ? this.#inactive : this.#free;
  }

  #count(type: number, change: number): void {
    if (type === LRU_TYPE.active) this.#activeCount += change;
    else if (type === LRU_TYPE.inactive) this.#inactiveCount += change;
  }
}
