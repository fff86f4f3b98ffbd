import { type AtomicOperation, array, asm, type BpfObject } from '@hookline/bpf';
import { bytes } from '@hookline/layout';
import fc from 'fast-check';
import { Code } from './code.ts';
import { type Operation, type Operations, type Place, type RandomProgram, REGISTERS } from './random-operations.ts';

/**
 * Random programs that the verifier takes: sequences of operations on r0..r9, the stack and a map's value, with
 * branches, bounded loops and calls. Registers begin with bytes of the map `input`, so that nothing folds to constants;
 * at the end every register and the stack are stored to the map `output`.
 */

export const INPUT_SIZE = 96;
const SCRATCH_SIZE = 64;
/** Bytes of stack that operations use, below r10; what lies under them is the generator's own. */
const STACK_DATA = 64;
const STACK_COUNTERS = STACK_DATA + 8;
const STACK_SPILL = STACK_COUNTERS + 8 * 4;
const OUTPUT_SIZE = 8 * REGISTERS + STACK_DATA;

export const INPUT = array('input', { value: bytes(INPUT_SIZE), maxEntries: 1 });
const OUTPUT = array('output', { value: bytes(OUTPUT_SIZE), maxEntries: 1 });
const SCRATCH = array('scratch', { value: bytes(SCRATCH_SIZE), maxEntries: 1 });

const FETCHING: ReadonlySet<AtomicOperation> = new Set<AtomicOperation>([
  'fetchAdd',
  'fetchOr',
  'fetchAnd',
  'fetchXor',
  'exchange',
  'compareExchange',
]);

/** A register that is none of the given ones. */
function other(wish: number, ...taken: readonly number[]): number {
  for (let i = 0; i < REGISTERS; i++) {
    const candidate = (wish + i) % REGISTERS;
    if (!taken.includes(candidate)) return candidate;
  }
  throw new Error('ten registers are taken');
}

/** Writes the instructions of one program. */
class Emitter {
  readonly code = new Code();
  #labels = 0;
  #depth = 0;
  /** Index of the function that is being written, -1 of the main one. */
  #function = -1;
  readonly #functions: number;

  constructor(functions: number) {
    this.#functions = functions;
  }

  main(body: Operations): void {
    this.code.function('main', 1);
    this.#seed();
    this.#saveToStack();
    this.#all(body);
    this.#output();
  }

  function(index: number, body: Operations): void {
    this.#function = index;
    this.code.function(`f${index}`, 5);
    this.code.emit(...[0, 6, 7, 8, 9].map((target, i) => asm.mov(target, { register: i + 1 })));
    this.#saveToStack();
    this.#all(body);
    this.code.emit(asm.exit());
  }

