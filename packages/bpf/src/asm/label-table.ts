import { BpfError } from '../bpf-error.ts';
import type { Instruction } from '../isa/instruction.ts';
import { slotsOf } from '../isa/instruction.ts';
import { OPCODE } from '../isa/opcodes.ts';
import { distanceOf, refersToFunction } from '../isa/validate.ts';
import type { FunctionSpec } from '../object/program-spec.ts';
import type { Cursor } from './cursor.ts';
import type { LabelUse, ParsedInstruction } from './operands.ts';

/** What r1..r5 a function takes of which the text does not say it: it may use all of them. */
const ALL_PARAMETERS = 5;

/** BPF_COMPLEXITY_LIMIT_INSNS (linux/bpf.h). */
const MOST_INSTRUCTIONS = 1_000_000;

interface Pending {
  readonly index: number;
  readonly slot: number;
  readonly label: LabelUse;
}

/** The instructions of one program while its text is read, and the names of its slots. */
export class LabelTable {
  readonly #instructions: Instruction[] = [];
  readonly #labels = new Map<string, number>();
  readonly #functions = new Map<number, FunctionSpec>();
  readonly #pending: Pending[] = [];
  #slot = 0;

  get empty(): boolean {
    return this.#instructions.length === 0;
  }

  add({ instruction, label }: ParsedInstruction, cursor: Cursor): void {
    if (this.#instructions.length === MOST_INSTRUCTIONS) {
      cursor.refuse(`more than ${MOST_INSTRUCTIONS} instructions: no kernel takes as many, make the program smaller.`);
    }
    if (label) this.#pending.push({ index: this.#instructions.length, slot: this.#slot, label });
    this.#instructions.push(instruction);
    this.#slot += slotsOf(instruction);
  }

  label(name: string, cursor: Cursor): void {
    if (this.#labels.has(name)) cursor.refuse(`there is a label '${name}' already: choose another name.`);
    this.#labels.set(name, this.#slot);
  }

  function(name: string, parameters: number | undefined, cursor: Cursor): void {
    this.label(name, cursor);
    if (this.#functions.has(this.#slot))
      cursor.refuse('two functions start here: write the instructions of the first.');
    this.#functions.set(this.#slot, { name, slot: this.#slot, parameters: parameters ?? ALL_PARAMETERS });
  }

  /** The program's instructions with all distances. */
  instructions(): Instruction[] {
    for (const { index, slot, label } of this.#pending) {
      const instruction = this.#instructions[index];
      if (instruction) this.#instructions[index] = this.#resolve(instruction, slot, label);
    }
    this.#pending.length = 0;
    return this.#instructions;
  }

  /**
   * The functions that the text names, those that it calls without a name, and the main one.
   *
   * @param main the name of the function at slot 0 where the text gives none
   */
  functions(main: string): FunctionSpec[] {
    const functions = new Map(this.#functions);
    const names = new Map([...this.#labels].map(([name, slot]) => [slot, name]));
    let slot = 0;
    for (const instruction of this.instructions()) {
      const target = slot + 1 + (distanceOf(instruction) ?? 0);
      if (refersToFunction(instruction) && !functions.has(target)) {
        const name = (names.get(target) ?? `function_${target}`).replaceAll('.', '_');
        functions.set(target, { name, slot: target, parameters: ALL_PARAMETERS });
      }
      slot += slotsOf(instruction);
    }
    if (!functions.has(0)) functions.set(0, { name: main, slot: 0, parameters: 1 });
    return [...functions.values()].sort((a, b) => a.slot - b.slot);
  }

  #resolve(instruction: Instruction, slot: number, { name, column, otherwise }: LabelUse): Instruction {
    const target = this.#labels.get(name);
    const { position } = instruction;
    const file = position ? `${position.file}:${position.line}:${column}: ` : '';
    const refuse = (problem: string): never => {
      const place = position ? { position: { ...position, column } } : {};
      throw new BpfError('ASSEMBLY_INVALID', `${file}${problem}`, place);
    };
    if (target === undefined) {
      if (!otherwise) return refuse(`there is no label '${name}': write it before an instruction, as '${name}:'.`);
      return { ...otherwise, ...(position && { position }) };
    }
    const distance = target - slot - 1;
    const inOffset = distanceOf({ ...instruction, offset: 1, immediate: 0 }) === 1;
    if (!inOffset) return { ...instruction, immediate: distance };
    if (distance < -0x8000 || distance > 0x7fff) {
      const remedy = instruction.opcode === OPCODE.jump ? 'use gotol' : 'jump to a gotol nearby';
      return refuse(`'${name}' is ${distance} slots away, further than 16 bits reach: ${remedy}.`);
    }
    return { ...instruction, offset: distance };
  }
}
