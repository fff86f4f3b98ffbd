import { HELPER_FLAGS, HELPERS } from '@hookline/bpf';
import type { AnyLayout, Struct } from '@hookline/layout';
import { IcmpHeader, Icmpv6Header, IP_PROTOCOL, Ipv4Header, Ipv6Header, TcpHeader, UdpHeader } from '@hookline/packet';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { type BuildContext, enter } from '../context.ts';
import { type AnyOperand, given as givenValue, INTEGER_TYPES, readValue } from '../integer.ts';
import { at, copyBytes, type Memory, newArea, noteWrite } from '../memory.ts';
import { DROP, leaveWith } from '../verdict.ts';
import { write } from '../write.ts';
import { bounds, contextOf, keepPointers, requireBytes, requireEqual } from './access.ts';
import { requireRoom } from './header.ts';
import type { Rewritable, Transport, Uppers } from './transport.ts';

type Given = Readonly<Record<string, unknown>>;
type Find = (context: BuildContext) => Transport;

/** Words that change, as ranges of bytes from the start of a header. */
interface Span {
  readonly offset: number;
  readonly bytes: 2 | 4;
}

/** The aligned words of 4 or 2 bytes that the given fields lie in, each once. */
function spansOf(layout: Struct, given: Given): Span[] {
  const halves = new Set<number>();
  for (const name of Object.keys(given)) {
    const field: AnyLayout | undefined = layout.fields[name];
    const offset = layout.offsets[name];
    if (!field || offset === undefined) continue;
    for (let at = offset & ~1; at < offset + field.size; at += 2) halves.add(at);
  }
  const spans: Span[] = [];
  for (const offset of [...halves].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last?.bytes === 2 && last.offset + 2 === offset && last.offset % 4 === 0) {
      spans[spans.length - 1] = { offset: last.offset, bytes: 4 };
    } else spans.push({ offset, bytes: 2 });
  }
  return spans;
}

/** The sum of words as they lie in memory: one's complement addition does not mind their byte order (RFC 1071 2(B)). */
function sumOf(context: BuildContext, memory: Memory, spans: readonly Span[], inverted: boolean): Value {
  let sum: Value | undefined;
  for (const { offset, bytes } of spans) {
    const word = context.load(memory.base, memory.offset + offset, bytes);
    const term = inverted ? context.compute('xor', 64, word, bytes === 4 ? 0xffff_ffffn : 0xffffn) : word;
    sum = sum ? context.compute('add', 64, sum, term) : term;
  }
  return sum ?? context.copy(constant(0));
}

/** Adds the carries back in until so many bits are left. */
function fold(context: BuildContext, sum: Value, bits: 16 | 32): Value {
  const round = (value: Value, width: 16 | 32): Value => {
    const low = context.compute('and', 64, value, width === 32 ? 0xffff_ffffn : 0xffffn);
    return context.compute('add', 64, low, context.compute('rsh', 64, value, width));
  };
  // A few words of 32 bits leave a carry of a few bits, which may carry once more.
  const half = round(sum, 32);
  return bits === 32 ? round(half, 32) : round(round(half, 16), 16);
}

/**
 * RFC 1624 equation 3, `HC' = ~(~HC + ~m + m')`: `change` is the sum of all `~m + m'`.
 *
 * @param optional UDP: 0 says that there is none, and a sum that comes out as 0 is written as 0xffff (RFC 768, RFC 6935)
 */
function mend(context: BuildContext, memory: Memory, offset: number, change: Value, optional: boolean): void {
  const { fn } = context;
  const done = fn.block();
  const before = context.load(memory.base, memory.offset + offset, 2);
  if (optional) fn.refuse({ operator: 'eq', left: before, right: constant(0) }, done);
  const sum = context.compute('add', 64, context.compute('xor', 64, before, 0xffff), change);
  const after = context.compute('xor', 64, context.compute('and', 64, fold(context, sum, 16), 0xffff), 0xffff);
  if (optional) {
    const [zero, store] = [fn.block(), fn.block()];
    fn.branch({ operator: 'eq', left: after, right: constant(0) }, zero, store);
    fn.place(zero);
    context.assign(after, 0xffff);
    fn.jump(store);
    fn.place(store);
  }
  fn.emit({ op: 'store', base: memory.base, offset: memory.offset + offset, bytes: 2, from: after });
  fn.jump(done);
  fn.place(done);
}

