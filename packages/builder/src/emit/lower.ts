import { asm, type Condition, FRAME_POINTER, type Instruction, type Operand, type Position } from '@hookline/bpf';
import {
  type Block,
  type IrFunction,
  isValue,
  type Operation,
  type Origin,
  type Source,
  type Value,
} from '../ir/operation.ts';
import { type Allocation, allocate } from './allocate.ts';
import { compareInNetworkOrder } from './byte-order.ts';
import { findOftenCompared } from './forgetting.ts';
import { findLiveness } from './liveness.ts';
import { destination, reachableBlocks } from './reach.ts';

/** An instruction whose distance is not known yet. */
export interface Item {
  readonly instruction: Instruction;
  /** Where it jumps to; `exit` is the one end of the function. */
  readonly target?: Block | 'exit';
  /** Which function it calls. */
  readonly callee?: IrFunction;
}

/** A function as instructions with labels. */
export interface LoweredFunction {
  readonly ir: IrFunction;
  readonly items: readonly Item[];
  /** The item each block begins with. */
  readonly labels: ReadonlyMap<Block | 'exit', number>;
  /** Bytes of stack. */
  readonly stack: number;
  readonly callees: readonly IrFunction[];
}

const RESULT = 0;
/** Hold operands that live on the stack, for one operation each; the allocator hands them out to nobody. */
const FIRST = 1;
const SECOND = 2;

const OPPOSITE: Readonly<Record<Exclude<Condition, 'set'>, Condition>> = {
  eq: 'ne',
  ne: 'eq',
  gt: 'le',
  le: 'gt',
  ge: 'lt',
  lt: 'ge',
  sgt: 'sle',
  sle: 'sgt',
  sge: 'slt',
  slt: 'sge',
};

const COMMUTATIVE: ReadonlySet<string> = new Set(['add', 'mul', 'and', 'or', 'xor']);

/** The number as a sign-extended 32-bit immediate, if it is one. */
function immediateOf(source: Source): number | undefined {
  if (source.kind !== 'constant') return undefined;
  const signed = BigInt.asIntN(64, source.value);
  return signed === BigInt.asIntN(32, signed) ? Number(signed) : undefined;
}

class Lowering {
  readonly items: Item[] = [];
  readonly labels = new Map<Block | 'exit', number>();
  readonly callees: IrFunction[] = [];
  readonly #allocation: Allocation;
  readonly #oftenCompared: ReadonlySet<Value>;
  #origin: Origin;

  constructor(allocation: Allocation, oftenCompared: ReadonlySet<Value>, origin: Origin) {
    this.#allocation = allocation;
    this.#oftenCompared = oftenCompared;
    this.#origin = origin;
  }