  #label(): string {
    return `l${this.#labels++}`;
  }

  /** r0..r9 from the input, r1 last because it is the pointer. */
  #seed(registers: readonly number[] = [0, 2, 3, 4, 5, 6, 7, 8, 9, 1]): void {
    this.code.emit(asm.loadMapValue(1, 'input', 0));
    for (const target of registers) this.code.emit(asm.load(8, target, 1, 8 * target));
  }

  #saveToStack(): void {
    for (let i = 0; i < STACK_DATA / 8; i++) this.code.emit(asm.store(8, 10, -STACK_DATA + 8 * i, i));
  }

  #output(): void {
    const { code } = this;
    code.emit(asm.store(8, 10, -STACK_SPILL, 9), asm.loadMapValue(9, 'output', 0));
    for (let i = 0; i < 9; i++) code.emit(asm.store(8, 9, 8 * i, i));
    code.emit(asm.load(8, 0, 10, -STACK_SPILL), asm.store(8, 9, 8 * 9, 0));
    for (let i = 0; i < STACK_DATA / 8; i++) {
      code.emit(asm.load(8, 0, 10, -STACK_DATA + 8 * i), asm.store(8, 9, 8 * (REGISTERS + i), 0));
    }
    code.emit(asm.exit());
  }

  #all(body: Operations): void {
    for (const operation of body) this.#one(operation);
  }

  #one(operation: Operation): void {
    const { code } = this;
    switch (operation.kind) {
      case 'alu': {
        const make = operation.width === 64 ? asm.alu64 : asm.alu32;
        code.emit(make(operation.operation, operation.register, operation.operand));
        return;
      }
      case 'negate':
        code.emit(asm.negate(operation.width, operation.register));
        return;
      case 'swap':
        code.emit(asm.swap(operation.swap, operation.width, operation.register));
        return;
      case 'movSigned':
        code.emit(asm.movSigned(operation.width, operation.from, operation.register, operation.source));
        return;
      case 'constant':
        code.emit(asm.loadImmediate64(operation.register, operation.low, operation.high));
        return;
      case 'load':
        this.#load(operation);
        return;
      case 'store':
        this.#store(operation);
        return;
      case 'atomic':
        this.#atomic(operation);
        return;
      case 'branch':
        this.#branch(operation);
        return;
      case 'loop':
        this.#loop(operation);
        return;
      case 'call':
        this.#call(operation.callee);
    }
  }

  /** Aligned offset of an access; on the stack below r10. */
  #offset(at: Place, bytesWide: number, wish: number): number {
    const inside = (wish % (SCRATCH_SIZE / bytesWide)) * bytesWide;
    return at === 'stack' ? inside - STACK_DATA : inside;
  }

  /** The base register of an access; for the map the pointer, which then must be given a number again. */
  #base(at: Place, pointer: number): number {
    if (at === 'stack') return 10;
    this.code.emit(asm.loadMapValue(pointer, 'scratch', 0));
    return pointer;
  }

  #forgetPointer(at: Place, pointer: number): void {
    if (at === 'map') this.code.emit(asm.load(8, pointer, pointer, 8));
  }

  #load({
    place: at,
    size: wide,
    signed,
    register: target,
    slot: wish,
    index,
  }: Extract<Operation, { kind: 'load' }>): void {
    const { code } = this;
    const offset = this.#offset(at, wide, wish);
    const load = signed && wide < 8 ? asm.loadSigned(wide as 1 | 2 | 4, target, 0, 0) : asm.load(wide, target, 0, 0);
    if (at === 'map' && index !== undefined && index !== target) {
      // A variable offset: any bytes of the value that the mask allows.
      code.emit(asm.alu64('and', index, { immediate: 0x38 }), asm.loadMapValue(target, 'scratch', 0));
      code.emit(asm.alu64('add', target, { register: index }), { ...load, source: target, offset: 0 });
      return;
    }
    code.emit({ ...load, source: this.#base(at, target), offset });
  }

  #store({ place: at, size: wide, slot: wish, source, pointer: hint }: Extract<Operation, { kind: 'store' }>): void {
    const pointer = 'register' in source ? other(hint, source.register) : hint;
    const offset = this.#offset(at, wide, wish);
    const base = this.#base(at, pointer);
    this.code.emit(
      'register' in source
        ? asm.store(wide, base, offset, source.register)
        : asm.storeImmediate(wide, base, offset, source.immediate),
    );
    this.#forgetPointer(at, pointer);
  }

  #atomic({
    place: wished,
    size: wide,
    operation,
    slot: wish,
    source,
    pointer: hint,
  }: Extract<Operation, { kind: 'atomic' }>): void {
    // Linux 6.18 follows what an atomic operation fetches from the stack as a number with a range, but does not mark
    // that range as needed when a branch depends on it (`backtrack_insn`), prunes another path by it, and takes code for
    // dead that is not.
    const at = FETCHING.has(operation) ? 'map' : wished;
    // r0 takes part in a compare and exchange.
    const pointer = other(hint, source, 0);
    const offset = this.#offset(at, wide, wish);
    const base = this.#base(at, pointer);
    this.code.emit(
      operation === 'loadAcquire'
        ? asm.atomic(operation, wide, source, offset, base)
        : asm.atomic(operation, wide, base, offset, source),
    );
    // Linux 6.18 owes a program the zero extension of r0 after a 32-bit compare and exchange that succeeds (RFC 9669
    // section 5.3): where the verifier prunes the path that follows, the `w0 = w0` that it should insert is missing from
    // the translated program, and x86 keeps the old upper half.
    if (operation === 'compareExchange' && wide === 4) this.code.emit(asm.mov32(0, { register: 0 }));
    this.#forgetPointer(at, pointer);
  }

  #branch({
    width: bits,
    condition,
    register: left,
    operand: right,
    whenTrue,
    otherwise,
  }: Extract<Operation, { kind: 'branch' }>): void {
    const { code } = this;
    const elsewhere = this.#label();
    const end = this.#label();
    code.jumpIf(bits, condition, left, right, elsewhere);
    this.#all(otherwise);
    if (whenTrue.length % 2 === 0) code.jump(end);
    else code.jumpLong(end);
    code.label(elsewhere);
    this.#all(whenTrue);
    code.label(end);
  }

  #loop({ rounds, counter, body }: Extract<Operation, { kind: 'loop' }>): void {
    const { code } = this;
    const start = this.#label();
    const at = -STACK_COUNTERS - 8 * this.#depth++;
    code.emit(asm.storeImmediate(8, 10, at, rounds)).label(start);
    this.#all(body);
    code.emit(asm.load(8, counter, 10, at), asm.alu64('sub', counter, { immediate: 1 }), asm.store(8, 10, at, counter));
    code.jumpIf(64, 'ne', counter, { immediate: 0 }, start);
    this.#depth--;
  }

  #call(wish: number): void {
    const callee = this.#function + 1 + wish;
    if (callee >= this.#functions) return;
    this.code.callFunction(`f${callee}`);
    // r1..r5 hold nothing after a call.
    this.#seed([2, 3, 4, 5, 1]);
  }
}

