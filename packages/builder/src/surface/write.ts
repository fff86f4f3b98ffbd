import type { AnyLayout, Bits, Layout, Struct } from '@hookline/layout';
import { constant, type Source } from '../ir/operation.ts';
import type { BuildContext } from './context.ts';
import { type AnyOperand, INTEGER_TYPES, read } from './integer.ts';
import { at, loadScalar, type Memory, newArea, storeBytes, storeScalar, zeroArea } from './memory.ts';
import { writeRawBytes, writeText } from './text.ts';

/** Replaces some bits of a number in memory; a packet value is cut to them. */
export function writeBits(context: BuildContext, memory: Memory, layout: Bits, value: AnyOperand): void {
  const mask = (1n << BigInt(layout.width)) - 1n;
  if ((typeof value === 'number' || typeof value === 'bigint') && (BigInt(value) < 0n || BigInt(value) > mask)) {
    context.fail('BUILD_VALUE', `${value} does not fit ${layout.width} bits: give 0 to ${mask}.`);
  }
  const source = read(context, value, INTEGER_TYPES[layout.unit.width]);
  const bits = layout.unit.size === 8 ? 64 : 32;
  const field: Source =
    source.kind === 'constant'
      ? constant(source.value << BigInt(layout.shift))
      : source.kind === 'register'
        ? context.compute('lsh', bits, context.compute('and', bits, source, mask), layout.shift)
        : source;
  const before = loadScalar(context, memory, layout.unit);
  const unit = (1n << BigInt(layout.unit.size * 8)) - 1n;
  const cleared = context.compute('and', bits, before, unit & ~(mask << BigInt(layout.shift)));
  storeScalar(context, memory, layout.unit, context.compute('or', bits, cleared, field));
}

/** Whether every byte of the layout belongs to a field that is written whole. */
function isDense(layout: AnyLayout): boolean {
  if (layout.kind === 'array') return layout.stride === layout.element.size && isDense(layout.element);
  if (layout.kind !== 'struct') return layout.kind !== 'bits';
  const fields = Object.values(layout.fields);
  const sum = fields.reduce((total, field) => total + field.size, 0);
  return sum === layout.size && fields.every(isDense);
}

function writeStruct(context: BuildContext, memory: Memory, layout: Struct, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    context.fail(
      'BUILD_VALUE',
      `Give an object with the fields of ${layout.name}: ${Object.keys(layout.fields).join(', ')}.`,
    );
  }
  const given = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(layout.fields, key)) {
      context.fail(
        'BUILD_VALUE',
        `${layout.name} has no field '${key}': it has ${Object.keys(layout.fields).join(', ')}.`,
      );
    }
  }
  for (const [key, field] of Object.entries(layout.fields)) {
    if (!(key in given)) context.fail('BUILD_VALUE', `${layout.name}.${key} is missing: a value names every field.`);
    context.within(`${layout.name}.${key}`, () =>
      write(context, at(memory, layout.offsets[key] ?? 0), field, given[key]),
    );
  }
}

/** Writes a value, field by field; padding is left as it is. */
export function write(context: BuildContext, memory: Memory, layout: AnyLayout, value: unknown): void {
  switch (layout.kind) {
    case 'scalar':
      storeScalar(context, memory, layout, read(context, value as AnyOperand, INTEGER_TYPES[layout.width]));
      return;
    case 'bits':
      writeBits(context, memory, layout, value as AnyOperand);
      return;
    case 'text':
      writeText(context, memory, layout, value);
      return;
    case 'bytes':
      writeRawBytes(context, memory, layout.size, value);
      return;
    case 'array': {
      if (!Array.isArray(value) || value.length !== layout.length) {
        context.fail('BUILD_VALUE', `Give an array of ${layout.length} elements.`);
      }
      value.forEach((element: unknown, i) => {
        write(context, at(memory, i * layout.stride), layout.element, element);
      });
      return;
    }
    case 'struct':
      writeStruct(context, memory, layout, value);
  }
}

/** A value on the stack, padding zero: what helpers take as a key or a value. */
export function onStack(context: BuildContext, layout: Layout, value: unknown): Memory {
  const area = newArea(context, layout.size);
  if (!isDense(layout)) zeroArea(context, area);
  write(context, area, layout, value);
  return area;
}

/** The same in memory that somebody else has reserved: padding is zeroed first. */
export function writeWhole(context: BuildContext, memory: Memory, layout: Layout, value: unknown): void {
  if (!isDense(layout)) storeBytes(context, memory, new Uint8Array(layout.size));
  write(context, memory, layout, value);
}
