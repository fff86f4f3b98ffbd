import { ATOMIC } from '@hookline/bpf';
import type { Registers } from './arithmetic.ts';
import { checkRead, checkWrite } from './checks.ts';
import type { Engine } from './engine.ts';
import { programFault } from './fault.ts';
import { STATE } from './state.ts';

/**
 * Atomic instructions, RFC 9669 section 5.3. The simulated machine runs one program at a time, so that reading,
 * changing and writing is atomic as it is. Unlike other accesses they must be aligned, as in the kernel's verifier.
 *
 * @returns the address, unsigned
 */
export function checkAtomic(engine: Engine, p: number, low: number, high: number, size: number): number {
  engine.state[STATE.pc] = p;
  const offset = engine.program.code[p + 2] as number;
  checkWrite(engine, low, high, offset, size);
  return aligned(engine, (low + offset) >>> 0, size);
}

function aligned(engine: Engine, address: number, size: number): number {
  if (address % size !== 0) {
    throw programFault(
      engine,
      `an atomic access of ${size} bytes at 0x${address.toString(16)} is not aligned: align the address.`,
    );
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
export function atomic32(engine: Engine, p: number, d: number, s: number): void {
  const { registers, program } = engine;
  const view = engine.memory.view;
  const address = checkAtomic(engine, p, registers[d] as number, registers[d + 1] as number, 4);
  const operation = program.code[p + 3] as number;
  const old = view.getInt32(address, true);
  const operand = registers[s] as number;
  if (operation === ATOMIC.compareExchange) {
    if (old === registers[0]) view.setInt32(address, operand, true);
    setPair(registers, 0, old, 0);
    return;
  }
  view.setInt32(address, combined(operation, old, operand), true);
  if ((operation & 1) !== 0) setPair(registers, s, old, 0);
}

/** Every 64-bit operation but a plain addition. */
export function atomic64(engine: Engine, p: number, d: number, s: number): void {
  const { registers, program } = engine;
  const view = engine.memory.view;
  const address = checkAtomic(engine, p, registers[d] as number, registers[d + 1] as number, 8);
  const operation = program.code[p + 3] as number;
  const low = view.getInt32(address, true);
  const high = view.getInt32(address + 4, true);
  const operandLow = registers[s] as number;
  const operandHigh = registers[s + 1] as number;
  if (operation === ATOMIC.compareExchange) {
    if (low === registers[0] && high === registers[1]) {
      view.setInt32(address, operandLow, true);
      view.setInt32(address + 4, operandHigh, true);
    }
    setPair(registers, 0, low, high);
    return;
  }
  const resultLow = combined(operation, low, operandLow);
  const isAddition = (operation & ~1) === ATOMIC.add;
  const carry = isAddition && resultLow >>> 0 < operandLow >>> 0 ? 1 : 0;
  view.setInt32(address, resultLow, true);
  view.setInt32(address + 4, combined(operation, high, operandHigh) + carry, true);
  if ((operation & 1) !== 0) setPair(registers, s, low, high);
}

function setPair(registers: Registers, register: number, low: number, high: number): void {
  registers[register] = low;
  registers[register + 1] = high;
}

/** `d = load_acquire(*(s + offset))`; the size is in the immediate. */
export function loadAcquire(engine: Engine, p: number, d: number, s: number): void {
  const { registers, program } = engine;
  const view = engine.memory.view;
  const size = program.code[p + 3] as number;
  const offset = program.code[p + 2] as number;
  const low = registers[s] as number;
  engine.state[STATE.pc] = p;
  checkRead(engine, low, registers[s + 1] as number, offset, size);
  const address = aligned(engine, (low + offset) >>> 0, size);
  if (size === 8) setPair(registers, d, view.getInt32(address, true), view.getInt32(address + 4, true));
  else if (size === 4) setPair(registers, d, view.getInt32(address, true), 0);
  else if (size === 2) setPair(registers, d, view.getUint16(address, true), 0);
  else setPair(registers, d, view.getUint8(address), 0);
}

/** `store_release(*(d + offset), s)`; the size is in the immediate. */
export function storeRelease(engine: Engine, p: number, d: number, s: number): void {
  const { registers, program } = engine;
  const view = engine.memory.view;
  const size = program.code[p + 3] as number;
  const low = registers[s] as number;
  const address = checkAtomic(engine, p, registers[d] as number, registers[d + 1] as number, size);
  if (size === 1) view.setInt8(address, low);
  else if (size === 2) view.setInt16(address, low, true);
  else view.setInt32(address, low, true);
  if (size === 8) view.setInt32(address + 4, registers[s + 1] as number, true);
}