/** Whether a function is called from anywhere: the verifier refuses one that is not. */
function calls(body: Operations, from: number, functions: number): number[] {
  return body.flatMap((operation) => {
    switch (operation.kind) {
      case 'call': {
        const callee = from + 1 + operation.callee;
        return callee < functions ? [callee] : [];
      }
      case 'branch':
        return [...calls(operation.whenTrue, from, functions), ...calls(operation.otherwise, from, functions)];
      case 'loop':
        return calls(operation.body, from, functions);
      default:
        return [];
    }
  });
}

/** The object of a random program: one XDP program, `main`, and its three maps. */
export function objectOf({ main, functions }: RandomProgram): BpfObject {
  const used = new Set(calls(main, -1, functions.length));
  functions.forEach((body, i) => {
    if (used.has(i)) for (const callee of calls(body, i, functions.length)) used.add(callee);
  });
  const emitter = new Emitter(functions.length);
  emitter.main(main);
  functions.forEach((body, i) => {
    if (used.has(i)) emitter.function(i, body);
  });
  return {
    kind: 'object',
    programs: { main: emitter.code.finish('xdp') },
    maps: { input: INPUT, output: OUTPUT, scratch: SCRATCH },
  };
}

const EDGES = [
  0n,
  1n,
  2n ** 64n - 1n,
  2n ** 63n,
  2n ** 63n - 1n,
  2n ** 31n,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 32n,
  0xffff_ffff_8000_0000n,
];

/** What `input` holds: 64-bit numbers, many of them where arithmetic has its edges. */
export const randomInput: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 70n })),
    {
      minLength: INPUT_SIZE / 8,
      maxLength: INPUT_SIZE / 8,
    },
  )
  .map((values) => new Uint8Array(BigUint64Array.from(values).buffer));
