import { asm, assemble, BpfError, decode, HELPERS, type HelperName, type Instruction } from '@hookline/bpf';
import { LinearMemory, Random } from '@hookline/machine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HELPER_FUNCTIONS } from '../src/helpers/registry.ts';
import { SkBuff, Vm, type VmObject, type VmProgram, XdpFrame } from '../src/index.ts';

/** What a machine may answer to instructions, however hostile. */
const CODES: ReadonlySet<string> = new Set([
  'INSTRUCTION_INVALID',
  'OBJECT_INVALID',
  'PROGRAM_FAULT',
  'PROGRAM_BUDGET',
  'EINVAL',
]);
const BUDGET = 2000;
const CANARY = 0xa5;
const CANARY_SIZE = 4096;
const FRAME_LENGTH = 60;
const VALUE_SIZE = 12;

const MAPS = `
  .map one array value ${VALUE_SIZE} entries 1
  .map arr array value 8 entries 4
  .map hsh hash key 4 value 8 entries 4
  .map lru lru_hash key 4 value 8 entries 4
  .map pch percpu_hash key 4 value 8 entries 4
  .map lpm lpm_trie key 8 value 8 entries 4
  .map que queue value 8 entries 4
  .map rng ringbuf value 8 entries 4096
  .map prf perf_event_array value 8 entries 2
  .map prg prog_array entries 2
  .map dev devmap entries 2
`;
const TEMPLATES = {
  xdp: assemble(`${MAPS}.program main xdp\nr0 = 0\nexit`),
  sched_cls: assemble(`${MAPS}.program main tc\nr0 = 0\nexit`),
};
type Type = keyof typeof TEMPLATES;

/** A machine with a program and a frame, and bytes around everything that nobody may touch. */
class Trap {
  readonly memory = new LinearMemory(48);
  readonly object: VmObject;
  readonly program: VmProgram;
  readonly #frame = new XdpFrame();
  readonly #canaries: number[] = [];
  readonly #code: Uint8Array;

  constructor(type: Type, instructions: readonly Instruction[], callback: number) {
    this.#canary();
    const vm = new Vm({
      memory: this.memory,
      cpus: 2,
      clock: { now: 5 },
      random: new Random(1),
      instructionBudget: BUDGET,
    });
    this.#canary();
    const template = TEMPLATES[type];
    const functions = [
      { name: 'main', slot: 0, parameters: 1 },
      { name: 'body', slot: callback, parameters: 5 },
    ];
    const main = { ...(template.programs.main as NonNullable<typeof template.programs.main>), instructions, functions };
    this.object = vm.load({ ...template, programs: { main } });
    this.program = this.object.programs.main as VmProgram;
    this.#canary();
    const frame = this.#frame;
    frame.hardStart = this.memory.reserve(4096, 'the frame', 4096);
    frame.data = frame.hardStart + 256;
    frame.dataMeta = frame.data;
    frame.dataEnd = frame.data + FRAME_LENGTH;
    frame.frameEnd = frame.hardStart + 4096 - 320;
    this.#canary();
    this.#code = this.#codeNow();
  }

