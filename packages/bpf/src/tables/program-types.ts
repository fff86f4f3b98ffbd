import type { ProgramType } from '../object/program-spec.ts';

/** Which accesses the verifier grants: none, the whole field at once, or any aligned part of it too. */
export type Access = 'no' | 'whole' | 'part';

/** A field of a context, as programs see it. */
export interface ContextField {
  /** The kernel's name. */
  readonly name: string;
  /** The name in `ContextFields`. */
  readonly key: string;
  readonly offset: number;
  /** Bytes; an array is one field. */
  readonly size: number;
  readonly read: Access;
  readonly write: Access;
  /** Reading gives an address, not a number. */
  readonly pointer?: 'data' | 'dataEnd' | 'dataMeta' | 'socket';
}

export interface ProgramTypeSpec {
  readonly name: ProgramType;
  /** `enum bpf_prog_type`. */
  readonly number: number;
  /** What to load it with: `enum bpf_attach_type`; 0 where the kernel does not ask. */
  readonly expectedAttachType: number;
  /** The kernel's struct. */
  readonly contextName: string;
  readonly contextSize: number;
  readonly context: readonly ContextField[];
  /** Verdicts by name. The numbers of two program types mean different things. */
  readonly verdicts: Readonly<Record<string, number>>;
}

/** `enum xdp_action` in linux/bpf.h. */
export const XDP_VERDICTS = { ABORTED: 0, DROP: 1, PASS: 2, TX: 3, REDIRECT: 4 } as const;

/** Verdicts of a direct-action classifier: TC_ACT_* in linux/pkt_cls.h. */
export const TC_VERDICTS = {
  UNSPEC: -1,
  OK: 0,
  RECLASSIFY: 1,
  SHOT: 2,
  PIPE: 3,
  STOLEN: 4,
  QUEUED: 5,
  REPEAT: 6,
  REDIRECT: 7,
  TRAP: 8,
} as const;

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

type Options = Partial<Pick<ContextField, 'size' | 'read' | 'write' | 'pointer'>>;

function field(name: string, offset: number, options: Options = {}): ContextField {
  return { name, key: camelCase(name), offset, size: 4, read: 'part', write: 'no', ...options };
}

const WHOLE = { read: 'whole' } as const;
const HIDDEN = { read: 'no' } as const;
const WRITABLE = { write: 'whole' } as const;

/** `struct xdp_md` (linux/bpf.h), accesses as net/core/filter.c `__is_valid_xdp_access` grants them. */
const XDP_MD: readonly ContextField[] = [
  field('data', 0, { ...WHOLE, pointer: 'data' }),
  field('data_end', 4, { ...WHOLE, pointer: 'dataEnd' }),
  field('data_meta', 8, { ...WHOLE, pointer: 'dataMeta' }),
  field('ingress_ifindex', 12, WHOLE),
  field('rx_queue_index', 16, WHOLE),
  // Only a program in a device map may read it.
  field('egress_ifindex', 20, HIDDEN),
];

/** `struct __sk_buff` (linux/bpf.h), accesses as net/core/filter.c `tc_cls_act_is_valid_access` grants them. */
const SK_BUFF: readonly ContextField[] = [
  field('len', 0),
  field('pkt_type', 4),
  field('mark', 8, WRITABLE),
  field('queue_mapping', 12, WRITABLE),
  field('protocol', 16),
  field('vlan_present', 20),
  field('vlan_tci', 24),
  field('vlan_proto', 28),
  field('priority', 32, WRITABLE),
  field('ingress_ifindex', 36),
  field('ifindex', 40),
  field('tc_index', 44, WRITABLE),
  field('cb', 48, { size: 20, write: 'part' }),
  field('hash', 68),
  field('tc_classid', 72, WRITABLE),
  field('data', 76, { ...WHOLE, pointer: 'data' }),
  field('data_end', 80, { ...WHOLE, pointer: 'dataEnd' }),
  field('napi_id', 84),
  field('family', 88, HIDDEN),
  field('remote_ip4', 92, HIDDEN),
  field('local_ip4', 96, HIDDEN),
  field('remote_ip6', 100, { ...HIDDEN, size: 16 }),
  field('local_ip6', 116, { ...HIDDEN, size: 16 }),
  field('remote_port', 132, HIDDEN),
  field('local_port', 136, HIDDEN),
  field('data_meta', 140, { ...WHOLE, pointer: 'dataMeta' }),
  field('flow_keys', 144, { ...HIDDEN, size: 8 }),
  field('tstamp', 152, { ...WHOLE, ...WRITABLE, size: 8 }),
  field('wire_len', 160),
  field('gso_segs', 164),
  field('sk', 168, { ...WHOLE, size: 8, pointer: 'socket' }),
  field('gso_size', 176),
  field('tstamp_type', 180, { ...WHOLE, size: 1 }),
  field('hwtstamp', 184, { ...WHOLE, size: 8 }),
];

export const PROGRAM_TYPES: Readonly<Record<ProgramType, ProgramTypeSpec>> = {
  xdp: {
    name: 'xdp',
    number: 6,
    // BPF_XDP: without it a link can later not be updated with the program.
    expectedAttachType: 37,
    contextName: 'xdp_md',
    contextSize: 24,
    context: XDP_MD,
    verdicts: XDP_VERDICTS,
  },
  sched_cls: {
    name: 'sched_cls',
    number: 3,
    expectedAttachType: 0,
    contextName: '__sk_buff',
    contextSize: 192,
    context: SK_BUFF,
    verdicts: TC_VERDICTS,
  },
};

/**
 * The field that an access to a context touches, if the verifier grants the access: aligned to its size, inside one
 * field, and whole where the field cannot be taken apart.
 *
 * @param offset from the start of the context, in bytes
 */
export function contextFieldAt(
  { context }: ProgramTypeSpec,
  offset: number,
  size: number,
  direction: 'read' | 'write',
): ContextField | undefined {
  if (offset % size !== 0) return undefined;
  const found = context.find((own) => offset >= own.offset && offset + size <= own.offset + own.size);
  if (!found || found[direction] === 'no') return undefined;
  const whole = offset === found.offset && size === found.size;
  return whole || found[direction] === 'part' ? found : undefined;
}
