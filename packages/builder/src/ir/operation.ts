import type { AluOperation, AtomicOperation, Condition, MapReference, MemorySize, Position } from '@hookline/bpf';

/** Something that a function computes: a number or pointer of 8 bytes, or an area of its stack. Not in SSA form. */
export interface Value {
  readonly id: number;
  readonly kind: 'register' | 'memory';
  /** Bytes; of an area a multiple of 8. */
  readonly size: number;
}

/** Where the author wrote what an operation does; looked up only when it is needed. */
export interface Origin {
  readonly position: Position | undefined;
}

/** What an operation reads: a value, a number (64 bits, two's complement), the address of an area, or a map. */
export type Source =
  | Value
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'address'; readonly area: Value; readonly offset: number }
  | { readonly kind: 'map'; readonly reference: MapReference };

/** An access goes through a pointer in a register, or straight into an area of the stack. */
interface Access {
  readonly base: Value;
  readonly offset: number;
  readonly bytes: MemorySize;
}

interface Located {
  readonly origin: Origin;
}

/** `to = from` */
export interface SetOperation extends Located {
  readonly op: 'set';
  readonly to: Value;
  readonly from: Source;
}
/** `to = left operator right`; in 32 bits the upper half of the result is zero. */
export interface AluInstruction extends Located {
  readonly op: 'alu';
  readonly operator: Exclude<AluOperation, 'mov'>;
  readonly bits: 32 | 64;
  readonly to: Value;
  readonly left: Value;
  readonly right: Source;
}
/** `to = byte-swapped from`, of this many bits; the bits above become zero. */
export interface SwapOperation extends Located {
  readonly op: 'swap';
  readonly bits: 16 | 32 | 64;
  readonly to: Value;
  readonly from: Value;
}
export interface LoadOperation extends Located, Access {
  readonly op: 'load';
  readonly to: Value;
}
export interface StoreOperation extends Located, Access {
  readonly op: 'store';
  readonly from: Source;
}
export interface AtomicInstruction extends Located, Access {
  readonly op: 'atomic';
  readonly operator: AtomicOperation;
  readonly from: Source;
  /** Of compareExchange: the value that must be there. */
  readonly expected?: Source;
  /** The old value, of the operations that fetch it. */
  readonly to?: Value;
}
/** Begins the life of an area; its bytes are undefined. */
export interface ReserveOperation extends Located {
  readonly op: 'reserve';
  readonly area: Value;
}
/** Calls a helper of the kernel by its number, or a subprogram by its function. */
export interface CallOperation extends Located {
  readonly op: 'call';
  readonly callee: number | IrFunction;
  readonly parameters: readonly Source[];
  readonly to?: Value;
}

export type Operation =
  | SetOperation
  | AluInstruction
  | SwapOperation
  | LoadOperation
  | StoreOperation
  | AtomicInstruction
  | ReserveOperation
  | CallOperation;

/** `left operator right` in 64 bits. */
export interface Test {
  readonly operator: Condition;
  readonly left: Value;
  readonly right: Source;
  /** The left side is an address: it is compared with NULL, or with the end of the packet. */
  readonly pointer?: boolean;
}

export type Terminator =
  | (Located & { readonly op: 'jump'; readonly target: Block })
  | (Located & { readonly op: 'branch'; readonly test: Test; readonly yes: Block; readonly no: Block })
  | (Located & { readonly op: 'return'; readonly value: Source });

/** Operations in a row, and where control goes then. */
export interface Block {
  readonly id: number;
  readonly operations: Operation[];
  terminator: Terminator | undefined;
  /** How many loops are around it. */
  readonly depth: number;
}

/** A function: the main one, or a subprogram. */
export interface IrFunction {
  readonly name: string;
  /** What comes in r1..r5. */
  readonly parameters: readonly Value[];
  /** In the order of their layout; the first is the entry. */
  readonly blocks: readonly Block[];
  readonly origin: Origin;
}

export function constant(value: number | bigint): Source {
  return { kind: 'constant', value: BigInt(value) };
}

export function isValue(source: Source): source is Value {
  return source.kind === 'register' || source.kind === 'memory';
}
