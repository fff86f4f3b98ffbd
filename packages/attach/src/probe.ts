import { asm, BpfError, DEFAULT_LICENSE, encode, type ProgramSpec } from '@hookline/bpf';
import { loadProgram } from './programs/load-program.ts';
import { testRun } from './programs/test-run.ts';
import { missingCapabilities, permissionRemedy } from './syscall/capabilities.ts';
import { whyNoSystemCall } from './syscall/native.ts';

const XDP_PASS = 2;

const PROBE: ProgramSpec<'xdp'> = {
  kind: 'program',
  name: 'probe',
  type: 'xdp',
  license: DEFAULT_LICENSE,
  instructions: [asm.mov(0, { immediate: XDP_PASS }), asm.exit()],
  functions: [{ name: 'probe', slot: 0, parameters: 1 }],
};

/**
 * Asks the kernel by loading and running the smallest program.
 *
 * @returns '' where programs can be loaded and run, otherwise one sentence: why not, and what would help
 */
export function probeKernel(): string {
  const problem = whyNoSystemCall();
  if (problem !== '') return problem;
  try {
    const fd = loadProgram({ spec: PROBE, code: encode(PROBE.instructions) });
    try {
      testRun(PROBE, fd.number, new Uint8Array(14), {});
    } finally {
      fd[Symbol.dispose]();
    }
  } catch (error) {
    if (error instanceof BpfError) return error.message;
    throw error;
  }
  // The smallest program loads with less than a real one needs.
  const missing = missingCapabilities();
  return missing.length === 0 ? '' : `Not every program would load: ${permissionRemedy(missing)}`;
}
