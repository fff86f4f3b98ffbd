import { STACK_SIZE } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { accessFault } from '../engine/fault.ts';
import { STATE } from '../engine/state.ts';
import { settleSkBuffContext } from './context.ts';

// V8 folds these into the code, but not the properties of an imported object.
const DEPTH = STATE.depth;
const PACKET = STATE.packet;
const PACKET_LENGTH = STATE.packetLength;
const CONTEXT = STATE.context;
const CONTEXT_LENGTH = STATE.contextLength;
const ELEMENT = STATE.element;
const ELEMENT_READABLE = STATE.elementReadable;
const ELEMENT_WRITABLE = STATE.elementWritable;
const KEY = STATE.key;
const KEY_LENGTH = STATE.keyLength;

/**
 * Checks an access of 1, 2, 4 or 8 bytes at `(high:low) + offset`, in all 64 bits, against every region.
 *
 * @throws BpfError PROGRAM_FAULT
 */
export function checkRead(engine: Engine, low: number, high: number, offset: number, size: number): void {
  const sum = (low >>> 0) + offset;
  const address = sum | 0;
  const may =
    !isHigh(high, sum) && (mayAccessContext(engine, address, size, false) || mayAccess(engine, address, size, false));
  if (!may) throw accessFault(engine, low, high, offset, size, false);
}

/** The same for a write. */
export function checkWrite(engine: Engine, low: number, high: number, offset: number, size: number): void {
  const sum = (low >>> 0) + offset;
  const address = sum | 0;
  const may =
    !isHigh(high, sum) && (mayAccessContext(engine, address, size, true) || mayAccess(engine, address, size, true));
  if (!may) throw accessFault(engine, low, high, offset, size, true);
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
  engine.charge(size);
  return low >>> 0;
}

/** Whether a helper may read memory, without a fault where it may not. @param address unsigned 32 bits, as signed */
export function isReadable(engine: Engine, address: number, size: number): boolean {
  return mayAccess(engine, address, size, false);
}

/** Whether [address, address + size) lies in one region; the context has rules of its own. */
function mayAccess(engine: Engine, address: number, size: number, write: boolean): boolean {
  const state = engine.state;
  const element = (address - (state[ELEMENT] as number)) >>> 0;
  if (element + size <= (state[write ? ELEMENT_WRITABLE : ELEMENT_READABLE] as number)) return true;
  const packet = (address - (state[PACKET] as number)) >>> 0;
  if (packet + size <= (state[PACKET_LENGTH] as number)) return true;
  const stackLength = STACK_SIZE * ((state[DEPTH] as number) + 1);
  const stack = (address - (engine.stackTop - stackLength)) >>> 0;
  if (stack + size <= stackLength) return true;
  if (engine.regions.find(address, size, write, state)) return true;
  const key = (address - (state[KEY] as number)) >>> 0;
  return !write && key + size <= (state[KEY_LENGTH] as number);
}

function mayAccessContext(engine: Engine, address: number, size: number, write: boolean): boolean {
  const offset = (address - (engine.state[CONTEXT] as number)) >>> 0;
  if (offset + size > (engine.state[CONTEXT_LENGTH] as number)) return false;
  if (engine.skb !== undefined) settleSkBuffContext(engine, engine.skb);
  const rules = write ? engine.contextRules.writable : engine.contextRules.readable;
  return ((rules[offset] as number) & size) !== 0;
}
