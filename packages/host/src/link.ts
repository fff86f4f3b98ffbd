import { BpfError, type Link, type LinkInfo, type LoadedProgram } from '@hookline/bpf';
import type { VmProgram } from '@hookline/vm';

/** The place of one program on a hook. */
export interface Slot {
  get(): VmProgram | undefined;
  set(program: VmProgram | undefined): void;
}

/** A program on a hook of the simulated host, with the kernel's answers (`bpf_link`). */
export class SimulatedLink implements Link {
  readonly #slot: Slot;
  readonly #info: Omit<LinkInfo, 'program'>;
  readonly #resolve: (program: LoadedProgram) => VmProgram;
  #attached = true;

  constructor(slot: Slot, info: Omit<LinkInfo, 'program'>, resolve: (program: LoadedProgram) => VmProgram) {
    this.#slot = slot;
    this.#info = info;
    this.#resolve = resolve;
  }

  update(program: LoadedProgram, options: { readonly expected?: LoadedProgram } = {}): void {
    const current = this.#current();
    if (options.expected !== undefined && options.expected !== current) {
      throw new BpfError(
        'EPERM',
        `the program on ${this.#info.device.name} is ${current.spec.name}, not the expected ` +
          `${options.expected.spec.name}: look at info() and decide again.`,
      );
    }
    if (program.spec.type !== current.spec.type) {
      throw new BpfError(
        'EINVAL',
        `${program.spec.name} is a ${program.spec.type} program: this link takes ${current.spec.type} only.`,
      );
    }
    this.#slot.set(this.#resolve(program));
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#slot.set(undefined);
  }

  info(): LinkInfo {
    return { ...this.#info, program: this.#current() };
  }

  [Symbol.dispose](): void {
    this.detach();
  }

  #current(): VmProgram {
    const program = this.#attached ? this.#slot.get() : undefined;
    if (program === undefined) {
      throw new BpfError('ENOLINK', `the link on ${this.#info.device.name} is detached: attach the program again.`);
    }
    return program;
  }
}
