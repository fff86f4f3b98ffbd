import { type Device, ERRNO, type Link, type LinkInfo, type LoadedProgram } from '@hookline/bpf';
import { type KernelProgram, kernelProgram } from '../programs/kernel-program.ts';
import { attributes, LINK_CREATE, LINK_DETACH, LINK_UPDATE } from '../syscall/attributes.ts';
import { bpf, COMMAND } from '../syscall/bpf-syscall.ts';
import { FileDescriptor } from '../syscall/file-descriptor.ts';
import { kernelError, type Remedies } from '../syscall/kernel-error.ts';

/** BPF_F_REPLACE. */
const REPLACE = 4;

/** Where a link goes, and what the errors of that hook mean. */
export interface Hook {
  readonly attachType: number;
  readonly flags: number;
  readonly device: Device;
  /** "XDP on eth0 (native)". */
  readonly name: string;
  readonly remedies: Remedies;
  /** What `info()` says besides device and program. */
  readonly info: Omit<LinkInfo, 'device' | 'program'>;
}

/**
 * An unpinned bpf_link (Documentation/bpf/libbpf/program_types.rst, kernel/bpf/syscall.c): the kernel takes the program
 * off the hook when the link's last file descriptor is closed, so also when this process dies.
 */
export class KernelLink implements Link {
  readonly #fd: FileDescriptor;
  readonly #hook: Hook;
  readonly #owner: Set<Disposable>;
  #program: KernelProgram;

  /**
   * @param owner what the link leaves when it is detached
   * @throws BpfError with the kernel's errno and the hook's remedy
   */
  constructor(program: LoadedProgram, hook: Hook, owner: Set<Disposable>) {
    this.#owner = owner;
    this.#hook = hook;
    this.#program = kernelProgram(program);
    const result = bpf(
      COMMAND.linkCreate,
      attributes(LINK_CREATE, {
        progFd: this.#program.fd,
        targetIfindex: hook.device.ifindex,
        attachType: hook.attachType,
        flags: hook.flags,
      }),
    );
    if (result < 0) {
      const what = `The kernel does not attach program '${program.spec.name}' to ${hook.name}`;
      throw kernelError(-result, what, { program: program.spec.name }, hook.remedies);
    }
    this.#fd = new FileDescriptor(result, `the link of ${hook.name}`);
  }

  update(program: LoadedProgram, options: { readonly expected?: LoadedProgram } = {}): void {
    const next = kernelProgram(program);
    const expected = options.expected === undefined ? undefined : kernelProgram(options.expected);
    const result = bpf(
      COMMAND.linkUpdate,
      attributes(LINK_UPDATE, {
        linkFd: this.#fd.number,
        newProgFd: next.fd,
        ...(expected === undefined ? {} : { flags: REPLACE, oldProgFd: expected.fd }),
      }),
    );
    if (result < 0) {
      const remedies: Remedies = {
        EPERM: 'another program than the expected one is active: ask info() which, and decide again.',
        ENOLINK: 'the link was detached: attach the program anew.',
        EINVAL: 'the program is of another type, or was loaded for another hook: load it for this one.',
      };
      throw kernelError(
        -result,
        `The kernel does not put program '${program.spec.name}' on ${this.#hook.name}`,
        { program: program.spec.name },
        expected === undefined && result === -ERRNO.EPERM ? {} : remedies,
      );
    }
    this.#program = next;
  }

  detach(): void {
    if (this.#fd.closed) return;
    // Closing alone would do, but the kernel then takes its time: the hook would still be busy for a while.
    bpf(COMMAND.linkDetach, attributes(LINK_DETACH, { linkFd: this.#fd.number }));
    this.#fd[Symbol.dispose]();
    this.#owner.delete(this);
  }

  info(): LinkInfo {
    return { ...this.#hook.info, device: this.#hook.device, program: this.#program };
  }

  [Symbol.dispose](): void {
    this.detach();
  }
}
