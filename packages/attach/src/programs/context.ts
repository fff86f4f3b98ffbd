import { BpfError, type ContextFields, PROGRAM_TYPES, type ProgramType } from '@hookline/bpf';

interface TestRunField {
  readonly offset: number;
  readonly size: number;
}

/** The fields of `cb`, which `ContextFields` names one by one. */
const CONTROL_BLOCK = ['cb0', 'cb1', 'cb2', 'cb3', 'cb4'];

/**
 * The fields that a test run reads from the given context and writes back (`bpf_prog_test_run_xdp` and
 * `convert___skb_to_skb` in net/bpf/test_run.c); all others must be zero.
 */
const FIELDS: Readonly<Record<ProgramType, ReadonlySet<string>>> = {
  xdp: new Set(['data', 'dataEnd', 'dataMeta', 'ingressIfindex', 'rxQueueIndex', 'egressIfindex']),
  sched_cls: new Set([
    'mark',
    'priority',
    'ingressIfindex',
    'ifindex',
    'cb',
    'tstamp',
    'wireLen',
    'gsoSegs',
    'gsoSize',
    'hwtstamp',
  ]),
};

function fieldsOf(type: ProgramType): ReadonlyMap<string, TestRunField> {
  const taken = PROGRAM_TYPES[type].context.filter(({ key }) => FIELDS[type].has(key));
  return new Map(
    taken.flatMap(({ key, offset, size }) =>
      key === 'cb'
        ? CONTROL_BLOCK.map((name, i) => [name, { offset: offset + 4 * i, size: 4 }] as const)
        : [[key, { offset, size }] as const],
    ),
  );
}

const CONTEXTS: Readonly<Record<ProgramType, ReadonlyMap<string, TestRunField>>> = {
  xdp: fieldsOf('xdp'),
  sched_cls: fieldsOf('sched_cls'),
};

/** @throws BpfError EINVAL for a field that a test run does not take */
export function encodeContext(type: ProgramType, values: ContextFields): Uint8Array {
  const bytes = new Uint8Array(PROGRAM_TYPES[type].contextSize);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(values)) {
    const field = CONTEXTS[type].get(name);
    if (field === undefined) {
      const known = [...CONTEXTS[type].keys()].join(', ');
      throw new BpfError('EINVAL', `A test run of ${type} has no context field '${name}': it takes ${known}.`);
    }
    if (field.size === 8) view.setBigUint64(field.offset, BigInt(value), true);
    else view.setUint32(field.offset, value, true);
  }
  return bytes;
}

export function decodeContext(type: ProgramType, bytes: Uint8Array): Record<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const context: Record<string, number> = {};
  for (const [name, { offset, size }] of CONTEXTS[type]) {
    context[name] = size === 8 ? Number(view.getBigUint64(offset, true)) : view.getUint32(offset, true);
  }
  return context;
}