  #put(instruction: Instruction, more: Omit<Item, 'instruction'> = {}): void {
    const position: Position | undefined = this.#origin.position;
    this.items.push({ instruction: position ? { ...instruction, position } : instruction, ...more });
  }

  #homeOf(value: Value): { readonly register: number } | { readonly slot: number } {
    const home = this.#allocation.homes.get(value);
    if (!home) throw new Error(`Value ${value.id} has no home: this is a fault of the builder.`);
    return home;
  }

  /** The value's own register, or `scratch` with the value in it. */
  #fetch(value: Value, scratch: number): number {
    const home = this.#homeOf(value);
    if ('register' in home) return home.register;
    this.#put(asm.load(8, scratch, FRAME_POINTER, home.slot));
    return scratch;
  }

  #move(register: number, from: number): void {
    if (register !== from) this.#put(asm.mov(register, { register: from }));
  }

  /** Brings any source into this very register. */
  #bring(source: Source, register: number): void {
    switch (source.kind) {
      case 'register':
        this.#move(register, this.#fetch(source, register));
        return;
      case 'memory':
        this.#bring({ kind: 'address', area: source, offset: 0 }, register);
        return;
      case 'address': {
        const home = this.#homeOf(source.area);
        this.#put(asm.mov(register, { register: FRAME_POINTER }));
        const offset = ('slot' in home ? home.slot : 0) + source.offset;
        this.#put(asm.alu64('add', register, { immediate: offset }));
        return;
      }
      case 'map': {
        const { kind, name, offset } = source.reference;
        this.#put(kind === 'map' ? asm.loadMap(register, name) : asm.loadMapValue(register, name, offset));
        return;
      }
      case 'constant': {
        const immediate = immediateOf(source);
        const bits = BigInt.asUintN(64, source.value);
        if (immediate !== undefined) this.#put(asm.mov(register, { immediate }));
        else if (bits <= 0xffff_ffffn) this.#put(asm.mov32(register, { immediate: Number(BigInt.asIntN(32, bits)) }));
        else {
          const low = Number(BigInt.asIntN(32, bits));
          this.#put(asm.loadImmediate64(register, low, Number(BigInt.asIntN(32, bits >> 32n))));
        }
      }
    }
  }

  /** Any source as a second operand: an immediate where it fits, its own register, or `scratch`. */
  #operand(source: Source, scratch: number, bits: 32 | 64 = 64): Operand {
    const narrow = bits === 32 && source.kind === 'constant' ? Number(BigInt.asIntN(32, source.value)) : undefined;
    const immediate = narrow ?? immediateOf(source);
    if (immediate !== undefined) return { immediate };
    if (source.kind === 'register') return { register: this.#fetch(source, scratch) };
    this.#bring(source, scratch);
    return { register: scratch };
  }

  /** Where a result is computed: its own register, or r0 from which `#keep` spills it. */
  #resultRegister(value: Value): number {
    const home = this.#homeOf(value);
    return 'register' in home ? home.register : RESULT;
  }

  #keep(value: Value, register: number): void {
    const home = this.#homeOf(value);
    if ('register' in home) this.#move(home.register, register);
    else this.#put(asm.store(8, FRAME_POINTER, home.slot, register));
  }

  /** Base register and offset of an access. */
  #address(base: Value, offset: number, scratch: number): readonly [register: number, offset: number] {
    const home = this.#homeOf(base);
    if (base.kind === 'memory') return [FRAME_POINTER, ('slot' in home ? home.slot : 0) + offset];
    return [this.#fetch(base, scratch), offset];
  }

  #alu(operation: Extract<Operation, { op: 'alu' }>): void {
    const { operator, bits, to, left, right } = operation;
    const alu = bits === 64 ? asm.alu64 : asm.alu32;
    const result = this.#resultRegister(to);
    const home = right.kind === 'register' ? this.#homeOf(right) : undefined;
    if (home && 'register' in home && home.register === result && right !== left) {
      // The result takes the place of the second operand.
      if (COMMUTATIVE.has(operator)) {
        this.#put(alu(operator, result, { register: this.#fetch(left, FIRST) }));
      } else {
        this.#bring(left, FIRST);
        this.#put(alu(operator, FIRST, { register: result }));
        this.#move(result, FIRST);
      }
    } else {
      const operand = this.#operand(right, SECOND, bits);
      this.#bring(left, result);
      this.#put(alu(operator, result, operand));
    }
    this.#keep(to, result);
  }

  #atomic(operation: Extract<Operation, { op: 'atomic' }>): void {
    if (operation.expected) this.#bring(operation.expected, RESULT);
    // Fetching overwrites the operand's register, so it never is the value's own.
    this.#bring(operation.from, SECOND);
    const [base, offset] = this.#address(operation.base, operation.offset, FIRST);
    this.#put(asm.atomic(operation.operator, operation.bytes, base, offset, SECOND));
    const exchanges = operation.operator === 'compareExchange';
    // RFC 9669 section 5.3 zeroes the upper half, but Linux 6.18 can leave it as it was where its verifier prunes.
    if (exchanges && operation.bytes === 4) this.#put(asm.mov32(RESULT, { register: RESULT }));
    if (operation.to) this.#keep(operation.to, exchanges ? RESULT : SECOND);
  }

  #store(operation: Extract<Operation, { op: 'store' }>): void {
    const [base, offset] = this.#address(operation.base, operation.offset, FIRST);
    const { from, bytes } = operation;
    const narrow = from.kind === 'constant' && bytes < 8 ? Number(BigInt.asIntN(32, from.value)) : undefined;
    const immediate = narrow ?? immediateOf(from);
    if (immediate !== undefined) {
      this.#put(asm.storeImmediate(bytes, base, offset, immediate));
      return;
    }
    const operand = this.#operand(from, SECOND);
    if ('register' in operand) this.#put(asm.store(bytes, base, offset, operand.register));
  }

  #call(operation: Extract<Operation, { op: 'call' }>): void {
    // No parameter lives in r1 to r5 at a call, so bringing one never overwrites another.
    operation.parameters.forEach((parameter, i) => {
      this.#bring(parameter, i + 1);
    });
    if (typeof operation.callee === 'number') this.#put(asm.call(operation.callee));
    else {
      this.callees.push(operation.callee);
      this.#put(asm.callLocal(0), { callee: operation.callee });
    }
    if (operation.to) this.#keep(operation.to, RESULT);
  }

  operation(operation: Operation): void {
    this.#origin = operation.origin;
    switch (operation.op) {
      case 'set': {
        const home = this.#homeOf(operation.to);
        const own = operation.from.kind === 'register' ? this.#homeOf(operation.from) : undefined;
        const tied = isValue(operation.from) && this.#oftenCompared.has(operation.from);
        if ('slot' in home && own && 'register' in own && !tied) this.#keep(operation.to, own.register);
        else {
          const result = this.#resultRegister(operation.to);
          this.#bring(operation.from, result);
          if (tied) this.#forget(result);
          this.#keep(operation.to, result);
        }
        return;
      }
      case 'alu':
        this.#alu(operation);
        return;
      case 'swap': {
        const result = this.#resultRegister(operation.to);
        this.#bring(operation.from, result);
        this.#put(asm.swap('be', operation.bits, result));
        this.#keep(operation.to, result);
        return;
      }
      case 'load': {
        const result = this.#resultRegister(operation.to);
        const [base, offset] = this.#address(operation.base, operation.offset, FIRST);
        this.#put(asm.load(operation.bytes, result, base, offset));
        this.#keep(operation.to, result);
        return;
      }
      case 'store':
        this.#store(operation);
        return;
      case 'atomic':
        this.#atomic(operation);
        return;
      case 'call':
        this.#call(operation);
        return;
      case 'reserve':
        return;
    }
  }

  #jump(target: Block | 'exit', next: Block | 'exit'): void {
    if (target !== next) this.#put(asm.jump(0), { target });
  }

  /** Cuts the verifier's tie between a copy and what it was copied from; the number stays. */
  #forget(register: number): void {
    this.#put(asm.alu64('or', register, { immediate: 0 }));
  }

  /** The register that a comparison looks at. */
  #compared(value: Value): number {
    if (!this.#oftenCompared.has(value)) return this.#fetch(value, FIRST);
    this.#bring(value, FIRST);
    this.#forget(FIRST);
    return FIRST;
  }

  /** Ends a block; `next` follows it in the layout. */
  end(block: Block, next: Block | 'exit'): void {
    const end = block.terminator;
    if (!end) return;
    this.#origin = end.origin;
    if (end.op === 'jump') this.#jump(destination(end.target), next);
    else if (end.op === 'return') {
      this.#bring(end.value, RESULT);
      this.#jump('exit', next);
    } else {
      const yes = destination(end.yes);
      const no = destination(end.no);
      const { operator, left, right } = end.test;
      const register = end.test.pointer ? this.#fetch(left, FIRST) : this.#compared(left);
      const operand = this.#operand(right, SECOND);
      if (yes === next && operator !== 'set') {
        this.#put(asm.jumpIf(OPPOSITE[operator], register, operand, 0), { target: no });
      } else {
        this.#put(asm.jumpIf(operator, register, operand, 0), { target: yes });
        this.#jump(no, next);
      }
    }
  }

  /** The parameters move from r1 to r5 to where they live. */
  parameters(parameters: readonly Value[]): void {
    parameters.forEach((parameter, i) => {
      if (this.#allocation.homes.has(parameter)) this.#keep(parameter, i + 1);
    });
  }

  exit(): void {
    this.labels.set('exit', this.items.length);
    this.#put(asm.exit());
  }
}

/** Turns a function into instructions: dead results go, values get registers or stack, blocks become labels. */
export function lower(ir: IrFunction): LoweredFunction {
  const blocks = reachableBlocks(ir);
  compareInNetworkOrder(blocks);
  const liveness = findLiveness(blocks);
  const allocation = allocate(liveness, ir.parameters);
  const lowering = new Lowering(allocation, findOftenCompared(blocks, liveness.operations), ir.origin);
  lowering.parameters(ir.parameters);
  blocks.forEach((block, i) => {
    lowering.labels.set(block, lowering.items.length);
    for (const operation of liveness.operations.get(block) ?? []) lowering.operation(operation);
    lowering.end(block, blocks[i + 1] ?? 'exit');
  });
  lowering.exit();
  return {
    ir,
    items: lowering.items,
    labels: lowering.labels,
    stack: allocation.stack,
    callees: [...new Set(lowering.callees)],
  };
}
