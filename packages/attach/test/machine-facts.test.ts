import { expect, test } from 'vitest';
import { lacking, permissionRemedy } from '../src/syscall/capabilities.ts';
import { cpusInList } from '../src/syscall/possible-cpus.ts';

test.each([
  ['0', 1],
  ['0-3', 4],
  ['0-1,4', 3],
  ['0,2-5,8-9', 7],
])('the CPU list %s has %i CPUs', (list, count) => {
  expect(cpusInList(list)).toBe(count);
});

test.each(['', 'a', '0-', '1 2'])('%j is no CPU list', (list) => {
  expect(() => cpusInList(list)).toThrow(/mount \/sys/);
});

// Bits of linux/capability.h: NET_ADMIN 12, SYS_ADMIN 21, PERFMON 38, BPF 39.
test.each([
  ['0000000000000000', ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON']],
  ['000001ffffffffff', []],
  ['0000000000200000', ['CAP_NET_ADMIN']],
  ['000000c000000000', ['CAP_NET_ADMIN']],
  ['0000008000001000', ['CAP_PERFMON']],
])('the capability set %s lacks %j', (set, missing) => {
  expect(lacking(set)).toEqual(missing);
});

test('the remedy for EPERM names what is missing and the command that grants it', () => {
  expect(permissionRemedy(['CAP_BPF'])).toMatch(
    /lacks CAP_BPF: .*sudo setcap cap_bpf,cap_net_admin,cap_perfmon\+ep \//,
  );
  expect(permissionRemedy([])).toMatch(/lockdown/);
});
