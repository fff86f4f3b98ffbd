import {
  asm,
  DEFAULT_LICENSE,
  type FunctionSpec,
  type Instruction,
  type ProgramSpec,
  type ProgramType,
  slotsOf,
} from '@hookline/bpf';

/** An instruction whose distance is known only when the label's slot is. */
interface Open {
  readonly target: string;
  readonly close: (distance: number) => Instruction;
}
type Item = Instruction | Open;

function closed(item: Item): Instruction {
  return 'close' in item ? item.close(0) : item;
}

/**
 * A program as it is written down, with labels instead of distances. It emits exactly what it is told: what is
 * compared against the kernel must not depend on a compiler.
 */
export class Code {
  readonly #items: Item[] = [];
  readonly #labels = new Map<string, number>();
  readonly #functions: FunctionSpec[] = [];
  #slot = 0;

  emit(...instructions: readonly Instruction[]): this {
    for (const instruction of instructions) this.#push(instruction);
    return this;
  }

  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} is there twice`);
    this.#labels.set(name, this.#slot);
    return this;
  }

  /** Begins a function, under a label of its name. */
  function(name: string, parameters: number): this {
    this.#functions.push({ name, slot: this.#slot, parameters });
    return this.label(name);
  }

  jump(target: string): this {
    return this.#push({ target, close: (distance) => asm.jump(distance) });
  }

  jumpLong(target: string): this {
    return this.#push({ target, close: (distance) => asm.jumpLong(distance) });
  }

  /** @param width bits that are compared */
  jumpIf(...[width, condition, register, operand, target]: JumpIf): this {
    const make = width === 64 ? asm.jumpIf : asm.jumpIf32;
    return this.#push({ target, close: (distance) => make(condition, register, operand, distance) });
  }

  callFunction(target: string): this {
    return this.#push({ target, close: (distance) => asm.callLocal(distance) });
  }

  loadFunction(destination: number, target: string): this {
    return this.#push({ target, close: (distance) => asm.loadFunction(destination, distance) });
  }

  finish<T extends ProgramType>(type: T, name = 'main'): ProgramSpec<T> {
    let slot = 0;
    const instructions = this.#items.map((item) => {
      const own = slot;
      slot += slotsOf(closed(item));
      if (!('close' in item)) return item;
      const target = this.#labels.get(item.target);
      if (target === undefined) throw new Error(`there is no label ${item.target}`);
      return item.close(target - own - 1);
    });
    const functions = this.#functions.length > 0 ? this.#functions : [{ name, slot: 0, parameters: 1 }];
    return { kind: 'program', name, type, license: DEFAULT_LICENSE, instructions, functions };
  }

  #push(item: Item): this {
    this.#items.push(item);
    this.#slot += slotsOf(closed(item));
    return this;
  }
}

type JumpIf = readonly [
  width: 32 | 64,
  condition: Parameters<typeof asm.jumpIf>[0],
  register: number,
  operand: Parameters<typeof asm.jumpIf>[2],
  target: string,
];
