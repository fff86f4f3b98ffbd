import {
  array,
  asm,
  type BpfMap,
  type BpfObject,
  CALL,
  distanceOf,
  HELPERS,
  type Instruction,
  indexBySlot,
  type LoadedObject,
  OPCODE,
  type ProgramSpec,
  slotsOf,
} from '@hookline/bpf';
import { array as layoutArray, u64 } from '@hookline/layout';

/** Helpers whose answer depends on when and where the program runs. */
const LIVE = [
  'ktime_get_ns',
  'get_prandom_u32',
  'get_smp_processor_id',
  'get_numa_node_id',
  'jiffies64',
  'ktime_get_boot_ns',
  'ktime_get_coarse_ns',
  'ktime_get_tai_ns',
] as const satisfies readonly (keyof typeof HELPERS)[];
type LiveHelper = (typeof LIVE)[number];

/** What the live helpers answer instead; 0 where nothing is said. A result of 32 bits is the lower half. */
export type LiveInputs = Partial<Readonly<Record<LiveHelper, bigint>>>;

const MAP = 'oracle_inputs';

function valuesOf(inputs: LiveInputs): bigint[] {
  return LIVE.map((name) => inputs[name] ?? 0n);
}

/** Changes what the live helpers of a loaded object answer from now on. Does nothing where it calls none of them. */
export function setLiveInputs(loaded: LoadedObject, inputs: LiveInputs): void {
  const map = loaded.object.maps[MAP];
  if (map) (loaded.map(map) as BpfMap).set(0, valuesOf(inputs));
}

/** The loads that stand for a call, or undefined for any other instruction. */
function replacement(instruction: Instruction): readonly Instruction[] | undefined {
  if (instruction.opcode !== OPCODE.call || instruction.source !== CALL.helper) return undefined;
  const index = LIVE.findIndex((name) => HELPERS[name].id === instruction.immediate);
  const name = LIVE[index];
  if (name === undefined) return undefined;
  const size = HELPERS[name].result === 'u32' ? 4 : 8;
  return [asm.loadMapValue(0, MAP, index * u64.size), asm.load(size, 0, 0, 0)];
}

/** Long jumps, calls and function addresses keep their distance in the immediate, all others in the offset. */
function withDistance(instruction: Instruction, distance: number): Instruction {
  const inOffset = distanceOf({ ...instruction, offset: 1, immediate: 0 }) === 1;
  return inOffset ? { ...instruction, offset: distance } : { ...instruction, immediate: distance };
}

function pin<P extends ProgramSpec>(program: P): P {
  const parts = program.instructions.map((instruction) => replacement(instruction) ?? [instruction]);
  const starts: number[] = [];
  let slot = 0;
  for (const part of parts) {
    starts.push(slot);
    slot += part.reduce((sum, instruction) => sum + slotsOf(instruction), 0);
  }
  const byOldSlot = indexBySlot(program.instructions);
  const moved = (oldSlot: number): number => starts[byOldSlot[oldSlot] ?? -1] ?? slot;
  let old = 0;
  const instructions = parts.flatMap((part, i) => {
    const instruction = program.instructions[i] as Instruction;
    const distance = distanceOf(instruction);
    const target = old + 1 + (distance ?? 0);
    old += slotsOf(instruction);
    if (distance === undefined) return part;
    return [withDistance(instruction, moved(target) - (starts[i] as number) - 1)];
  });
  const functions = program.functions.map((own) => ({ ...own, slot: moved(own.slot) }));
  return { ...program, instructions, functions };
}

/**
 * The object with every call of a live helper replaced by a load from a map that holds `inputs`, so that both worlds
 * see the same time, chance and CPU. An object without such calls stays as it is.
 */
export function pinLiveInputs(object: BpfObject, inputs: LiveInputs): BpfObject {
  const programs = Object.values(object.programs);
  if (!programs.some(({ instructions }) => instructions.some((instruction) => replacement(instruction)))) return object;
  const map = array(MAP, {
    value: layoutArray(u64, LIVE.length),
    maxEntries: 1,
    contents: [[0, valuesOf(inputs)]],
  });
  return {
    ...object,
    programs: Object.fromEntries(Object.entries(object.programs).map(([name, program]) => [name, pin(program)])),
    maps: { ...object.maps, [MAP]: map },
  };
}
