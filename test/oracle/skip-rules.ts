import type { ProgramType } from '@hookline/bpf';

interface SkipRule {
  readonly type: ProgramType;
  readonly reason: string;
  readonly applies: (frame: Uint8Array) => boolean;
}

function etherType(frame: Uint8Array): number {
  return ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
}

/**
 * Frames that BPF_PROG_TEST_RUN does not take although a device may receive them (net/bpf/test_run.c), or takes in
 * another shape than one linear buffer.
 */
const RULES: readonly SkipRule[] = [
  { type: 'xdp', reason: 'XDP: shorter than 14 bytes', applies: (frame) => frame.length < 14 },
  { type: 'xdp', reason: 'XDP: longer than 3520 bytes becomes fragments', applies: (frame) => frame.length > 3520 },
  { type: 'sched_cls', reason: 'TC: shorter than 14 bytes', applies: (frame) => frame.length < 14 },
  { type: 'sched_cls', reason: 'TC: longer than 3712 bytes', applies: (frame) => frame.length > 3712 },
  {
    type: 'sched_cls',
    reason: 'TC: EtherType IPv4, but shorter than its header',
    applies: (frame) => etherType(frame) === 0x0800 && frame.length < 34,
  },
  {
    type: 'sched_cls',
    reason: 'TC: EtherType IPv6, but shorter than its header',
    applies: (frame) => etherType(frame) === 0x86dd && frame.length < 54,
  },
];

/** Why a frame cannot be compared, undefined where it can. */
export function skipReason(type: ProgramType, frame: Uint8Array): string | undefined {
  return RULES.find((rule) => rule.type === type && rule.applies(frame))?.reason;
}
