import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import { BpfError } from '@hookline/bpf';

type Koffi = typeof import('koffi');

/** System call numbers by Node's name of the architecture (asm/unistd.h; the generic table serves all newer ones). */
interface SystemCalls {
  readonly bpf: number;
  readonly perfEventOpen: number;
}
const GENERIC: SystemCalls = { bpf: 280, perfEventOpen: 241 };
const SYSTEM_CALLS: Readonly<Record<string, SystemCalls>> = {
  x64: { bpf: 321, perfEventOpen: 298 },
  arm64: GENERIC,
  riscv64: GENERIC,
  loong64: GENERIC,
};

/** The C functions that this package calls, of the libc that Node itself runs on. */
export interface Native {
  readonly numbers: SystemCalls;
  /** errno of the last call that failed; to be asked before anything else is called. */
  errno(): number;
  /** Where the bytes are; valid while the view is referenced. */
  address(view: Uint8Array): bigint;
  bpf(number: number, command: number, attributes: Uint8Array, size: number): number;
  perfEventOpen(
    number: number,
    attributes: Uint8Array,
    pid: number,
    cpu: number,
    group: number,
    flags: number | bigint,
  ): number;
  ioctl(fd: number, request: number, argument: number): number;
  /** Returns an address, or all ones (MAP_FAILED). */
  mmap(address: bigint, length: number, protection: number, flags: number, fd: number, offset: number): number | bigint;
  munmap(address: bigint, length: number): number;
  /** Bytes of a memory page. */
  pageSize(): number;
  schedGetAffinity(pid: number, size: number, mask: Uint8Array): number;
  schedSetAffinity(pid: number, size: number, mask: Uint8Array): number;
  /** The memory at an address that `mmap` gave, without copying. */
  memory(address: bigint, length: number): ArrayBuffer;
}

let loaded: Native | undefined;

/** Why there is no bpf(2) to call on this machine, or '' where there is. */
export function whyNoSystemCall(): string {
  if (platform !== 'linux') {
    return `programs attach to Linux only, and this is ${platform}: replay captures here, attach on a Linux machine.`;
  }
  if (SYSTEM_CALLS[arch] === undefined) {
    const known = Object.keys(SYSTEM_CALLS).join(', ');
    return `the number of bpf(2) is not known on ${arch}: use a machine that is one of ${known}.`;
  }
  return '';
}

/**
 * Loads the native binding at its first use, so that the package can be imported where there is no kernel to talk to.
 *
 * @throws BpfError ENOSYS where there is no bpf(2)
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const numbers = SYSTEM_CALLS[arch];
  const problem = whyNoSystemCall();
  if (problem !== '' || numbers === undefined) throw new BpfError('ENOSYS', problem);
  let koffi: Koffi;
  try {
    // A synchronous import: the contracts are synchronous, and `import()` is not.
    koffi = createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new BpfError(
      'ENOSYS',
      'koffi, through which bpf(2) is called, has no binary for this machine: install its optional dependency.',
      {},
      { cause },
    );
  }
  // The process itself has the symbols of whichever libc Node was linked with.
  const libc = koffi.load(null);
  const pointerNumber = 'uintptr_t';
  return {
    numbers,
    errno: () => koffi.errno(),
    address: (view) => koffi.address(view),
    bpf: libc.func('syscall', 'long', ['long', 'int', 'void *', 'uint']),
    perfEventOpen: libc.func('syscall', 'long', ['long', 'void *', 'int', 'int', 'int', 'ulong']),
    ioctl: libc.func('ioctl', 'int', ['int', 'ulong', 'ulong']),
    mmap: libc.func('mmap', pointerNumber, [pointerNumber, 'size_t', 'int', 'int', 'int', 'long']),
    munmap: libc.func('munmap', 'int', [pointerNumber, 'size_t']),
    pageSize: libc.func('getpagesize', 'int', []),
    schedGetAffinity: libc.func('sched_getaffinity', 'int', ['int', 'size_t', 'void *']),
    schedSetAffinity: libc.func('sched_setaffinity', 'int', ['int', 'size_t', 'void *']),
    memory: (address, length) => koffi.view(address, length),
  };
}
