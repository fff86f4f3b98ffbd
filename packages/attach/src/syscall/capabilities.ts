import { readFileSync } from 'node:fs';
import { execPath } from 'node:process';

/** Bits of the capability sets (linux/capability.h) that programs and maps need. */
const NEEDED = { CAP_BPF: 39, CAP_NET_ADMIN: 12, CAP_PERFMON: 38 } as const;
const CAP_SYS_ADMIN = 21;

function has(set: bigint, bit: number): boolean {
  return ((set >> BigInt(bit)) & 1n) === 1n;
}

/**
 * Which of the capabilities that loading needs a set lacks. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON.
 *
 * @param effective the hexadecimal set, as `CapEff` in /proc/self/status (proc(5))
 */
export function lacking(effective: string): string[] {
  const set = BigInt(`0x${effective}`);
  const stands = has(set, CAP_SYS_ADMIN) ? ['CAP_BPF', 'CAP_PERFMON'] : [];
  return Object.entries(NEEDED)
    .filter(([name, bit]) => !has(set, bit) && !stands.includes(name))
    .map(([name]) => name);
}

/** What this process lacks. */
export function missingCapabilities(): string[] {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return effective === undefined ? [] : lacking(effective);
}

/** The sentence that ends an EPERM: what is missing and the command that grants it. */
export function permissionRemedy(missing: readonly string[] = missingCapabilities()): string {
  if (missing.length === 0) {
    return (
      'this process has every capability that is needed, so something else refuses: look at ' +
      '/sys/kernel/security/lockdown, and whether it runs in a container or user namespace without bpf(2).'
    );
  }
  return (
    `this process lacks ${missing.join(', ')}: run it as root, or grant them with ` +
    `'sudo setcap cap_bpf,cap_net_admin,cap_perfmon+ep ${execPath}'.`
  );
}
