import { BpfError } from '../bpf-error.ts';
import { slotsOf } from '../isa/instruction.ts';
import { eachTarget, indexBySlot, invalidInstruction, refersToFunction, validate } from '../isa/validate.ts';
import type { BpfObject } from './bpf-object.ts';
import { checkMap, isObjectName } from './check-map.ts';
import type { MapSpec } from './map-spec.ts';
import type { ProgramSpec } from './program-spec.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Checks an object before it is loaded, in either world: definitions and names of maps, names and functions of
 * programs, every instruction, and that every map that a program refers to is there.
 *
 * @throws BpfError OBJECT_INVALID, MAP_INVALID or INSTRUCTION_INVALID with the place
 */
export function checkObject(object: BpfObject): void {
  const maps = new Map<string, MapSpec>();
  for (const spec of Object.values(object.maps)) {
    checkMap(spec);
    if (maps.has(spec.name)) {
      throw new BpfError('OBJECT_INVALID', `Two maps are called '${spec.name}': rename one.`, { map: spec.name });
    }
    maps.set(spec.name, spec);
  }
  for (const program of Object.values(object.programs)) {
    checkProgram(program);
    checkReferences(program, maps);
  }
}

function checkProgram(program: ProgramSpec): void {
  const { name, instructions, functions } = program;
  const refuse = (problem: string): never => {
    throw new BpfError('OBJECT_INVALID', `Program '${name}': ${problem}.`, { program: name });
  };
  if (!isObjectName(name)) refuse('a name is 1 to 15 letters, digits, _ or .: choose such a one');
  validate(instructions, { program: name });
  const index = indexBySlot(instructions);
  let before = -1;
  for (const { name: own, slot, parameters } of functions) {
    if (!IDENTIFIER.test(own)) refuse(`the function '${own}': its name must be a C identifier`);
    if (slot <= before || !(index[slot] !== undefined && index[slot] >= 0)) {
      refuse(`the function '${own}' starts at slot ${slot}: list functions by the slot of their first instruction`);
    }
    if (before < 0 && slot !== 0) refuse(`the first function starts at slot ${slot}: let it start at 0`);
    if (parameters < 0 || parameters > 5) refuse(`the function '${own}' takes ${parameters} parameters: at most 5`);
    before = slot;
  }
  if (before < 0) refuse('it has no functions: list at least the main one, at slot 0');
  const starts = new Set(functions.map((own) => own.slot));
  eachTarget(instructions, (instruction, _slot, target) => {
    if (refersToFunction(instruction) && !starts.has(target)) {
      refuse(`slot ${target} is called, but no function starts there: list it`);
    }
  });
}

function checkReferences({ name, instructions }: ProgramSpec, maps: ReadonlyMap<string, MapSpec>): void {
  let slot = 0;
  for (const instruction of instructions) {
    const { reference } = instruction;
    const spec = reference && maps.get(reference.name);
    if (reference && !spec) {
      const problem = `there is no map '${reference.name}' in the object: add it, or correct the name.`;
      throw invalidInstruction(problem, slot, instruction, { program: name, map: reference.name });
    }
    if (spec && reference?.kind === 'mapValue') {
      const problem =
        spec.type !== 'array' || spec.maxEntries !== 1
          ? `the value of '${spec.name}' has no fixed address: only an array with one entry has.`
          : reference.offset >= spec.value.size
            ? `offset ${reference.offset} is past the ${spec.value.size} bytes of '${spec.name}': stay inside.`
            : undefined;
      if (problem) throw invalidInstruction(problem, slot, instruction, { program: name, map: spec.name });
    }
    slot += slotsOf(instruction);
  }
}
