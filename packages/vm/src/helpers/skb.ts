import { ERRNO, HELPER_FLAGS } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { readableArgument, writableArgument } from '../memory/checks.ts';
import { refreshSkBuffContext } from '../memory/context.ts';
import type { SkBuff } from '../sk-buff.ts';
import { flagsArgument, R1, R2, R3, R4, R5, sizeArgument, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';
import {
  addSums,
  checksumOf,
  foldSum,
  replaceByDifference,
  replaceHalf,
  replaceWord,
  subtractSums,
  sumMemory,
} from './ones-complement.ts';

const INT_MAX = 0x7fff_ffff;
/** Largest offset of a checksum. */
const MOST_OFFSET = 0xffff;
/** CHECKSUM_COMPLETE and CHECKSUM_PARTIAL in linux/skbuff.h. */
const COMPLETE = 2;
const PARTIAL = 3;
/** A UDP checksum of 0 means none: CSUM_MANGLED_0 stands for a computed 0. */
const MANGLED_ZERO = 0xffff;
const { HDR_FIELD_MASK, PSEUDO_HDR, MARK_MANGLED_0, MARK_ENFORCE, IPV6, RECOMPUTE_CSUM, INVALIDATE_HASH } =
  HELPER_FLAGS;

function skbOf(engine: Engine): SkBuff {
  engine.checkContext(R1);
  return engine.skb as SkBuff;
}

/** Whether flags are some of these. */
function onlyOf(flags: number, allowed: number): boolean {
  return flags <= 0xffff_ffff && (flags & ~allowed) === 0;
}

/** The sum of bytes at an offset, as part of a sum that begins at an even offset (csum_block_add). */
function blockSum(engine: Engine, address: number, length: number, offset: number): number {
  const sum = sumMemory(engine.memory, address, length, 0);
  return offset % 2 === 0 ? sum : ((sum >>> 8) | (sum << 24)) >>> 0;
}

/** net/core/filter.c, for packets in one buffer. */
export const skbHelpers = {
  skb_load_bytes(engine: Engine): void {
    const skb = skbOf(engine);
    const offset = u32Argument(engine, R2);
    const length = sizeArgument(engine, R4);
    const target = writableArgument(engine, R3, length);
    const { bytes } = engine.memory;
    if (offset > INT_MAX || offset + length > skb.len) {
      bytes.fill(0, target, target + length);
      engine.return(-ERRNO.EFAULT);
      return;
    }
    bytes.copyWithin(target, skb.data + offset, skb.data + offset + length);
    engine.return(0);
  },

  skb_store_bytes(engine: Engine): void {
    const skb = skbOf(engine);
    const offset = u32Argument(engine, R2);
    const length = sizeArgument(engine, R4);
    const source = readableArgument(engine, R3, length);
    const flags = flagsArgument(engine, R5);
    if (!onlyOf(flags, RECOMPUTE_CSUM | INVALIDATE_HASH)) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    if (offset > INT_MAX || offset + length > skb.len) {
      engine.return(-ERRNO.EFAULT);
      return;
    }
    const target = skb.data + offset;
    const recompute = (flags & RECOMPUTE_CSUM) !== 0 && skb.ipSummed === COMPLETE;
    if (recompute) skb.csum = subtractSums(skb.csum, blockSum(engine, target, length, offset));
    engine.memory.bytes.copyWithin(target, source, source + length);
    if (recompute) skb.csum = addSums(skb.csum, blockSum(engine, target, length, offset));
    if ((flags & INVALIDATE_HASH) !== 0) skb.hash = 0;
    refreshSkBuffContext(engine, skb);
    engine.return(0);
  },

  l3_csum_replace(engine: Engine): void {
    const skb = skbOf(engine);
    const flags = flagsArgument(engine, R5);
    const problem = checksumProblem(engine, skb, flags, HDR_FIELD_MASK) || checksumFieldProblem(engine, flags);
    if (problem !== 0) {
      engine.return(problem);
      return;
    }
    const { view } = engine.memory;
    const address = skb.data + u32Argument(engine, R2);
    const old = view.getUint16(address, true);
    const from = u32Argument(engine, R3);
    const to = u32Argument(engine, R4);
    const size = flags & HDR_FIELD_MASK;
    const changed =
      size === 0 ? replaceByDifference(old, to) : size === 2 ? replaceHalf(old, from, to) : replaceWord(old, from, to);
    view.setUint16(address, changed, true);
    engine.return(0);
  },

  l4_csum_replace(engine: Engine): void {
    const skb = skbOf(engine);
    const flags = flagsArgument(engine, R5);
    const known = PSEUDO_HDR | MARK_MANGLED_0 | MARK_ENFORCE | HDR_FIELD_MASK;
    const problem = checksumProblem(engine, skb, flags, engine.options.kernel === '6.12' ? known : known | IPV6);
    if (problem !== 0) {
      engine.return(problem);
      return;
    }
    const { view } = engine.memory;
    const address = skb.data + u32Argument(engine, R2);
    const old = view.getUint16(address, true);
    const marksZero = (flags & MARK_MANGLED_0) !== 0;
    // A datagram without a checksum stays one, whatever the size is said to be.
    if (marksZero && (flags & MARK_ENFORCE) === 0 && old === 0) {
      engine.return(0);
      return;
    }
    const fieldProblem = checksumFieldProblem(engine, flags);
    if (fieldProblem === 0) {
      const changed = transportChecksum(engine, skb, old, flags);
      view.setUint16(address, marksZero && changed === 0 ? MANGLED_ZERO : changed, true);
    }
    engine.return(fieldProblem);
  },

  /** Everything is in one buffer already: it only tells whether there is as much. */
  skb_pull_data(engine: Engine): void {
    const skb = skbOf(engine);
    engine.return(u32Argument(engine, R2) > skb.len ? -ERRNO.ENOMEM : 0);
    refreshSkBuffContext(engine, skb);
  },
} satisfies Record<string, Helper>;

/** What is wrong with flags and place in l3_csum_replace and l4_csum_replace: 0 or a negative errno. */
function checksumProblem(engine: Engine, skb: SkBuff, flags: number, allowed: number): number {
  const offset = u32Argument(engine, R2);
  if (!onlyOf(flags, allowed)) return -ERRNO.EINVAL;
  if (offset > MOST_OFFSET || offset % 2 !== 0 || offset + 2 > skb.len) return -ERRNO.EFAULT;
  return 0;
}

/** What is wrong with the field that has changed, of which the flags say the size. */
function checksumFieldProblem({ registers }: Engine, flags: number): number {
  const size = flags & HDR_FIELD_MASK;
  if (size === 0) return registers[R3] === 0 && registers[R3 + 1] === 0 ? 0 : -ERRNO.EINVAL;
  return size === 2 || size === 4 ? 0 : -ERRNO.EINVAL;
}

/** inet_proto_csum_replace4 and inet_proto_csum_replace_by_diff in net/core/utils.c. */
function transportChecksum(engine: Engine, skb: SkBuff, old: number, flags: number): number {
  const size = flags & HDR_FIELD_MASK;
  const mask = size === 2 ? 0xffff : 0xffff_ffff;
  const from = (u32Argument(engine, R3) & mask) >>> 0;
  const to = (u32Argument(engine, R4) & mask) >>> 0;
  const isPseudo = (flags & PSEUDO_HDR) !== 0;
  if (skb.ipSummed === PARTIAL) {
    // Only the pseudo-header is in the sum so far, and it is not complemented.
    if (!isPseudo) return old;
    return foldSum(size === 0 ? addSums(to, old) : addSums(subtractSums(old, from), to));
  }
  if (skb.ipSummed === COMPLETE && isPseudo) {
    if (size !== 0) skb.csum = ~addSums(subtractSums(~skb.csum, from), to) >>> 0;
    else if ((flags & IPV6) === 0) skb.csum = ~subtractSums(to, skb.csum) >>> 0;
  }
  return size === 0 ? replaceByDifference(old, to) : checksumOf(addSums(subtractSums(~old, from), to));
}
