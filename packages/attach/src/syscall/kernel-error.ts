import { BpfError, type BpfPlace, errnoName } from '@hookline/bpf';
import { permissionRemedy } from './capabilities.ts';

/** What to do about an errno, by its name; sentences that begin in lower case and end in a full stop. */
export type Remedies = Readonly<Record<string, string | (() => string)>>;

const GENERAL: Remedies = {
  EPERM: permissionRemedy,
  EACCES: permissionRemedy,
  ENOMEM: 'the kernel has no memory for it: ask for fewer or smaller entries, or raise the memory limit of the cgroup.',
  ENOSYS: 'this kernel was built without CONFIG_BPF_SYSCALL: use one that has it.',
  EMFILE: 'too many open files: raise `ulimit -n`, or dispose of what is no longer needed.',
};

/**
 * The error for a refused system call.
 *
 * @param number errno, positive
 * @param what what was refused, as the beginning of a sentence: "The kernel cannot make map 'denied'"
 * @param remedies what the errno means here, before what it means in general
 */
export function kernelError(number: number, what: string, place: BpfPlace = {}, remedies: Remedies = {}): BpfError {
  const code = errnoName(number);
  const remedy = remedies[code] ?? GENERAL[code];
  const sentence =
    (typeof remedy === 'function' ? remedy() : remedy) ??
    'compare the call with what the running kernel supports (uname -r).';
  return new BpfError(code, `${what} (${code}): ${sentence}`, place);
}
