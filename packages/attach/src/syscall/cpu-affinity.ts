import { BpfError, errnoName } from '@hookline/bpf';
import { native } from './native.ts';

/** Room for 8192 CPUs, the most that Linux can be built for. */
const MASK_BYTES = 1024;
const THIS_THREAD = 0;

function check(result: number, what: string): void {
  if (result >= 0) return;
  const code = errnoName(native().errno());
  throw new BpfError(code, `${what} (${code}): name a CPU that this process may run on (taskset -p ${process.pid}).`);
}

/**
 * Keeps the calling thread, and with it test runs, on one CPU until the result is disposed of: what a program does
 * to per-CPU values and LRU lists is then the same in every run (a test run of XDP cannot name its CPU).
 *
 * @throws BpfError EINVAL for a CPU that this process may not use
 */
export function pinToCpu(cpu: number): Disposable {
  const kernel = native();
  const before = new Uint8Array(MASK_BYTES);
  check(kernel.schedGetAffinity(THIS_THREAD, MASK_BYTES, before), 'The CPUs of this thread cannot be read');
  const mask = new Uint8Array(MASK_BYTES);
  mask[cpu >> 3] = 1 << (cpu & 7);
  check(kernel.schedSetAffinity(THIS_THREAD, MASK_BYTES, mask), `This thread cannot move to CPU ${cpu}`);
  return {
    [Symbol.dispose]: () => check(kernel.schedSetAffinity(THIS_THREAD, MASK_BYTES, before), 'The CPUs cannot be reset'),
  };
}
