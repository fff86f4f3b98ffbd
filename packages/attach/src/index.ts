export { KernelHost } from './kernel-host.ts';
export { probeKernel } from './probe.ts';
export { VerifierError } from './programs/load-error.ts';
export { pinToCpu } from './syscall/cpu-affinity.ts';
export { possibleCpus } from './syscall/possible-cpus.ts';
