import { STACK_SIZE } from '@hookline/bpf';
import { settleSkBuffContext } from './context.ts';
import type { Engine } from './engine.ts';
import { accessFault } from './fault.ts';
import { STATE } from './state.ts';

/**
 * Checks an access of 1, 2, 4 or 8 bytes at `(high:low) + offset`, in all 64 bits, against every region.
 *
 * @throws BpfError PROGRAM_FAULT
 */
export function checkRead(engine: Engine, low: number, high: number, offset: number, size: number): void {
  const sum = (low >>> 0) + offset;
  if (isHigh(high, sum) || !mayAccess(engine, sum | 0, size, false)) {
    if (!isHigh(high, sum) && mayAccessContext(engine, sum | 0, size, false)) return;
    throw accessFault(engine, low, high, offset, size, false);
  }
}

/** The same for a write. */
export function checkWrite(engine: Engine, low: number, high: number, offset: number, size: number): void {
  const sum = (low >>> 0) + offset;
  if (isHigh(high, sum) || !mayAccess(engine, sum | 0, size, true)) {
    if (!isHigh(high, sum) && mayAccessContext(engine, sum | 0, size, true)) return;
    throw accessFault(engine, low, high, offset, size, true);
  }
}

/** Whether an address plus an offset has a bit above the 32nd. */
function isHigh(high: number, sum: number): boolean {
  const carry = sum < 0 ? -1 : sum > 0xffff_ffff ? 1 : 0;
  return ((high + carry) | 0) !== 0;
}

/**
 * Checks memory that a helper is handed: any number of bytes in one region other than the context. No bytes need no
 * memory.
 *
 * @param register word index of the address in the registers
 * @returns the address, unsigned
 * @throws BpfError PROGRAM_FAULT
 */
export function readableArgument(engine: Engine, register: number, size: number): number {
  return memoryArgument(engine, register, size, false);
}

/** The same for memory that a helper writes. */
export function writableArgument(engine: Engine, register: number, size: number): number {
  return memoryArgument(engine, register, size, true);
}

function memoryArgument(engine: Engine, register: number, size: number, write: boolean): number {
  const low = engine.registers[register] as number;
  const high = engine.registers[register + 1] as number;
  if (size !== 0 && (high !== 0 || !mayAccess(engine, low, size, write))) {
    throw accessFault(engine, low, high, 0, size, write);
  }
  return low >>> 0;
}

/** Whether a helper may read memory, without a fault where it may not. @param address unsigned 32 bits, as signed */
export function isReadable(engine: Engine, address: number, size: number): boolean {
  return mayAccess(engine, address, size, false);
}

/** Whether [address, address + size) lies in one region; the context has rules of its own. */
function mayAccess(engine: Engine, address: number, size: number, write: boolean): boolean {
  const state = engine.state;
  const element = (address - (state[STATE.element] as number)) >>> 0;
  if (element + size <= (state[write ? STATE.elementWritable : STATE.elementReadable] as number)) return true;
  const packet = (address - (state[STATE.packet] as number)) >>> 0;
  if (packet + size <= (state[STATE.packetLength] as number)) return true;
  const stackLength = STACK_SIZE * ((state[STATE.depth] as number) + 1);
  const stack = (address - (engine.stackTop - stackLength)) >>> 0;
  if (stack + size <= stackLength) return true;
  if (engine.regions.find(address, size, write, state)) return true;
  const key = (address - (state[STATE.key] as number)) >>> 0;
  return !write && key + size <= (state[STATE.keyLength] as number);
}

function mayAccessContext(engine: Engine, address: number, size: number, write: boolean): boolean {
  const offset = (address - (engine.state[STATE.context] as number)) >>> 0;
  if (offset + size > (engine.state[STATE.contextLength] as number)) return false;
  if (engine.skb !== undefined) settleSkBuffContext(engine, engine.skb);
  const rules = write ? engine.contextRules.writable : engine.contextRules.readable;
  return ((rules[offset] as number) & size) !== 0;
}
