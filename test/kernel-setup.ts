import { env } from 'node:process';
import { probeKernel } from '@hookline/attach';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Empty where the kernel tests can run; otherwise the sentence that says why they skip. */
    kernel: string;
  }
}

/** Asks the kernel once for all kernel tests. With HOOKLINE_REQUIRE_KERNEL set, a kernel that refuses is a failure. */
export function setup(project: TestProject): void {
  const refusal = probeKernel();
  if (refusal !== '') {
    const sentence = `The tests that need the kernel cannot run: ${refusal}`;
    if (env.HOOKLINE_REQUIRE_KERNEL) throw new Error(sentence);
    process.stderr.write(`${sentence}\n`);
  }
  project.provide('kernel', refusal);
}