/**
 * Mends a checksum of TCP, UDP or ICMPv6. In TC the packet's metadata may say that the card has summed it, or is going to
 * (CHECKSUM_COMPLETE, CHECKSUM_PARTIAL): only the kernel's helper knows, and it takes the same change
 * (net/core/filter.c bpf_l4_csum_replace, with a field size of 0).
 *
 * @param pseudo the change is that of addresses, which the checksum covers through the pseudo-header
 */
function mendTransport(
  context: BuildContext,
  memory: Memory,
  offset: number,
  change: Value,
  { optional, pseudo }: { readonly optional: boolean; readonly pseudo: boolean },
): void {
  if (context.program.hook === 'xdp') {
    mend(context, memory, offset, change, optional);
    return;
  }
  const { fn } = context;
  const [lost, done] = [fn.block(), fn.block()];
  const { data } = bounds(context);
  const distance = context.compute('sub', 64, memory.base, data);
  const place = context.compute('add', 64, distance, memory.offset + offset);
  const difference = fold(context, change, 32);
  const flags = (pseudo ? HELPER_FLAGS.PSEUDO_HDR : 0) | (optional ? HELPER_FLAGS.MARK_MANGLED_0 : 0);
  const parameters = [contextOf(context), place, constant(0), difference, constant(flags)];
  keepPointers(context, () => context.call(HELPERS.l4_csum_replace.id, parameters), lost);
  fn.jump(done);
  fn.away(() => {
    fn.place(lost);
    leaveWith(context, DROP);
  });
  fn.place(done);
}

/** Writes the fields and gives the change of the sum over each of these parts of the header. */
function writeFields(
  context: BuildContext,
  memory: Memory,
  layout: Struct,
  given: Given,
  parts: readonly (readonly string[])[],
): Value[] {
  const forbidden = Object.keys(given).find((name) => name === 'checksum' || !Object.hasOwn(layout.fields, name));
  if (forbidden) {
    const why =
      forbidden === 'checksum'
        ? 'rewrite computes the checksum itself: leave it out'
        : `${layout.name} has no field '${forbidden}': it has ${Object.keys(layout.fields).join(', ')}`;
    context.fail('BUILD_VALUE', `${why}.`);
  }
  const spans = parts.map((names) => {
    const own = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
    return spansOf(layout, own);
  });
  // All values are read before the first is written: `rewrite({ source: ip.destination, destination: ip.source })`.
  const before = spans.map((list) => sumOf(context, memory, list, true));
  const steps = Object.entries(given).map(([name, value]) => staged(context, memory, layout, name, value));
  for (const name of Object.keys(given)) noteField(context, memory, layout, name);
  for (const step of steps) step();
  return spans.map((list, i) =>
    context.compute('add', 64, before[i] ?? context.copy(constant(0)), sumOf(context, memory, list, false)),
  );
}

/** A field that is about to be written: who looked it up before must look again. */
function noteField(context: BuildContext, memory: Memory, layout: Struct, name: string): void {
  const field: AnyLayout | undefined = layout.fields[name];
  if (!field) return;
  const where = at(memory, layout.offsets[name] ?? 0);
  noteWrite(context, where, field.size, field.kind === 'bits' ? field : undefined);
}

/** Reads a value now, and writes it when told to. */
function staged(context: BuildContext, memory: Memory, layout: Struct, name: string, value: unknown): () => void {
  const field: AnyLayout | undefined = layout.fields[name];
  const offset = layout.offsets[name] ?? 0;
  if (!field) return () => {};
  const target = at(memory, offset);
  if (field.kind !== 'text' || typeof value === 'string') {
    const snapshot = snapshotOf(context, field, value);
    return () => write(context, target, field, snapshot);
  }
  const area = newAreaOf(context, field, value);
  return () => copyBytes(context, target, area, field.size);
}

function newAreaOf(context: BuildContext, field: AnyLayout, value: unknown): Memory {
  const area = newArea(context, field.size);
  write(context, area, field, value);
  return area;
}

