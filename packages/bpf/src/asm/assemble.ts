import { BpfError } from '../bpf-error.ts';
import type { Instruction } from '../isa/instruction.ts';
import { validate } from '../isa/validate.ts';
import type { BpfObject } from '../object/bpf-object.ts';
import { isObjectName } from '../object/check-map.ts';
import { checkObject } from '../object/check-object.ts';
import type { MapSpec } from '../object/map-spec.ts';
import { DEFAULT_LICENSE, type ProgramSpec, type ProgramType } from '../object/program-spec.ts';
import { PROGRAM_TYPES } from '../tables/program-types.ts';
import { Cursor, isName } from './cursor.ts';
import { LabelTable } from './label-table.ts';
import { parseMapDirective } from './map-directive.ts';
import { parseInstruction } from './parse-instruction.ts';

export interface AssembleOptions {
  /** The name of the text, for errors and positions. */
  readonly file?: string;
}

const DEFAULT_FILE = 'program.asm';
/** The program of a text that names none. */
const DEFAULT_PROGRAM = { name: 'main', type: 'xdp' } as const;

interface Draft {
  readonly name: string;
  readonly type: ProgramType;
  license: string;
  readonly code: LabelTable;
}

function draft(name: string, type: ProgramType, license: string): Draft {
  return { name, type, license, code: new LabelTable() };
}

/** What the lines so far have said. */
interface State {
  license: string;
  readonly programs: Draft[];
  readonly maps: MapSpec[];
}

function current(state: State): Draft {
  const last = state.programs.at(-1);
  if (last) return last;
  const first = draft(DEFAULT_PROGRAM.name, DEFAULT_PROGRAM.type, state.license);
  state.programs.push(first);
  return first;
}

function objectName(cursor: Cursor): string {
  const { column } = cursor;
  const name = cursor.take('a name');
  if (!isObjectName(name)) cursor.refuse(`'${name}': a name is 1 to 15 letters, digits, _ or .`, column);
  return name;
}

/** `xdp`; `tc` stands for `sched_cls`. */
function programType(cursor: Cursor): ProgramType {
  const { column } = cursor;
  const word = cursor.take('a program type');
  const type = word === 'tc' ? 'sched_cls' : word;
  if (Object.hasOwn(PROGRAM_TYPES, type)) return type as ProgramType;
  return cursor.refuse(`'${word}' is no program type: use ${Object.keys(PROGRAM_TYPES).join(', ')}.`, column);
}

const DIRECTIVES: Readonly<Record<string, (cursor: Cursor, state: State) => void>> = {
  '.program'(cursor, state) {
    const { column } = cursor;
    const name = objectName(cursor);
    if (state.programs.some((program) => program.name === name)) {
      cursor.refuse(`there is a program '${name}' already: choose another name.`, column);
    }
    state.programs.push(draft(name, programType(cursor), state.license));
  },
  '.license'(cursor, state) {
    const { column } = cursor;
    const text = cursor.take('a licence');
    if (!text.startsWith('"')) cursor.refuse('a licence is a string: write "GPL".', column);
    state.license = text.slice(1, -1);
    const program = state.programs.at(-1);
    if (program?.code.empty) program.license = state.license;
  },
  '.map'(cursor, state) {
    const { column } = cursor;
    const spec = parseMapDirective(cursor);
    if (state.maps.some(({ name }) => name === spec.name)) {
      cursor.refuse(`there is a map '${spec.name}' already: choose another name.`, column);
    }
    state.maps.push(spec);
  },
  '.function'(cursor, state) {
    const { column } = cursor;
    const name = cursor.take('a name');
    if (!/^[A-Za-z_]\w*$/.test(name))
      cursor.refuse(`'${name}' is no function name: use letters, digits and _.`, column);
    const parameters = cursor.done ? undefined : cursor.number('parameters', 0, 5);
    current(state).code.function(name, parameters, cursor);
  },
};

function readLine(cursor: Cursor, state: State): void {
  const word = cursor.peek() ?? '';
  if (word.startsWith('.') && cursor.peek(1) !== ':') {
    const directive = Object.hasOwn(DIRECTIVES, word) ? DIRECTIVES[word] : undefined;
    if (!directive) {
      cursor.refuse(`'${word}' is no directive: use ${Object.keys(DIRECTIVES).join(', ')}.`);
    }
    cursor.take('a directive');
    directive?.(cursor, state);
    cursor.end();
    return;
  }
  while (isName(cursor.peek()) && cursor.peek(1) === ':') {
    current(state).code.label(cursor.peek() ?? '', cursor);
    cursor.take('a label');
    cursor.expect(':');
  }
  if (!cursor.done) current(state).code.add(parseInstruction(cursor), cursor);
}

function read(text: string, file: string): State {
  const state: State = { license: DEFAULT_LICENSE, programs: [], maps: [] };
  text.split(/\r?\n/).forEach((line, i) => {
    readLine(new Cursor(file, i + 1, line), state);
  });
  return state;
}

function program({ name, type, license, code }: Draft): ProgramSpec {
  const functions = code.functions(name.replaceAll('.', '_').replace(/^(?=\d)/, '_'));
  return { kind: 'program', name, type, license, instructions: code.instructions(), functions };
}

/**
 * Makes an object of a text in the kernel's notation: one instruction a line, labels (`drop:`), comments (`;` `#` `//`)
 * and the directives `.program <name> <type>`, `.license "GPL"`, `.map <name> <type> key 4 value 8 entries 16`, and
 * `.function <name> [parameters]` before a function's first instruction. A text without `.program` is one XDP program
 * called `main`.
 *
 * @throws BpfError ASSEMBLY_INVALID with file, line and column; whatever `checkObject` throws, with the position
 */
export function assemble(text: string, { file = DEFAULT_FILE }: AssembleOptions = {}): BpfObject {
  const state = read(text, file);
  if (state.programs.length === 0) {
    throw new BpfError('ASSEMBLY_INVALID', `${file}: there is no instruction: end the program with exit.`);
  }
  const object: BpfObject = {
    kind: 'object',
    programs: Object.fromEntries(state.programs.map((own) => [own.name, program(own)])),
    maps: Object.fromEntries(state.maps.map((spec) => [spec.name, spec])),
  };
  checkObject(object);
  return object;
}

/**
 * The instructions of a text without directives.
 *
 * @throws BpfError as `assemble` does
 */
export function assembleInstructions(text: string, { file = DEFAULT_FILE }: AssembleOptions = {}): Instruction[] {
  const { programs, maps } = read(text, file);
  if (maps.length > 0 || programs.length > 1) {
    throw new BpfError('ASSEMBLY_INVALID', `${file}: more than the instructions of one program: use assemble.`);
  }
  const instructions = programs[0]?.code.instructions() ?? [];
  validate(instructions);
  return instructions;
}
