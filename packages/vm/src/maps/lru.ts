import { type Evict, LRU_TYPE, LruList, LruNodes } from './lru-list.ts';

/** Gives out the nodes of an LRU map, evicting where none is free: `struct bpf_lru` in kernel/bpf/bpf_lru_list.c. */
export interface Lru {
  /** A node for a new element; -1 where there is none even to evict. */
  pop(cpu: number): number;
  /** Takes back the node of an element that is gone. */
  push(node: number): void;
  /** Notes that a program has used the element. */
  touch(node: number): void;
}

/** LOCAL_FREE_TARGET and LOCAL_NR_SCANS. */
const LOCAL_FREE_TARGET = 128;
/** PERCPU_FREE_TARGET and PERCPU_NR_SCANS. */
const PER_CPU_FREE_TARGET = 4;

interface LocalList {
  readonly free: number;
  readonly pending: number;
  nextSteal: number;
}

/** One LRU list for all CPUs, and for each CPU free nodes and such that are not in the list yet (pending). */
export class CommonLru implements Lru {
  readonly #nodes: LruNodes;
  readonly #list: LruList;
  readonly #locals: readonly LocalList[];
  readonly #evict: Evict;
  readonly #targetFree: number;

  constructor(elements: number, cpus: number, evict: Evict) {
    const nodes = new LruNodes(elements, 3 + 2 * cpus);
    this.#nodes = nodes;
    this.#list = new LruList(nodes, evict, LOCAL_FREE_TARGET, 0, elements);
    this.#locals = Array.from({ length: cpus }, (_, cpu) => ({
      free: nodes.list(),
      pending: nodes.list(),
      nextSteal: cpu,
    }));
    this.#evict = evict;
    const share = Math.floor(Math.floor(elements / cpus) / 2);
    this.#targetFree = Math.min(Math.max(share, 1), LOCAL_FREE_TARGET);
  }

  touch(node: number): void {
    this.#nodes.reference[node] = 1;
  }

  pop(cpu: number): number {
    const local = this.#locals[cpu] as LocalList;
    let node = this.#popFree(local);
    if (node === -1) {
      this.#refill(local);
      node = this.#popFree(local);
    }
    if (node === -1) node = this.#steal(local);
    if (node !== -1) this.#addPending(local, cpu, node);
    return node;
  }

  push(node: number): void {
    const nodes = this.#nodes;
    if (nodes.type[node] !== LRU_TYPE.localPending) {
      this.#list.move(node, LRU_TYPE.free);
      return;
    }
    const local = this.#locals[nodes.cpu[node] as number] as LocalList;
    nodes.reference[node] = 0;
    nodes.remove(node);
    this.#addFree(local, node);
  }

  /** `bpf_lru_list_pop_free_to_local`. */
  #refill(local: LocalList): void {
    this.#flush(local);
    this.#list.rotate();
    let taken = 0;
    while (taken < this.#targetFree) {
      const node = this.#list.takeFree();
      if (node === -1) break;
      this.#addFree(local, node);
      taken++;
    }
    if (taken < this.#targetFree) {
      this.#list.shrink(this.#targetFree - taken, (node) => this.#addFree(local, node));
    }
  }

  /** `__local_list_flush`: pending nodes join the list, the oldest first. */
  #flush(local: LocalList): void {
    const nodes = this.#nodes;
    let node = nodes.previous(local.pending);
    while (node !== local.pending) {
      const previous = nodes.previous(node);
      const type = nodes.reference[node] === 1 ? LRU_TYPE.active : LRU_TYPE.inactive;
      nodes.remove(node);
      this.#list.insert(node, type);
      node = previous;
    }
  }

  /** From the free and pending nodes of this CPU and the others, in turn. */
  #steal(local: LocalList): number {
    const first = local.nextSteal;
    let cpu = first;
    let node = -1;
    do {
      const victim = this.#locals[cpu] as LocalList;
      node = this.#popFree(victim);
      if (node === -1) node = this.#popPending(victim, false);
      if (node === -1) node = this.#popPending(victim, true);
      cpu = (cpu + 1) % this.#locals.length;
    } while (node === -1 && cpu !== first);
    local.nextSteal = cpu;
    return node;
  }

  #popFree(local: LocalList): number {
    const nodes = this.#nodes;
    if (nodes.isEmpty(local.free)) return -1;
    const node = nodes.first(local.free);
    nodes.remove(node);
    return node;
  }

  /** Evicts the oldest pending element; without `force`, only one that no program has used. */
  #popPending(local: LocalList, force: boolean): number {
    const nodes = this.#nodes;
    let node = nodes.previous(local.pending);
    while (node !== local.pending) {
      if (force || nodes.reference[node] === 0) {
        this.#evict(node);
        nodes.remove(node);
        return node;
      }
      node = nodes.previous(node);
    }
    return -1;
  }

  #addPending(local: LocalList, cpu: number, node: number): void {
    const nodes = this.#nodes;
    nodes.cpu[node] = cpu;
    nodes.type[node] = LRU_TYPE.localPending;
    nodes.reference[node] = 0;
    nodes.add(node, local.pending);
  }

  #addFree(local: LocalList, node: number): void {
    this.#nodes.type[node] = LRU_TYPE.localFree;
    this.#nodes.add(node, local.free);
  }
}

/** BPF_F_NO_COMMON_LRU: a list for each CPU, with its share of the elements. */
export class PerCpuLru implements Lru {
  readonly #nodes: LruNodes;
  readonly #lists: readonly LruList[];

  /** @param elements a multiple of `cpus` */
  constructor(elements: number, cpus: number, evict: Evict) {
    const nodes = new LruNodes(elements, 3 * cpus);
    const share = elements / cpus;
    this.#nodes = nodes;
    this.#lists = Array.from(
      { length: cpus },
      (_, cpu) => new LruList(nodes, evict, PER_CPU_FREE_TARGET, cpu * share, (cpu + 1) * share),
    );
  }

  touch(node: number): void {
    this.#nodes.reference[node] = 1;
  }

  pop(cpu: number): number {
    const list = this.#lists[cpu] as LruList;
    list.rotate();
    let node = list.takeFree();
    if (node === -1) {
      list.shrink(PER_CPU_FREE_TARGET, (freed) => list.insert(freed, LRU_TYPE.free));
      node = list.takeFree();
    }
    if (node === -1) return -1;
    this.#nodes.cpu[node] = cpu;
    list.insert(node, LRU_TYPE.inactive);
    return node;
  }

  push(node: number): void {
    (this.#lists[this.#nodes.cpu[node] as number] as LruList).move(node, LRU_TYPE.free);
  }
}
