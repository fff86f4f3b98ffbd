import { BpfError, type BpfPlace, formatInstruction, MAX_CALL_FRAMES, STACK_SIZE } from '@hookline/bpf';
import { WORDS_PER_SLOT } from '../prepare/operation.ts';
import type { Engine } from './engine.ts';
import { STATE } from './state.ts';

/** An error of the running program at its current instruction, which ends the run. */
export function programFault(engine: Engine, problem: string, code = 'PROGRAM_FAULT'): BpfError {
  engine.abandon();
  const { spec } = engine.program;
  const slot = ((engine.state[STATE.pc] as number) - engine.program.entry) / WORDS_PER_SLOT;
  const instruction = engine.program.instructionAt(slot);
  const position = instruction?.position;
  const text = instruction === undefined ? '' : `, ${formatInstruction(instruction)}`;
  const source = position === undefined ? '' : ` (${position.file}:${position.line}:${position.column})`;
  const place: BpfPlace = { program: spec.name, instruction: slot, ...(position && { position }) };
  return new BpfError(code, `Program ${spec.name}, instruction ${slot}${text}${source}: ${problem}`, place);
}

/** A read or write outside of every region. */
export function accessFault(
  engine: Engine,
  low: number,
  high: number,
  offset: number,
  size: number,
  write: boolean,
): BpfError {
  const address = BigInt.asUintN(64, (BigInt(high) << 32n) + BigInt(low >>> 0) + BigInt(offset));
  const action = write ? 'write' : 'read';
  const extent = size > 0xffff_ffff ? 'more than 4 GiB' : `${size} ${size === 1 ? 'byte' : 'bytes'}`;
  const problem = `a ${action} of ${extent} at 0x${address.toString(16)}`;
  const { where, remedy } = explain(engine, address, size, write);
  return programFault(engine, `${problem}, ${where}: ${remedy}`);
}

interface Range {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
}

function rangesOf(engine: Engine): Range[] {
  const { state, stackTop, regions } = engine;
  const range = (name: string, start: number, length: number): Range => ({
    name,
    start: BigInt(start >>> 0),
    end: BigInt(start >>> 0) + BigInt(length),
  });
  const stackLength = STACK_SIZE * ((state[STATE.depth] as number) + 1);
  const all = [
    range('the stack', stackTop - stackLength, stackLength),
    range('the packet', state[STATE.packet] as number, state[STATE.packetLength] as number),
    range('the context', state[STATE.context] as number, state[STATE.contextLength] as number),
    ...regions.all.map((region) => range(region.name, region.start, region.length)),
  ];
  return all.filter(({ start, end }) => end > start);
}

function explain(
  engine: Engine,
  address: bigint,
  size: number,
  write: boolean,
): { readonly where: string; readonly remedy: string } {
  if (address < 0x1_0000n) {
    return { where: 'which is NULL or close to it', remedy: 'check the result of a lookup before using it.' };
  }
  const ranges = rangesOf(engine);
  const inside = ranges.find(({ start, end }) => address >= start && address < end);
  const remedy = write ? 'write only where the kernel allows it.' : 'check the bounds before the access.';
  if (inside === undefined) {
    const nearest = ranges.reduce<Range | undefined>(
      (best, range) => (best === undefined || distance(range, address) < distance(best, address) ? range : best),
      undefined,
    );
    return { where: nearest === undefined ? 'where nothing is' : relation(nearest, address), remedy };
  }
  const extent = `${inside.name} (0x${inside.start.toString(16)} to 0x${inside.end.toString(16)})`;
  if (address + BigInt(Math.trunc(size)) > inside.end) return { where: `which crosses the end of ${extent}`, remedy };
  return { where: `at byte ${address - inside.start} of ${extent}, where this access is not allowed`, remedy };
}

function distance({ start, end }: Range, address: bigint): bigint {
  return address < start ? start - address : address - end;
}

function relation(range: Range, address: bigint): string {
  const extent = `${range.name} (0x${range.start.toString(16)} to 0x${range.end.toString(16)})`;
  return address < range.start
    ? `${range.start - address} bytes before ${extent}`
    : `${address - range.end} bytes past the end of ${extent}`;
}

/** The program has run for too long. */
export function budgetExhausted(engine: Engine, p: number): BpfError {
  engine.state[STATE.pc] = p;
  const problem = `it was about to execute more than ${engine.instructionBudget} instructions in one run`;
  return programFault(engine, `${problem}: bound the loop, or give the machine a larger budget.`, 'PROGRAM_BUDGET');
}

export function tooDeep(engine: Engine, p: number): BpfError {
  engine.state[STATE.pc] = p;
  return programFault(engine, `more than ${MAX_CALL_FRAMES} functions would be active: make calls less deep.`);
}

export function pastTheEnd(engine: Engine, p: number): BpfError {
  engine.state[STATE.pc] = p;
  return programFault(engine, 'the program runs past its last instruction: end it with exit.');
}
