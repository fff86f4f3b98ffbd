import { asm, type Instruction, type MemorySize, slotsOf } from '@hookline/bpf';
import fc from 'fast-check';

const destination = fc.integer({ min: 0, max: 9 });
const register = fc.integer({ min: 0, max: 10 });
const int16 = fc.integer({ min: -0x8000, max: 0x7fff });
const int32 = fc.oneof(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), fc.constantFrom(0, 1, -1, -0x8000_0000));
const size = fc.constantFrom<MemorySize>(1, 2, 4, 8);
const operand = fc.oneof(
  register.map((r) => ({ register: r })),
  int32.map((i) => ({ immediate: i })),
);
const aluOperation = fc.constantFrom(
  ...(['add', 'sub', 'mul', 'div', 'sdiv', 'or', 'and', 'lsh', 'rsh', 'arsh', 'mod', 'smod', 'xor', 'mov'] as const),
);
const condition = fc.constantFrom(
  ...(['eq', 'gt', 'ge', 'set', 'ne', 'sgt', 'sge', 'lt', 'le', 'slt', 'sle'] as const),
);
const wholeAtomic = fc.constantFrom(
  ...([
    'add',
    'or',
    'and',
    'xor',
    'fetchAdd',
    'fetchOr',
    'fetchAnd',
    'fetchXor',
    'exchange',
    'compareExchange',
  ] as const),
);
const mapName = fc.stringMatching(/^[A-Za-z0-9_.]{1,15}$/);

/** Any instruction that goes nowhere else. */
const straight: fc.Arbitrary<Instruction> = fc.oneof(
  fc.tuple(aluOperation, destination, operand).map((a) => asm.alu64(...a)),
  fc.tuple(aluOperation, destination, operand).map((a) => asm.alu32(...a)),
  fc.tuple(fc.constantFrom<8 | 16 | 32>(8, 16, 32), destination, register).map((a) => asm.movSigned(64, ...a)),
  fc.tuple(fc.constantFrom<8 | 16>(8, 16), destination, register).map((a) => asm.movSigned(32, ...a)),
  fc.tuple(fc.constantFrom<32 | 64>(32, 64), destination).map((a) => asm.negate(...a)),
  fc
    .tuple(fc.constantFrom<asm.Swap>('be', 'le', 'bswap'), fc.constantFrom<16 | 32 | 64>(16, 32, 64), destination)
    .map((a) => asm.swap(...a)),
  fc.tuple(size, destination, register, int16).map((a) => asm.load(...a)),
  fc.tuple(fc.constantFrom<1 | 2 | 4>(1, 2, 4), destination, register, int16).map((a) => asm.loadSigned(...a)),
  fc.tuple(size, register, int16, register).map((a) => asm.store(...a)),
  fc.tuple(size, register, int16, int32).map((a) => asm.storeImmediate(...a)),
  fc.tuple(wholeAtomic, fc.constantFrom<4 | 8>(4, 8), register, int16, destination).map((a) => asm.atomic(...a)),
  fc
    .tuple(fc.constantFrom<asm.AtomicOperation>('loadAcquire', 'storeRelease'), size, destination, int16, destination)
    .map((a) => asm.atomic(...a)),
  fc
    .tuple(fc.constantFrom<1 | 2 | 4>(1, 2, 4), fc.option(register, { nil: undefined }), int32)
    .map(([bytes, index, immediate]) => {
      return asm.loadPacket(bytes, index === undefined ? { immediate } : { register: index, immediate });
    }),
  fc.tuple(destination, int32, int32).map((a) => asm.loadImmediate64(...a)),
  int32.map(asm.call),
  fc.tuple(int32, int16).map(([id, offset]) => ({ ...asm.call(id), source: 2, offset })),
);

/** Those that only object files and linked programs hold, or that need a loader. */
const references: fc.Arbitrary<Instruction> = fc.oneof(
  fc.tuple(destination, mapName).map((a) => asm.loadMap(...a)),
  fc.tuple(destination, mapName, fc.nat()).map((a) => asm.loadMapValue(...a)),
);
const linked: fc.Arbitrary<Instruction> = fc.oneof(
  fc
    .tuple(destination, fc.constantFrom(1, 5), int32)
    .map(([d, source, low]) => ({ ...asm.loadImmediate64(d, low, 0), source })),
  fc.tuple(destination, fc.constantFrom(2, 3, 6), int32, int32).map(([d, source, low, high]) => {
    return { ...asm.loadImmediate64(d, low, high), source };
  }),
);

/** An instruction that goes to another one: made once the distance is known. */
type Leap = (distance: number) => Instruction;
const leap: fc.Arbitrary<Leap> = fc.oneof(
  fc.constant<Leap>(asm.jump),
  fc.constant<Leap>(asm.jumpLong),
  fc.tuple(condition, register, operand).map<Leap>((a) => (distance) => asm.jumpIf(...a, distance)),
  fc.tuple(condition, register, operand).map<Leap>((a) => (distance) => asm.jumpIf32(...a, distance)),
);

interface Item {
  readonly fixed?: Instruction;
  readonly leap?: Leap;
  /** Where it goes, as a fraction of the program. */
  readonly target: number;
}

function place(items: readonly Item[]): Instruction[] {
  const sizes = items.map((item) => (item.fixed ? slotsOf(item.fixed) : 1));
  const starts: number[] = [];
  sizes.reduce((slot, own) => {
    starts.push(slot);
    return slot + own;
  }, 0);
  const end = starts.length;
  const body = items.map((item, i) => {
    if (!item.leap) return item.fixed ?? asm.exit();
    const target = Math.floor(item.target * end);
    return item.leap((starts[target] ?? 0) - (starts[i] ?? 0) - 1);
  });
  return [...body, asm.exit()];
}

function programs(fixed: fc.Arbitrary<Instruction>): fc.Arbitrary<Instruction[]> {
  const target = fc.double({ min: 0, max: 0.999, noNaN: true });
  const item: fc.Arbitrary<Item> = fc.oneof(
    { weight: 4, arbitrary: fixed.map((instruction) => ({ fixed: instruction, target: 0 })) },
    { weight: 1, arbitrary: fc.record({ leap, target }) },
  );
  return fc.array(item, { minLength: 1, maxLength: 40 }).map(place);
}

/** Valid programs of one function without references: what memory can hold. */
export const encodable = programs(fc.oneof({ weight: 5, arbitrary: straight }, linked));
/** Valid programs that also refer to maps by name. */
export const symbolic = programs(fc.oneof({ weight: 5, arbitrary: straight }, linked, references));
