import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Empty where the kernel tests can run; otherwise the sentence that says why they skip. */
    kernel: string;
  }
}

export default function setup(project: TestProject): void {
  project.provide('kernel', 'the probe of the kernel is not there yet');
}
