import { BpfError } from '@hookline/bpf';
import type { LinearMemory } from '@hookline/machine';

/** The buffer of a test run: 4096 bytes, of which the last 320 are skb_shared_info (net/bpf/test_run.c). */
export const BUFFER_SIZE = 4096;
export const TAILROOM = 320;

const buffers = new WeakMap<LinearMemory, number>();

/** The address of the buffer, one for each memory, reserved when it is first needed and cleared. */
export function testBuffer(memory: LinearMemory): number {
  let address = buffers.get(memory);
  if (address === undefined) {
    address = memory.reserve(BUFFER_SIZE, 'the frame of test runs', BUFFER_SIZE);
    buffers.set(memory, address);
  }
  memory.bytes.fill(0, address, address + BUFFER_SIZE);
  return address;
}

/** What the kernel refuses to run a program on. */
export function refuseRun(program: string, problem: string): BpfError {
  return new BpfError('EINVAL', `Test run of program ${program}: ${problem}`, { program });
}