  /** Runs the program; gives the verdict, or the code of the documented error that it ended in. */
  run(): string {
    try {
      if (this.program.spec.type === 'xdp') return String(this.program.runXdp(this.#frame, 0));
      const { hardStart, data, dataEnd, frameEnd } = this.#frame;
      const skb = Object.assign(new SkBuff(), { head: hardStart, data, dataMeta: data, dataEnd, tailEnd: frameEnd });
      return String(this.program.runTc(Object.assign(skb, { len: FRAME_LENGTH, wireLen: FRAME_LENGTH }), 0));
    } catch (error) {
      return documented(error);
    }
  }

  /** Whatever may not change has not. */
  check(): void {
    const { bytes } = this.memory;
    for (const start of this.#canaries) {
      expect(bytes.subarray(start, start + CANARY_SIZE).every((byte) => byte === CANARY)).toBe(true);
    }
    expect(bytes.subarray(0, 65_536).every((byte) => byte === 0)).toBe(true);
    expect(Buffer.compare(this.#codeNow(), this.#code)).toBe(0);
    const value = this.object.rawMap('one')?.directValue() ?? 0;
    expect(bytes.subarray(value + VALUE_SIZE, value + 4096).every((byte) => byte === 0)).toBe(true);
    const { hardStart, frameEnd } = this.#frame;
    expect(bytes.subarray(hardStart, hardStart + 40).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(frameEnd, hardStart + 4096).every((byte) => byte === 0)).toBe(true);
  }

  #canary(): void {
    const start = this.memory.reserve(CANARY_SIZE, 'a canary', 8);
    this.memory.bytes.fill(CANARY, start, start + CANARY_SIZE);
    this.#canaries.push(start);
  }

  #codeNow(): Uint8Array {
    const { entry, base } = this.program.prepared;
    return this.memory.bytes.slice(entry * 4, base * 4);
  }
}

function documented(error: unknown): string {
  if (error instanceof BpfError && CODES.has(error.code)) return error.code;
  throw error;
}

const register = fc.integer({ min: 0, max: 9 });
const anyRegister = fc.integer({ min: 0, max: 10 });
const size = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);
const offset = fc.oneof(fc.integer({ min: -24, max: 24 }), fc.constantFrom(-512, -513, -520, 32767, -32768, 76, 80));
const word = fc.oneof(
  fc.integer({ min: -16, max: 80 }),
  fc.constantFrom(-1, 0x7fff_ffff, -0x8000_0000, 4096, 65_536),
  // Where this machine has its stack, code, maps and frame, more or less.
  fc.integer({ min: 65_536, max: 48 * 65_536 }),
);
const upper = fc.oneof(fc.constant(0), fc.constantFrom(1, -1, 0x0ca1_1bac, 0x7fff_ffff));
const operand = fc.oneof(
  anyRegister.map((r) => ({ register: r })),
  word.map((immediate) => ({ immediate })),
);
const operation = fc.constantFrom<'add' | 'sub' | 'mul' | 'div' | 'and' | 'lsh' | 'arsh' | 'mod' | 'sdiv'>(
  ...(['add', 'sub', 'mul', 'div', 'and', 'lsh', 'arsh', 'mod', 'sdiv'] as const),
);
const atomic = fc.constantFrom<asm.AtomicOperation>('add', 'fetchAdd', 'exchange', 'compareExchange', 'fetchXor');
const mapName = fc.constantFrom(...Object.keys(TEMPLATES.xdp.maps));
const helpers = (type: Type): fc.Arbitrary<HelperName> => {
  const known = Object.keys(HELPER_FUNCTIONS) as HelperName[];
  return fc.constantFrom(...known.filter((name) => HELPERS[name].programTypes.includes(type)));
};
/** A place that is there, in the packet, the value or the stack, so that programs come far now and then. */
const place = fc.oneof(
  fc.tuple(fc.constant(7), fc.integer({ min: 0, max: 52 })),
  fc.tuple(fc.constant(8), fc.integer({ min: 0, max: 4 })),
  fc.tuple(fc.constant(10), fc.integer({ min: -64, max: -8 })),
);

/** Instructions that reach for memory wherever a register points, with registers that point somewhere. */
const hostile = (helper: fc.Arbitrary<HelperName>): fc.Arbitrary<readonly Instruction[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(size, place, fc.nat(5)).map(([n, [r, at], d]) => [asm.load(n, d, r, at)]) },
    { weight: 4, arbitrary: fc.tuple(size, place, register).map(([n, [r, at], v]) => [asm.store(n, r, at, v)]) },
    fc.tuple(size, register, anyRegister, offset).map((a) => [asm.load(...a)]),
    fc.tuple(size, anyRegister, offset, anyRegister).map((a) => [asm.store(...a)]),
    { weight: 4, arbitrary: fc.tuple(operation, register, operand).map((a) => [asm.alu64(...a)]) },
    { weight: 2, arbitrary: fc.tuple(register, operand).map((a) => [asm.mov(...a)]) },
    fc.tuple(register, word, upper).map((a) => [asm.loadImmediate64(...a)]),
    fc.tuple(register, mapName).map((a) => [asm.loadMap(...a)]),
    fc.tuple(register, fc.nat(VALUE_SIZE - 1)).map(([r, at]) => [asm.loadMapValue(r, 'one', at)]),
    fc.tuple(atomic, fc.constantFrom<4 | 8>(4, 8), anyRegister, offset, register).map((a) => [asm.atomic(...a)]),
    helper.map((name) => [asm.call(HELPERS[name].id)]),
    {
      weight: 6,
      // A call that gets further: a map or the context, pointers to the stack, sizes that fit now and then.
      arbitrary: fc
        .tuple(helper, mapName, offset, fc.constantFrom(0, 1, 4, 8, 16, 60, -1))
        .map(([name, map, at, length]) => [
          HELPERS[name].arguments[0] === 'context' ? asm.mov(1, { register: 6 }) : asm.loadMap(1, map),
          asm.mov(2, { register: 10 }),
          asm.alu64('add', 2, { immediate: Math.min(at, -16) }),
          asm.mov(3, { register: 2 }),
          asm.mov(4, { immediate: length }),
          asm.mov(5, { immediate: 0 }),
          ...HELPERS[name].arguments.flatMap((kind, i) =>
            ['scalar', 'size', 'sizeOrZero', 'reserveSize'].includes(kind)
              ? [asm.mov(i + 1, { immediate: length })]
              : kind.startsWith('memory')
                ? [asm.mov(i + 1, { register: 9 })]
                : [],
          ),
          asm.call(HELPERS[name].id),
          ...[1, 2, 3, 4, 5].map((r) => asm.mov(r, { immediate: r })),
        ]),
    },
    fc
      .tuple(register, fc.constantFrom<1 | 2 | 4>(1, 2, 4), word)
      .map(([r, bytes, immediate]) => [asm.loadPacket(bytes, { register: r, immediate })]),
  );