function snapshotOf(context: BuildContext, field: AnyLayout, value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value;
  const width = field.kind === 'scalar' ? field.width : field.kind === 'bits' ? field.unit.width : 'u64';
  return givenValue(context, readValue(context, value as AnyOperand, INTEGER_TYPES[width]), width);
}

/** Goes to the TCP or UDP header if there is one, and mends its checksum by the change of its pseudo-header. */
function mendUpper(context: BuildContext, find: Find, change: Value, family: 'ipv4' | 'ipv6'): void {
  const { fn } = context;
  const { protocol, start, room } = find(context);
  const memory: Memory = { base: start, offset: 0, alignment: 1, sharing: 'own', check: () => {} };
  const done = fn.block();
  const kinds = [
    { number: IP_PROTOCOL.TCP, size: TcpHeader.size, checksum: TcpHeader.offsets.checksum, optional: false },
    { number: IP_PROTOCOL.UDP, size: UdpHeader.size, checksum: UdpHeader.offsets.checksum, optional: true },
    ...(family === 'ipv4' ? [] : [{ number: IP_PROTOCOL.ICMPV6, size: 8, checksum: 2, optional: false }]),
  ];
  for (const { number, size, checksum, optional } of kinds) {
    const miss: Block = fn.block();
    // What is found here holds for this protocol only.
    context.inside(() => {
      requireEqual(context, protocol, number, miss);
      requireRoom(context, room, size, miss);
      requireBytes(context, start, size, miss);
      mendTransport(context, memory, checksum, change, { optional, pseudo: true });
    });
    fn.jump(done);
    fn.place(miss);
  }
  fn.jump(done);
  fn.place(done);
}

/** Fields that the pseudo-headers of TCP and UDP repeat (RFC 9293 section 3.1, RFC 8200 section 8.1). */
const PSEUDO = ['source', 'destination'];

export function rewriteIpv4(memory: Memory, find: Find, fields: object): void {
  const context = enter();
  memory.check(context);
  const given = fields as Given;
  const names = Object.keys(given);
  if (names.length === 0) return;
  context.effects++;
  // Where the upper layer begins does not change: it is found before the header is written.
  const addressed = names.some((name) => PSEUDO.includes(name));
  if (addressed) find(context);
  const [whole, pseudo] = writeFields(context, memory, Ipv4Header, given, [names, PSEUDO]);
  if (whole) mend(context, memory, Ipv4Header.offsets.checksum, whole, false);
  if (pseudo && addressed) mendUpper(context, find, pseudo, 'ipv4');
}

export function rewriteIpv6(memory: Memory, find: Find, fields: object): void {
  const context = enter();
  memory.check(context);
  const given = fields as Given;
  const addressed = Object.keys(given).some((name) => PSEUDO.includes(name));
  if (addressed) find(context);
  context.effects++;
  const [pseudo] = writeFields(context, memory, Ipv6Header, given, [PSEUDO]);
  if (pseudo && addressed) mendUpper(context, find, pseudo, 'ipv6');
}

/** How the headers behind IP are rewritten. */
export function rewriters(): Uppers {
  const upper = (layout: Struct, optional: boolean) => (memory: Memory) => ({
    rewrite(fields: object): void {
      const context = enter();
      memory.check(context);
      const given = fields as Given;
      if (Object.keys(given).length === 0) return;
      context.effects++;
      const [change] = writeFields(context, memory, layout, given, [Object.keys(given)]);
      const offset = layout.offsets.checksum ?? 0;
      if (change) mendTransport(context, memory, offset, change, { optional, pseudo: false });
    },
  });
  return {
    tcpRewrite: upper(TcpHeader, false) as (memory: Memory) => Rewritable<typeof TcpHeader>,
    // The checksum of ICMP covers no pseudo-header and that of ICMPv6 one that does not change here.
    icmpRewrite: upper(IcmpHeader, false) as (memory: Memory) => Rewritable<typeof IcmpHeader>,
    icmpv6Rewrite: upper(Icmpv6Header, false) as (memory: Memory) => Rewritable<typeof Icmpv6Header>,
    udpRewrite: upper(UdpHeader, true) as (memory: Memory) => Rewritable<typeof UdpHeader>,
  };
}
