import {
  BpfError,
  type LoadedProgram,
  type ProgramSpec,
  type ProgramType,
  type TestRunOptions,
  type TestRunResult,
} from '@hookline/bpf';
import type { FileDescriptor } from '../syscall/file-descriptor.ts';
import { testRun } from './test-run.ts';

/** A program in the kernel. */
export class KernelProgram<T extends ProgramType = ProgramType> implements LoadedProgram<T>, Disposable {
  readonly spec: ProgramSpec<T>;
  readonly #fd: FileDescriptor;

  constructor(spec: ProgramSpec<T>, fd: FileDescriptor) {
    this.spec = spec;
    this.#fd = fd;
  }

  /** The file descriptor; this program goes on owning it. */
  get fd(): number {
    return this.#fd.number;
  }

  testRun(frame: Uint8Array, options: TestRunOptions = {}): TestRunResult {
    return testRun(this.spec, this.fd, frame, options);
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}

/** @throws BpfError EINVAL for a program of another host */
export function kernelProgram(program: LoadedProgram): KernelProgram {
  if (program instanceof KernelProgram) return program;
  throw new BpfError(
    'EINVAL',
    `Program '${program.spec.name}' was not loaded by this host: load its object with this host's load().`,
    { program: program.spec.name },
  );
}
