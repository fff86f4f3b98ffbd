import { readFileSync } from 'node:fs';

/**
 * How many CPUs a kernel list like `0-3,8` names (Documentation/admin-guide/cputopology.rst). The kernel copies the
 * values of a per-CPU map one after the other without gaps for CPUs that cannot be (kernel/bpf/hashtab.c).
 */
export function cpusInList(list: string): number {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list)) {
    throw new Error(`'${list}' is no list of CPUs as in /sys/devices/system/cpu/possible: mount /sys.`);
  }
  return list.split(',').reduce((count, range) => {
    const [first, last] = range.split('-').map(Number) as [number, number | undefined];
    return count + (last ?? first) - first + 1;
  }, 0);
}

let possible: number | undefined;

/** How many values a per-CPU map has for each key on this machine. */
export function possibleCpus(): number {
  possible ??= cpusInList(readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim());
  return possible;
}
