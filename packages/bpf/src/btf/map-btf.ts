import type { MapSpec, MapType } from '../object/map-spec.ts';
import { BtfWriter } from './btf-writer.ts';
import { writeLayout } from './layout-type.ts';

export interface MapBtf {
  /** For BPF_BTF_LOAD. */
  readonly btf: Uint8Array;
  /** For BPF_MAP_CREATE. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
}

/** The types that take a description of their keys and values; for all others the kernel answers EINVAL or ENOTSUPP. */
const DESCRIBED: ReadonlySet<MapType> = new Set<MapType>([
  'hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
]);

/**
 * Describes a map's keys and values, so that bpftool shows them by name. `undefined` where the kernel takes no
 * description of such a map: of most types without plain data, and of a trie whose key is no struct.
 */
export function mapBtf(spec: MapSpec): MapBtf | undefined {
  if (!DESCRIBED.has(spec.type)) return undefined;
  if (spec.type === 'lpm_trie' && spec.key.kind !== 'struct' && spec.key.kind !== 'text') return undefined;
  if ((spec.type === 'array' || spec.type === 'percpu_array') && spec.key.kind !== 'scalar') return undefined;
  const writer = new BtfWriter();
  const keyTypeId = writeLayout(writer, spec.key);
  const valueTypeId = writeLayout(writer, spec.value);
  return { btf: writer.finish(), keyTypeId, valueTypeId };
}
