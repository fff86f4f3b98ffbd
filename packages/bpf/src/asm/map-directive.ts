import * as layouts from '@hookline/layout';
import { type AnyLayout, bytes, type Layout, u8, u16, u32, u64 } from '@hookline/layout';
import { BpfError } from '../bpf-error.ts';
import { checkMap } from '../object/check-map.ts';
import type { MapSpec, MapType } from '../object/map-spec.ts';
import { MAP_FLAGS } from '../tables/flags.ts';
import { MAP_TYPES } from '../tables/map-types.ts';
import type { Cursor } from './cursor.ts';

/** Layouts that a directive names. */
const NAMED: Readonly<Record<string, Layout>> = {
  u8,
  u16,
  u32,
  u64,
  i8: layouts.i8,
  i16: layouts.i16,
  i32: layouts.i32,
  i64: layouts.i64,
  be16: layouts.be16,
  be32: layouts.be32,
  be64: layouts.be64,
  mac: layouts.mac,
  ipv4Address: layouts.ipv4Address,
  ipv6Address: layouts.ipv6Address,
  ipv4Prefix: layouts.ipv4Prefix,
  ipv6Prefix: layouts.ipv6Prefix,
};

/** What a size alone stands for: a number where there is one, otherwise bytes. */
const BY_SIZE: ReadonlyMap<number, Layout> = new Map([u8, u16, u32, u64].map((layout) => [layout.size, layout]));

function layoutOfSize(size: number): Layout {
  return BY_SIZE.get(size) ?? bytes(size);
}

function parseLayout(cursor: Cursor): Layout {
  const name = cursor.peek() ?? '';
  if (!Object.hasOwn(NAMED, name)) return layoutOfSize(cursor.number('size', 0, 0x7fff_ffff));
  cursor.take('a layout');
  return NAMED[name] ?? u32;
}

function parseFlags(cursor: Cursor): number {
  const name = (cursor.peek() ?? '').replace(/^BPF_F_/, '') as keyof typeof MAP_FLAGS;
  if (!Object.hasOwn(MAP_FLAGS, name)) return cursor.number('flags', 0, 0xffff_ffff);
  cursor.take('flags');
  return MAP_FLAGS[name];
}

interface Settings {
  key?: Layout;
  value?: Layout;
  maxEntries?: number;
  flags: number;
  frozen?: boolean;
}

const SETTINGS: Readonly<Record<string, (cursor: Cursor, settings: Settings) => void>> = {
  key(cursor, settings) {
    settings.key = parseLayout(cursor);
  },
  value(cursor, settings) {
    settings.value = parseLayout(cursor);
  },
  entries(cursor, settings) {
    settings.maxEntries = cursor.number('entries', 0, 0xffff_ffff);
  },
  flags(cursor, settings) {
    settings.flags |= parseFlags(cursor);
  },
  frozen(_cursor, settings) {
    settings.frozen = true;
  },
};

/**
 * `.map flows hash key 4 value 8 entries 16 flags NO_PREALLOC frozen`, after the first word. Keys and values are sizes
 * in bytes or layouts by name; what is left out is what the type demands.
 */
export function parseMapDirective(cursor: Cursor): MapSpec {
  const { column } = cursor;
  const name = cursor.take('a name');
  const typeColumn = cursor.column;
  const type = cursor.take('a map type');
  if (!Object.hasOwn(MAP_TYPES, type)) {
    return cursor.refuse(`'${type}' is no map type: use ${Object.keys(MAP_TYPES).join(', ')}.`, typeColumn);
  }
  const rules = MAP_TYPES[type as MapType];
  if (rules.holds === 'map') return cursor.refuse('maps of maps cannot be written here: build the object.', typeColumn);
  const settings: Settings = { flags: rules.requiredFlags };
  while (!cursor.done) {
    const at = cursor.column;
    const word = cursor.take('a setting');
    const set = Object.hasOwn(SETTINGS, word) ? SETTINGS[word] : undefined;
    if (!set) return cursor.refuse(`'${word}' is no setting: use ${Object.keys(SETTINGS).join(', ')}.`, at);
    set(cursor, settings);
  }
  const spec: MapSpec = {
    kind: 'map',
    name,
    type: rules.name,
    key: settings.key ?? layoutOfSize(rules.key.least),
    value: settings.value ?? layoutOfSize(rules.value.least),
    sharing: rules.sharing,
    maxEntries: settings.maxEntries ?? 0,
    flags: settings.flags,
    ...(settings.frozen && { frozen: true }),
  };
  try {
    checkMap(spec);
  } catch (error) {
    if (error instanceof BpfError) cursor.refuse(error.message, column);
    throw error;
  }
  return spec;
}

function layoutText(layout: AnyLayout): string {
  const named = Object.entries(NAMED).find(([, known]) => JSON.stringify(known) === JSON.stringify(layout));
  return named?.[0] ?? String(layout.size);
}

/** The directive that describes a map. What has no words there (structs, contents) is lost: it becomes bytes. */
export function mapDirective(spec: MapSpec): string {
  const flags = Object.entries(MAP_FLAGS).flatMap(([name, bit]) => (spec.flags & bit ? [`flags ${name}`] : []));
  const words = ['.map', spec.name, spec.type, 'key', layoutText(spec.key), 'value', layoutText(spec.value)];
  return [...words, 'entries', spec.maxEntries, ...flags, ...(spec.frozen ? ['frozen'] : [])].join(' ');
}
