import { u64 } from '@hookline/layout';
import { type Position, slotsOf } from '../isa/instruction.ts';
import type { ProgramSpec } from '../object/program-spec.ts';
import { BtfWriter } from './btf-writer.ts';
import { writeLayout } from './layout-type.ts';

export interface ProgramBtf {
  /** For BPF_BTF_LOAD. */
  readonly btf: Uint8Array;
  /** `struct bpf_func_info`, 8 bytes a record: slot and type of each function. */
  readonly funcInfo: Uint8Array;
  /** `struct bpf_line_info`, 16 bytes a record: slot, file, text, line and column. Empty without positions. */
  readonly lineInfo: Uint8Array;
}

export interface ProgramBtfOptions {
  /** The text of the source line at a position, for the verifier's log. */
  sourceLine?(position: Position): string | undefined;
}

export const FUNC_INFO_SIZE = 8;
export const LINE_INFO_SIZE = 16;
/** The column has 10 bits, the line the other 22. */
const MOST_COLUMN = 1023;
const MOST_LINE = (1 << 22) - 1;

/**
 * Describes a program's functions and where its instructions come from. bpf_loop, for_each callbacks and tail calls in
 * subprograms do not load without the former; the verifier's log quotes the latter.
 */
export function programBtf(program: ProgramSpec, options: ProgramBtfOptions = {}): ProgramBtf {
  const writer = new BtfWriter();
  const number = writeLayout(writer, u64);
  const functions = program.functions.flatMap(({ name, slot, parameters }, i) => {
    const names = Array.from({ length: parameters }, (_, p) => ({ name: `r${p + 1}`, type: number }));
    // The kernel refuses a callback that is not static.
    const type = writer.function(name, writer.functionPrototype(number, names), i === 0 ? 'global' : 'static');
    return [slot, type];
  });
  const lines = lineRecords(program, writer, options);
  return { btf: writer.finish(), funcInfo: words(functions), lineInfo: words(lines) };
}

/**
 * A record wherever the position changes and, as the kernel demands, at the start of every function. An instruction
 * without a position belongs to the one before it.
 */
function lineRecords(
  { instructions, functions }: ProgramSpec,
  writer: BtfWriter,
  { sourceLine }: ProgramBtfOptions,
): number[] {
  const first = instructions.find((instruction) => instruction.position)?.position;
  if (!first) return [];
  const starts = new Set(functions.map((own) => own.slot));
  const records: number[] = [];
  let slot = 0;
  let current: Position = first;
  for (const instruction of instructions) {
    const position: Position = instruction.position ?? current;
    if (slot === 0 || starts.has(slot) || !samePlace(position, current)) {
      const line = Math.min(position.line, MOST_LINE);
      const column = Math.min(position.column, MOST_COLUMN);
      const text = sourceLine?.(position)?.trim() ?? '';
      records.push(slot, writer.string(position.file), writer.string(text), (line << 10) | column);
    }
    current = position;
    slot += slotsOf(instruction);
  }
  return records;
}

function samePlace(a: Position, b: Position): boolean {
  return a === b || (a.line === b.line && a.column === b.column && a.file === b.file);
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return bytes;
}
