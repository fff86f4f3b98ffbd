import { MachineArgumentError } from './arguments.ts';

const FIRST_CAPACITY = 64;
/** A token is generation x 2^21 + slot, and has to stay an exact integer: 32 + 21 bits. */
const SLOTS = 2 ** 21;
/** Ranks 0..2^12 above 2^40 events (12 days of 1 Mpps) keep the sequence number an exact integer. */
const RANK = 2 ** 40;
/** The rank of what has none, behind all others. */
export const LAST_RANK = 2 ** 12;

/**
 * A priority queue of events: a binary heap over typed arrays, so that no event costs an object.
 *
 * Heap order is (time, rank, order of pushing); rank and order share one number. An event lives in a slot
 * that does not move, the heap holds slot numbers, and each slot knows its place in the heap, which makes removing
 * any event logarithmic. A token names a slot and its generation, so that one kept for too long hits nothing.
 */
export class EventQueue {
  #size = 0;
  #sequence = 0;
  // By heap position.
  #times = new Float64Array(FIRST_CAPACITY);
  #sequences = new Float64Array(FIRST_CAPACITY);
  #slots = new Int32Array(FIRST_CAPACITY);
  // By slot. A free slot keeps the next free one in #positions, as -2 - next (-1 ends the list).
  #positions = new Int32Array(FIRST_CAPACITY);
  #generations = new Uint32Array(FIRST_CAPACITY);
  #handlers = new Int32Array(FIRST_CAPACITY);
  #arguments = new Float64Array(FIRST_CAPACITY);
  #freeSlot = -1;
  #usedSlots = 0;

  get size(): number {
    return this.#size;
  }

  /** The first event's time; Infinity when the queue is empty. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] as number);
  }

  /** The first event's handler; meaningless when the queue is empty. */
  get firstHandler(): number {
    return this.#handlers[this.#slots[0] as number] as number;
  }

  /** The first event's argument; meaningless when the queue is empty. */
  get firstArgument(): number {
    return this.#arguments[this.#slots[0] as number] as number;
  }

  /**
   * @param rank 0..LAST_RANK: what comes first of the events of one time
   * @returns the event's token, never 0
   * @throws MachineArgumentError when two million events are waiting: something schedules without end
   */
  push(time: number, rank: number, handler: number, argument: number): number {
    const slot = this.#takeSlot();
    // 0 is no generation, so that no token is 0.
    const generation = ((this.#generations[slot] as number) + 1) >>> 0 || 1;
    this.#generations[slot] = generation;
    this.#handlers[slot] = handler;
    this.#arguments[slot] = argument;
    this.#siftUp(this.#size++, time, rank * RANK + this.#sequence++, slot);
    return generation * SLOTS + slot;
  }

  /** Removes the first event; the queue must not be empty. */
  removeFirst(): void {
    this.#removeAt(0);
  }

  /** Removes the event of this token. Returns whether there was one. */
  remove(token: number): boolean {
    const slot = token % SLOTS;
    const position = this.#positions[slot];
    if (position === undefined || position < 0 || slot >= this.#usedSlots) return false;
    if (this.#generations[slot] !== (token - slot) / SLOTS) return false;
    this.#removeAt(position);
    return true;
  }

  #removeAt(position: number): void {
    const slot = this.#slots[position] as number;
    this.#positions[slot] = -2 - this.#freeSlot;
    this.#freeSlot = slot;
    const last = --this.#size;
    if (position === last) return;
    // The last leaf fills the hole: it may belong further up or further down than where it lands.
    const time = this.#times[last] as number;
    const sequence = this.#sequences[last] as number;
    const moved = this.#slots[last] as number;
    if (position > 0 && this.#isBefore(time, sequence, (position - 1) >> 1)) {
      this.#siftUp(position, time, sequence, moved);
    } else {
      this.#siftDown(position, time, sequence, moved);
    }
  }

  #isBefore(time: number, sequence: number, position: number): boolean {
    const other = this.#times[position] as number;
    return time < other || (time === other && sequence < (this.#sequences[position] as number));
  }

  #siftUp(from: number, time: number, sequence: number, slot: number): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#isBefore(time, sequence, parent)) break;
      this.#move(parent, position);
      position = parent;
    }
    this.#place(position, time, sequence, slot);
  }

  #siftDown(from: number, time: number, sequence: number, slot: number): void {
    const size = this.#size;
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isBefore(this.#times[right] as number, this.#sequences[right] as number, child)) {
        child = right;
      }
      if (this.#isBefore(time, sequence, child)) break;
      this.#move(child, position);
      position = child;
    }
    this.#place(position, time, sequence, slot);
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#times[from] as number, this.#sequences[from] as number, this.#slots[from] as number);
  }

  #place(position: number, time: number, sequence: number, slot: number): void {
    this.#times[position] = time;
    this.#sequences[position] = sequence;
    this.#slots[position] = slot;
    this.#positions[slot] = position;
  }

  #takeSlot(): number {
    const slot = this.#freeSlot;
    if (slot >= 0) {
      this.#freeSlot = -2 - (this.#positions[slot] as number);
      return slot;
    }
    if (this.#usedSlots === this.#slots.length) this.#grow();
    return this.#usedSlots++;
  }

  #grow(): void {
    const capacity = this.#slots.length * 2;
    if (capacity > SLOTS) {
      throw new MachineArgumentError(`${SLOTS} events are waiting: an event must not schedule more than it replaces.`);
    }
    this.#times = extended(this.#times, new Float64Array(capacity));
    this.#sequences = extended(this.#sequences, new Float64Array(capacity));
    this.#slots = extended(this.#slots, new Int32Array(capacity));
    this.#positions = extended(this.#positions, new Int32Array(capacity));
    this.#generations = extended(this.#generations, new Uint32Array(capacity));
    this.#handlers = extended(this.#handlers, new Int32Array(capacity));
    this.#arguments = extended(this.#arguments, new Float64Array(capacity));
  }
}

function extended<T extends Float64Array | Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
