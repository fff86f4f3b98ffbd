import type { AluOperation, AtomicOperation, Condition, MemorySize, Operand, Swap } from '@hookline/bpf';
import fc from 'fast-check';

/** Operations use r0 to r9. */
export const REGISTERS = 10;

export type Place = 'stack' | 'map';
type Width = 32 | 64;

/** One step of a random program. Registers are r0..r9; `pointer` is one that may be overwritten. */
export type Operation =
  | {
      readonly kind: 'alu';
      readonly width: Width;
      readonly operation: AluOperation;
      readonly register: number;
      readonly operand: Operand;
    }
  | { readonly kind: 'negate'; readonly width: Width; readonly register: number }
  | { readonly kind: 'swap'; readonly swap: Swap; readonly width: 16 | 32 | 64; readonly register: number }
  | {
      readonly kind: 'movSigned';
      readonly width: Width;
      readonly from: 8 | 16 | 32;
      readonly register: number;
      readonly source: number;
    }
  | { readonly kind: 'constant'; readonly register: number; readonly low: number; readonly high: number }
  | {
      readonly kind: 'load';
      readonly place: Place;
      readonly size: MemorySize;
      readonly signed: boolean;
      readonly register: number;
      readonly slot: number;
      readonly index?: number;
    }
  | {
      readonly kind: 'store';
      readonly place: Place;
      readonly size: MemorySize;
      readonly slot: number;
      readonly source: Operand;
      readonly pointer: number;
    }
  | {
      readonly kind: 'atomic';
      readonly place: Place;
      readonly size: 4 | 8;
      readonly operation: AtomicOperation;
      readonly slot: number;
      readonly source: number;
      readonly pointer: number;
    }
  | {
      readonly kind: 'branch';
      readonly width: Width;
      readonly condition: Condition;
      readonly register: number;
      readonly operand: Operand;
      readonly whenTrue: Operations;
      readonly otherwise: Operations;
    }
  | { readonly kind: 'loop'; readonly rounds: number; readonly counter: number; readonly body: Operations }
  | { readonly kind: 'call'; readonly callee: number };
export type Operations = readonly Operation[];

export interface RandomProgram {
  readonly main: Operations;
  /** A function may call those after it. */
  readonly functions: readonly Operations[];
}

const register = fc.integer({ min: 0, max: REGISTERS - 1 });
const width = fc.constantFrom<Width>(32, 64);
const slot = fc.integer({ min: 0, max: 63 });
const size = fc.constantFrom<MemorySize>(1, 2, 4, 8);
const word = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 7, 8, 31, 32, 63, 127, 128, 255, 0x7fff, 0xffff, 0x7fff_ffff, -0x8000_0000),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
);
const operand: fc.Arbitrary<Operand> = fc.oneof(fc.record({ register }), fc.record({ immediate: word }));

const SHIFTS: ReadonlySet<AluOperation> = new Set<AluOperation>(['lsh', 'rsh', 'arsh']);
const DIVISIONS: ReadonlySet<AluOperation> = new Set<AluOperation>(['div', 'mod', 'sdiv', 'smod']);

/** The verifier refuses a shift by an immediate as large as the width, and a division by an immediate 0. */
function allowed(operation: AluOperation, bits: Width, given: Operand): Operand {
  if (!('immediate' in given)) return given;
  if (SHIFTS.has(operation)) return { immediate: given.immediate & (bits - 1) };
  if (DIVISIONS.has(operation) && given.immediate === 0) return { immediate: 3 };
  return given;
}

const alu = fc
  .record({
    width,
    operation: fc.constantFrom<AluOperation>(
      'add',
      'sub',
      'mul',
      'div',
      'sdiv',
      'or',
      'and',
      'lsh',
      'rsh',
      'arsh',
      'mod',
      'smod',
      'xor',
      'mov',
    ),
    register,
    operand,
  })
  .map(
    (parts): Operation => ({ kind: 'alu', ...parts, operand: allowed(parts.operation, parts.width, parts.operand) }),
  );

const movSigned = fc
  .record({
    kind: fc.constant('movSigned' as const),
    width,
    from: fc.constantFrom<8 | 16 | 32>(8, 16, 32),
    register,
    source: register,
  })
  .map((parts): Operation => (parts.width === 32 && parts.from === 32 ? { ...parts, from: 16 } : parts));

const place = fc.constantFrom<Place>('stack', 'map');

const simple: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: alu },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('negate' as const), width, register }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('swap' as const),
      swap: fc.constantFrom<Swap>('le', 'be', 'bswap'),
      width: fc.constantFrom<16 | 32 | 64>(16, 32, 64),
      register,
    }),
  },
  { weight: 2, arbitrary: movSigned },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('constant' as const), register, low: word, high: word }) },
  {
    weight: 3,
    arbitrary: fc.record(
      { kind: fc.constant('load' as const), place, size, signed: fc.boolean(), register, slot, index: register },
      { requiredKeys: ['kind', 'place', 'size', 'signed', 'register', 'slot'] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      place,
      size,
      slot,
      source: operand,
      pointer: register,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('atomic' as const),
      place,
      size: fc.constantFrom<4 | 8>(4, 8),
      operation: fc.constantFrom<AtomicOperation>(
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
        'loadAcquire',
        'storeRelease',
      ),
      slot,
      source: register,
      pointer: register,
    }),
  },
);

const CONDITIONS: readonly Condition[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'set', 'sgt', 'sge', 'slt', 'sle'];

function operations(depth: number, maxLength: number): fc.Arbitrary<Operations> {
  const call = fc.record({ kind: fc.constant('call' as const), callee: fc.nat(1) });
  const lengths = { minLength: Math.floor(maxLength / 4), maxLength, size: 'max' } as const;
  if (depth === 0) return fc.array(simple, lengths);
  const body = operations(depth - 1, 5);
  const branch = fc.record({
    kind: fc.constant('branch' as const),
    width,
    condition: fc.constantFrom(...CONDITIONS),
    register,
    operand,
    whenTrue: body,
    otherwise: body,
  });
  const loop = fc.record({
    kind: fc.constant('loop' as const),
    rounds: fc.integer({ min: 1, max: 4 }),
    counter: register,
    body,
  });
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: simple },
      { weight: 2, arbitrary: branch },
      { weight: 1, arbitrary: loop },
      { weight: 1, arbitrary: call },
    ),
    lengths,
  );
}

export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  main: operations(2, 40),
  functions: fc.tuple(operations(1, 8), operations(0, 8)),
});
