import { BpfError } from '../bpf-error.ts';
import { MAP_FLAGS } from '../tables/flags.ts';
import { kernelSizes, MAP_TYPES, type SizeRule } from '../tables/map-types.ts';
import type { MapSpec } from './map-spec.ts';

const PAGE_SIZE = 4096;
const NAME = /^[A-Za-z0-9_.]{1,15}$/;

/** Whether the kernel takes it as the name of a map or a program (`BPF_OBJ_NAME_LEN`, without the final NUL). */
export function isObjectName(name: string): boolean {
  return NAME.test(name);
}

/** Without a type check anything may stand where a layout belongs: the name of one, or a plain object. */
function layoutProblem({ key, value }: MapSpec): string | undefined {
  const sized = (layout: { readonly size?: unknown } | undefined): boolean => typeof layout?.size === 'number';
  if (!sized(key)) return "its key is no layout: give one, like u32, ipv4Address or struct('name', { ... })";
  if (!sized(value)) return "its value is no layout: give one, like u64 or struct('name', { ... })";
  return undefined;
}

function sizeProblem(
  what: string,
  size: number,
  { least, most, multiple = 1 }: SizeRule,
  hint = '',
): string | undefined {
  if (size >= least && size <= most && size % multiple === 0) return undefined;
  const range = least === most ? `${least}` : `${least} to ${most}`;
  return `its ${what} is ${size} bytes: give ${range}${multiple > 1 ? `, a multiple of ${multiple}` : ''}${hint}`;
}

function flagNames(flags: number): string {
  const names = Object.entries(MAP_FLAGS).filter(([, bit]) => flags & bit);
  return names.map(([name]) => `BPF_F_${name}`).join(' | ') || `0x${(flags >>> 0).toString(16)}`;
}

function entriesProblem({ type, maxEntries }: MapSpec): string | undefined {
  const least = type === 'perf_event_array' ? 0 : 1;
  if (!Number.isInteger(maxEntries) || maxEntries < least || maxEntries > 0xffff_ffff) {
    return `maxEntries is ${maxEntries}: give ${least} to 4294967295`;
  }
  if (type !== 'ringbuf') return undefined;
  // A power of two has one bit: n & (n - 1) is 0.
  const powerOfTwo = maxEntries < 2 ** 31 && (maxEntries & (maxEntries - 1)) === 0;
  if (powerOfTwo && maxEntries % PAGE_SIZE === 0) return undefined;
  return `a ring of ${maxEntries} bytes: give a power of two, ${PAGE_SIZE} or more`;
}

function flagsProblem({ type, flags }: MapSpec): string | undefined {
  const rules = MAP_TYPES[type];
  const foreign = flags & ~rules.flags;
  if (foreign) return `it does not take the flags ${flagNames(foreign)}: leave them out`;
  const missing = rules.requiredFlags & ~flags;
  return missing ? `it needs the flags ${flagNames(missing)}: add them` : undefined;
}

function contentsProblem({ key, value, contents = [] }: MapSpec): string | undefined {
  const odd = contents.find(([k, v]) => k.length !== key.size || v.length !== value.size);
  if (!odd) return undefined;
  return `its contents hold a key of ${odd[0].length} and a value of ${odd[1].length} bytes: make them ${key.size} and ${value.size}`;
}

/** What is wrong with a map's definition, if anything: a clause without a full stop. */
function mapProblem(spec: MapSpec): string | undefined {
  if (!isObjectName(spec.name)) return 'a name is 1 to 15 letters, digits, _ or .: choose such a one';
  const unsized = layoutProblem(spec);
  if (unsized) return unsized;
  const rules = MAP_TYPES[spec.type];
  const hint = spec.type === 'lpm_trie' ? ', as ipv4Prefix and ipv6Prefix have' : '';
  const sizes = kernelSizes(spec);
  const outer = rules.holds === 'map';
  if (outer && !spec.inner) return 'it holds maps: give one of them as inner';
  if (!outer && spec.inner) return 'it holds no maps: leave inner out';
  if (spec.sharing !== rules.sharing) return `its sharing is '${spec.sharing}': make it '${rules.sharing}'`;
  return (
    sizeProblem('key', sizes.key, rules.key, hint) ??
    sizeProblem('value', sizes.value, rules.value) ??
    entriesProblem(spec) ??
    flagsProblem(spec) ??
    contentsProblem(spec)
  );
}

/**
 * Checks a map's definition by what every kernel demands; a kernel may still be out of memory for it.
 *
 * @throws BpfError MAP_INVALID
 */
export function checkMap(spec: MapSpec): void {
  const problem = mapProblem(spec);
  if (problem) throw new BpfError('MAP_INVALID', `Map '${spec.name}' (${spec.type}): ${problem}.`, { map: spec.name });
  if (spec.inner) checkMap(spec.inner);
}