interface Attack {
  readonly type: Type;
  readonly instructions: readonly Instruction[];
  readonly callback: number;
}

const slots = (instructions: readonly Instruction[]): number =>
  instructions.reduce((total, { immediateHigh }) => total + (immediateHigh === undefined ? 1 : 2), 0);

/** A main function with pointers to everything in its registers, and a callback that is as hostile. */
const attackOn = (type: Type): fc.Arbitrary<Attack> => {
  const piece = hostile(helpers(type));
  return fc
    .record({
      before: fc.array(piece, { maxLength: 6 }),
      after: fc.array(piece, { maxLength: 12 }),
      body: fc.array(piece, { maxLength: 8 }),
      calls: fc.constantFrom<HelperName>('loop', 'for_each_map_elem'),
    })
    .map(({ before, after, body, calls }) => {
      const data = type === 'xdp' ? 0 : 76;
      const start = [
        asm.mov(6, { register: 1 }),
        asm.load(4, 7, 1, data),
        asm.loadMapValue(8, 'one', 0),
        asm.mov(9, { register: 10 }),
        asm.alu64('add', 9, { immediate: -32 }),
        asm.storeImmediate(8, 10, -8, 0),
        ...[0, 2, 3, 4, 5].map((r) => asm.mov(r, { immediate: r })),
        ...before.flat(),
      ];
      const end = [...after.flat(), asm.mov(0, { immediate: 2 }), asm.exit()];
      const call = (distance: number): Instruction[] => [
        calls === 'loop' ? asm.mov(1, { immediate: 3 }) : asm.loadMap(1, 'arr'),
        asm.loadFunction(2, distance),
        asm.mov(3, { register: 9 }),
        asm.mov(4, { immediate: 0 }),
        asm.call(HELPERS[calls].id),
        ...[1, 2, 3, 4, 5].map((r) => asm.mov(r, { register: 0 })),
      ];
      const callback = slots([...start, ...call(0), ...end]);
      const distance = callback - slots([...start, ...call(0).slice(0, 2)]) + 1;
      const callee = [0, 6, 7, 8, 9].map((r) => asm.mov(r, { register: 3 }));
      const main = [...start, ...call(distance), ...end];
      return {
        type,
        instructions: [...main, ...callee, ...body.flat(), asm.mov(0, { immediate: 0 }), asm.exit()],
        callback,
      };
    });
};

test('whatever a program does, it touches nothing that is not its own', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(fc.oneof(attackOn('xdp'), attackOn('sched_cls')), ({ type, instructions, callback }) => {
      let trap: Trap;
      try {
        trap = new Trap(type, instructions, callback);
      } catch (error) {
        documented(error);
        return;
      }
      const outcome = trap.run();
      trap.check();
      // The same again is the same: nothing but the instructions decides.
      expect(new Trap(type, instructions, callback).run()).toBe(outcome);
    }),
    { numRuns: 150 },
  );
});

test('random bytes decode or are refused, and what decodes runs or faults', () => {
  const memory = new LinearMemory(256);
  const vm = new Vm({ memory, cpus: 1, clock: { now: 0 }, random: new Random(1), instructionBudget: BUDGET });
  const slot = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const opcode = fc.constantFrom(
    0xb7,
    0x07,
    0x61,
    0x63,
    0x7b,
    0x79,
    0x71,
    0x15,
    0x05,
    0x85,
    0x18,
    0xdb,
    0x95,
    0x20,
    0x37,
  );
  // Most random slots are no instruction: these have at least an opcode and registers.
  const likely = fc.tuple(slot, opcode, register).map(([bytes, code, own]) => {
    return Uint8Array.of(
      code,
      own,
      ...((bytes[2] as number) < 128 ? [0, 0] : bytes.subarray(2, 4)),
      ...bytes.subarray(4),
    );
  });
  const program = fc
    .array(fc.oneof({ weight: 9, arbitrary: likely }, slot), { maxLength: 12 })
    .map((parts) =>
      Buffer.concat([...parts, Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0), Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0)]),
    );
  fc.assert(
    fc.property(program, fc.uint8Array({ maxLength: 32 }), (bytes, input) => {
      try {
        expect(vm.execute(decode(bytes), input)).toBeTypeOf('bigint');
      } catch (error) {
        documented(error);
      }
    }),
    { numRuns: 1000 },
  );
});
