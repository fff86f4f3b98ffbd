import { ERRNO } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { accessFault } from '../engine/fault.ts';
import { isReadable, readableArgument } from '../memory/checks.ts';
import { R1, R2, R3, R4, R5, sizeArgument } from './arguments.ts';
import { formatTrace } from './format.ts';
import type { Helper } from './helper.ts';

/** Longest string that %s prints. */
const LONGEST_STRING = 512;

/** kernel/trace/bpf_trace.c and kernel/bpf/helpers.c. */
export const textHelpers = {
  trace_printk(engine: Engine): void {
    const { memory, registers } = engine;
    const size = sizeArgument(engine, R2);
    const format = readableArgument(engine, R1, size);
    const bytes = memory.bytes.subarray(format, format + size);
    const end = bytes.indexOf(0);
    const values = [R3, R4, R5].map(
      (register) => (BigInt(registers[register + 1] as number) << 32n) | BigInt((registers[register] as number) >>> 0),
    );
    const line = end === -1 ? undefined : formatTrace(bytes.subarray(0, end), values, (at) => stringAt(engine, at));
    if (line === undefined) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    const { text, length } = line;
    engine.options.trace(text.endsWith('\n') ? text.slice(0, -1) : text);
    engine.return(length);
  },

  /** The second string ends with a NUL; the first is as long as its size at most. */
  strncmp(engine: Engine): void {
    const { memory, registers } = engine;
    const size = sizeArgument(engine, R2);
    const first = readableArgument(engine, R1, size);
    const low = registers[R3] as number;
    const second = low >>> 0;
    let result = 0;
    for (let i = 0; i < size && result === 0; i++) {
      if (registers[R3 + 1] !== 0 || !isReadable(engine, (low + i) | 0, 1)) {
        throw accessFault(engine, low, registers[R3 + 1] as number, i, 1, false);
      }
      const a = memory.bytes[first + i] as number;
      const b = memory.bytes[second + i] as number;
      if (a !== b) result = a < b ? -1 : 1;
      else if (a === 0) break;
    }
    engine.return(result);
  },
} satisfies Record<string, Helper>;

/** A string in memory that the program may read; empty where there is none, as the kernel prints it. */
function stringAt(engine: Engine, address: bigint): string {
  let text = '';
  for (let at = Number(BigInt.asUintN(32, address)); text.length < LONGEST_STRING; at++) {
    if (address >> 32n !== 0n || !isReadable(engine, at | 0, 1)) break;
    const byte = engine.memory.bytes[at] as number;
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
