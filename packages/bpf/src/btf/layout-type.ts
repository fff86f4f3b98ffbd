import { type AnyLayout, type Bits, bytes, type Struct, type Text, u8, u32 } from '@hookline/layout';
import type { BtfMember, BtfWriter } from './btf-writer.ts';

/** Writes the type that a layout is in memory, and gives its id. */
export function writeLayout(writer: BtfWriter, layout: AnyLayout): number {
  switch (layout.kind) {
    case 'scalar': {
      const name = layout.order === 'network' ? layout.width.replace('u', 'be') : layout.width;
      return writer.int(name, layout.size, layout.width.startsWith('i'));
    }
    case 'bits':
      return writeLayout(writer, layout.unit);
    case 'text':
      return writeText(writer, layout);
    case 'bytes':
      return writeArray(writer, u8, layout.size);
    case 'array':
      return writeArray(writer, layout.element, layout.length);
    case 'struct':
      return writeStruct(writer, layout);
  }
}

function writeArray(writer: BtfWriter, element: AnyLayout, length: number): number {
  return writer.array(writeLayout(writer, element), writeLayout(writer, u32), length);
}

/** Addresses are bytes; prefixes are `struct bpf_lpm_trie_key`, which the kernel demands of a trie's keys. */
function writeText(writer: BtfWriter, layout: Text): number {
  if (layout.name !== 'ipv4Prefix' && layout.name !== 'ipv6Prefix') return writeLayout(writer, bytes(layout.size));
  const address = writeLayout(writer, bytes(layout.size - u32.size));
  return writer.struct(layout.name, layout.size, [
    { name: 'length', type: writeLayout(writer, u32), offset: 0, bits: 0 },
    { name: 'address', type: address, offset: u32.size * 8, bits: 0 },
  ]);
}

/**
 * Bit fields count from the least significant bit, as C does on little-endian machines. Where they are parts of a
 * big-endian unit of several bytes, C has no words for them: the unit is one member, with all their names.
 */
function writeStruct(writer: BtfWriter, layout: Struct): number {
  const members: BtfMember[] = [];
  for (const [name, field] of Object.entries(layout.fields)) {
    const start = (layout.offsets[name] ?? 0) * 8;
    const last = members.at(-1);
    if (field.kind === 'bits' && isBitField(field)) {
      const type = writeLayout(writer, field.unit);
      // A field that fills its unit is no bit field.
      const width = field.width === field.size * 8 ? 0 : field.width;
      members.push({ name, type, offset: start + field.shift, bits: width });
    } else if (field.kind === 'bits' && !field.leading && last) {
      members[members.length - 1] = { ...last, name: `${last.name}_${name}` };
    } else members.push({ name, type: writeLayout(writer, field), offset: start, bits: 0 });
  }
  members.sort((a, b) => a.offset - b.offset);
  return writer.struct(layout.name, layout.size, members);
}

function isBitField(field: Bits): boolean {
  return field.unit.order === 'host' || field.unit.size === 1;
}
