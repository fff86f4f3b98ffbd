import type { Block, IrFunction, Operation, Origin, Source, Terminator, Test, Value } from './operation.ts';

/** An operation without its origin, which the builder adds. */
type Unplaced<T> = T extends unknown ? Omit<T, 'origin'> : never;

/** Writes one function, block after block, in the order in which its author makes things happen. */
export class FunctionBuilder implements IrFunction {
  readonly name: string;
  readonly parameters: Value[] = [];
  readonly blocks: Block[] = [];
  readonly origin: Origin;
  /** Goes into every operation that is written next. */
  here: Origin;
  /** Where operations go; undefined where control cannot come. */
  current: Block | undefined;
  /** Loops around what is written now. */
  depth = 0;
  readonly #cold: Block[] = [];
  #away = 0;
  #values = 0;
  #blockIds = 0;

  constructor(name: string, parameters: number, origin: Origin) {
    this.name = name;
    this.origin = origin;
    this.here = origin;
    for (let i = 0; i < parameters; i++) this.parameters.push(this.register());
    this.place(this.block());
  }

  /** A new number or pointer. */
  register(): Value {
    return { id: this.#values++, kind: 'register', size: 8 };
  }

  /** A new area of the stack, aligned to 8 bytes, with undefined contents. */
  area(bytes: number): Value {
    const area: Value = { id: this.#values++, kind: 'memory', size: Math.max(8, Math.ceil(bytes / 8) * 8) };
    this.emit({ op: 'reserve', area });
    return area;
  }

  block(): Block {
    return { id: this.#blockIds++, operations: [], terminator: undefined, depth: this.depth };
  }

  /** Continues in this block, which comes next in the layout. */
  place(block: Block): void {
    (this.#away > 0 ? this.#cold : this.blocks).push(block);
    this.current = block;
  }

  /** What is placed meanwhile is rarely reached: it comes to lie after everything else. */
  away(body: () => void): void {
    this.#away++;
    body();
    this.#away--;
  }

  /** Moves the rarely reached blocks behind the others; nothing is placed after this. */
  finish(): IrFunction {
    this.blocks.push(...this.#cold.splice(0));
    return this;
  }

  emit(operation: Unplaced<Operation>): void {
    if (!this.current) throw new Error('An operation where control cannot come: this is a fault of the builder.');
    this.current.operations.push({ ...operation, origin: this.here } as Operation);
  }

  #end(terminator: Unplaced<Terminator>): void {
    if (!this.current) return;
    this.current.terminator = { ...terminator, origin: this.here } as Terminator;
    this.current = undefined;
  }

  jump(target: Block): void {
    this.#end({ op: 'jump', target });
  }

  branch(test: Test, yes: Block, no: Block): void {
    this.#end({ op: 'branch', test, yes, no });
  }

  return(value: Source): void {
    this.#end({ op: 'return', value });
  }

  /** Goes on where the test holds, to `miss` where it does not. */
  require(test: Test, miss: Block): void {
    const next = this.block();
    this.branch(test, next, miss);
    this.place(next);
  }

  /** Goes on where the test does not hold, to `miss` where it does. */
  refuse(test: Test, miss: Block): void {
    const next = this.block();
    this.branch(test, miss, next);
    this.place(next);
  }
}
