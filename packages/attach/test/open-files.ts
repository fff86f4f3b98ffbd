import { readdirSync, readlinkSync } from 'node:fs';

/** The BPF and perf descriptors that this process has open: what a test may not leave behind. */
export function openKernelFiles(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // The descriptor of the directory listing itself is gone by now.
        return '';
      }
    })
    .filter((target) => /bpf|btf|perf/.test(target))
    .toSorted();
}
