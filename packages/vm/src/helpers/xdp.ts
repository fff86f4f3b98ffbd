import { ERRNO } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { readableArgument, writableArgument } from '../memory/checks.ts';
import { refreshXdpContext } from '../memory/context.ts';
import type { XdpFrame } from '../xdp-frame.ts';
import { R1, R2, R3, R4, sizeArgument, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';

/** sizeof(struct xdp_frame): what the kernel puts at hard_start when it redirects a frame. */
const XDP_FRAME_SIZE = 40;
/** The shortest frame that may be left: an Ethernet header. */
const ETH_HLEN = 14;
/** skb_shared_info has a byte for the length of the metadata. */
const MOST_METADATA = 255;
/** bpf_xdp_pointer: largest offset and length. */
const MOST_BYTES = 0xffff;

function frameOf(engine: Engine): XdpFrame {
  engine.checkContext(R1);
  return engine.frame as XdpFrame;
}

/** 0 or a negative errno: whether [offset, offset + length) is in the frame (bpf_xdp_pointer). */
function rangeProblem(frame: XdpFrame, offset: number, length: number): number {
  if (offset > MOST_BYTES || length > MOST_BYTES) return -ERRNO.EFAULT;
  return offset + length > frame.dataEnd - frame.data ? -ERRNO.EINVAL : 0;
}

/** net/core/filter.c, for frames in one buffer. */
export const xdpHelpers = {
  xdp_adjust_head(engine: Engine): void {
    const frame = frameOf(engine);
    const offset = engine.registers[R2] as number;
    const metadata = frame.data - frame.dataMeta;
    const data = frame.data + offset;
    if (data < frame.hardStart + XDP_FRAME_SIZE + metadata || data > frame.dataEnd - ETH_HLEN) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    // The metadata moves along.
    if (metadata > 0) engine.memory.bytes.copyWithin(frame.dataMeta + offset, frame.dataMeta, frame.data);
    frame.dataMeta += offset;
    frame.data = data;
    refreshXdpContext(engine, frame);
    engine.return(0);
  },

  xdp_adjust_meta(engine: Engine): void {
    const frame = frameOf(engine);
    const start = frame.dataMeta + (engine.registers[R2] as number);
    if (start < frame.hardStart + XDP_FRAME_SIZE || start > frame.data) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    const metadata = frame.data - start;
    if (metadata % 4 !== 0 || metadata > MOST_METADATA) {
      engine.return(-ERRNO.EACCES);
      return;
    }
    frame.dataMeta = start;
    refreshXdpContext(engine, frame);
    engine.return(0);
  },

  xdp_adjust_tail(engine: Engine): void {
    const frame = frameOf(engine);
    const end = frame.dataEnd + (engine.registers[R2] as number);
    if (end > frame.frameEnd || end < frame.data + ETH_HLEN) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    if (end > frame.dataEnd) engine.memory.bytes.fill(0, frame.dataEnd, end);
    frame.dataEnd = end;
    refreshXdpContext(engine, frame);
    engine.return(0);
  },

  xdp_get_buff_len(engine: Engine): void {
    const frame = frameOf(engine);
    engine.returnUnsigned(frame.dataEnd - frame.data);
  },

  xdp_load_bytes(engine: Engine): void {
    const frame = frameOf(engine);
    const offset = u32Argument(engine, R2);
    const length = sizeArgument(engine, R4);
    const target = writableArgument(engine, R3, length);
    const problem = rangeProblem(frame, offset, length);
    const start = frame.data + offset;
    if (problem === 0) engine.memory.bytes.copyWithin(target, start, start + length);
    engine.return(problem);
  },

  xdp_store_bytes(engine: Engine): void {
    const frame = frameOf(engine);
    const offset = u32Argument(engine, R2);
    const length = sizeArgument(engine, R4);
    const source = readableArgument(engine, R3, length);
    const problem = rangeProblem(frame, offset, length);
    if (problem === 0) engine.memory.bytes.copyWithin(frame.data + offset, source, source + length);
    engine.return(problem);
  },
} satisfies Record<string, Helper>;
