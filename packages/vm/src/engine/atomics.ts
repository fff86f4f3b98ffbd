import { ATOMIC, type BpfError } from '@hookline/bpf';
import { checkRead, checkWrite } from '../memory/checks.ts';
import { OFFSET_BITS } from '../prepare/operation.ts';
import type { Engine } from './engine.ts';
import { programFault } from './fault.ts';
import { STATE } from './state.ts';

/**
 * Atomic instructions, RFC 9669 section 5.3. The simulated machine runs one program at a time, so that reading,
 * changing and writing is atomic as it is. Unlike other accesses they must be aligned, and neither in the packet nor in
 * the context, as in the kernel's verifier (`atomic_ptr_type_ok`).
 *
 * @returns the address, unsigned
 */
export function checkAtomic(engine: Engine, p: number, low: number, high: number, size: number): number {
  engine.state[STATE.pc] = p;
  const offset = offsetOf(engine, p);
  checkWrite(engine, low, high, offset, size);
  return atomicAddress(engine, (low + offset) >>> 0, size);
}

/** The lower half of the fourth word, signed; the upper half is the operation or the size. */
function offsetOf(engine: Engine, p: number): number {
  return ((engine.memory.words[p + 3] as number) << OFFSET_BITS) >> OFFSET_BITS;
}

function atomicAddress(engine: Engine, address: number, size: number): number {
  const refuse = (problem: string): BpfError =>
    programFault(engine, `an atomic access of ${size} bytes at 0x${address.toString(16)} ${problem}`);
  if (address % size !== 0) throw refuse('is not aligned: align the address.');
  const { state } = engine;
  const contextLength = state[STATE.contextLength] as number;
  // Bare instructions have no context, and their memory is no packet.
  if (contextLength === 0) return address;
  const packet = (address - (state[STATE.packet] as number)) >>> 0;
  if (packet < (state[STATE.packetLength] as number)) {
    throw refuse('is in the packet: use plain loads and stores there, nothing else touches it.');
  }
  if ((address - (state[STATE.context] as number)) >>> 0 < contextLength) {
    throw refuse('is in the context: use plain loads and stores there.');
  }
  return address;
}

function combined(operation: number, old: number, operand: number): number {
  switch (operation & ~1) {
    case ATOMIC.or:
      return old | operand;
    case ATOMIC.and:
      return old & operand;
    case ATOMIC.xor:
      return old ^ operand;
    case ATOMIC.exchange & ~1:
      return operand;
    default:
      return (old + operand) | 0;
  }
}

/** Every 32-bit operation but a plain addition, which the interpreter has inline. */
export function atomic32(engine: Engine, p: number): void {
  const { view, words } = engine.memory;
  const { base } = engine.program;
  const s = words[p + 2] as number;
  const address = checkDestination(engine, p, 4);
  const operation = (words[p + 3] as number) >>> OFFSET_BITS;
  const old = view.getInt32(address, true);
  const operand = words[s] as number;
  if (operation === ATOMIC.compareExchange) {
    if (old === words[base]) view.setInt32(address, operand, true);
    setPair(words, base, old, 0);
    return;
  }
  view.setInt32(address, combined(operation, old, operand), true);
  if ((operation & 1) !== 0) setPair(words, s, old, 0);
}

/** Every 64-bit operation but a plain addition. */
export function atomic64(engine: Engine, p: number): void {
  const { view, words } = engine.memory;
  const { base } = engine.program;
  const s = words[p + 2] as number;
  const address = checkDestination(engine, p, 8);
  const operation = (words[p + 3] as number) >>> OFFSET_BITS;
  const low = view.getInt32(address, true);
  const high = view.getInt32(address + 4, true);
  const operandLow = words[s] as number;
  const operandHigh = words[s + 1] as number;
  if (operation === ATOMIC.compareExchange) {
    if (low === words[base] && high === words[base + 1]) {
      view.setInt32(address, operandLow, true);
      view.setInt32(address + 4, operandHigh, true);
    }
    setPair(words, base, low, high);
    return;
  }
  const resultLow = combined(operation, low, operandLow);
  const isAddition = (operation & ~1) === ATOMIC.add;
  const carry = isAddition && resultLow >>> 0 < operandLow >>> 0 ? 1 : 0;
  view.setInt32(address, resultLow, true);
  view.setInt32(address + 4, combined(operation, high, operandHigh) + carry, true);
  if ((operation & 1) !== 0) setPair(words, s, low, high);
}

function setPair(words: Int32Array, register: number, low: number, high: number): void {
  words[register] = low;
  words[register + 1] = high;
}

/** `d = load_acquire(*(s + offset))`. */
export function loadAcquire(engine: Engine, p: number): void {
  const { view, words } = engine.memory;
  const d = words[p + 1] as number;
  const s = words[p + 2] as number;
  const size = (words[p + 3] as number) >>> OFFSET_BITS;
  const offset = offsetOf(engine, p);
  const low = words[s] as number;
  engine.state[STATE.pc] = p;
  checkRead(engine, low, words[s + 1] as number, offset, size);
  const address = atomicAddress(engine, (low + offset) >>> 0, size);
  if (size === 8) setPair(words, d, view.getInt32(address, true), view.getInt32(address + 4, true));
  else if (size === 4) setPair(words, d, view.getInt32(address, true), 0);
  else if (size === 2) setPair(words, d, view.getUint16(address, true), 0);
  else setPair(words, d, view.getUint8(address), 0);
}

/** `store_release(*(d + offset), s)`. */
export function storeRelease(engine: Engine, p: number): void {
  const { view, words } = engine.memory;
  const s = words[p + 2] as number;
  const size = (words[p + 3] as number) >>> OFFSET_BITS;
  const low = words[s] as number;
  const address = checkDestination(engine, p, size);
  if (size === 1) view.setInt8(address, low);
  else if (size === 2) view.setInt16(address, low, true);
  else view.setInt32(address, low, true);
  if (size === 8) view.setInt32(address + 4, words[s + 1] as number, true);
}

function checkDestination(engine: Engine, p: number, size: number): number {
  const { words } = engine.memory;
  const d = words[p + 1] as number;
  return checkAtomic(engine, p, words[d] as number, words[d + 1] as number, size);
}
