import { ERRNO } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { programFault } from '../engine/fault.ts';
import { PerfEventArrayMap } from '../maps/perf-event-array-map.ts';
import { RingBufferMap } from '../maps/ring-buffer-map.ts';
import { readableArgument } from '../memory/checks.ts';
import { flagsArgument, R1, R2, R3, R4, R5, sizeArgument, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';

/** BPF_F_CTXLEN_MASK: in the upper half of the flags, how much of the packet is to follow the data. */
const PACKET_LENGTH_MASK = 0xf_ffff;

/** The verifier wants every record's pointer kept: 64 fit the stack, some more the registers of eight frames. */
const MOST_RESERVED = 128;

function ringOf(engine: Engine): RingBufferMap {
  const map = engine.mapArgument(R1);
  if (map instanceof RingBufferMap) return map;
  throw programFault(engine, `map ${map.spec.name} is no ring buffer: use one.`);
}

function commit(engine: Engine, discard: boolean): void {
  const address = u32Argument(engine, R1);
  const isRecord = engine.registers[R1 + 1] === 0 && engine.maps.rings.some((ring) => ring.commit(address, discard));
  if (!isRecord) throw programFault(engine, 'the argument is no reserved record: pass what ringbuf_reserve returned.');
  engine.reserved--;
}

/** kernel/bpf/ringbuf.c, and bpf_xdp_event_output and bpf_skb_event_output in net/core/filter.c. */
export const eventHelpers = {
  ringbuf_output(engine: Engine): void {
    const ring = ringOf(engine);
    const size = sizeArgument(engine, R3);
    const data = readableArgument(engine, R2, size);
    engine.return(ring.output(data, size, flagsArgument(engine, R4)));
  },

  ringbuf_reserve(engine: Engine): void {
    const ring = ringOf(engine);
    if (ring.reserved === MOST_RESERVED) {
      throw programFault(engine, `more than ${MOST_RESERVED} records would be reserved at once: submit them earlier.`);
    }
    const record = flagsArgument(engine, R3) === 0 ? ring.reserve(sizeArgument(engine, R2)) : 0;
    if (record !== 0) engine.reserved++;
    engine.returnUnsigned(record);
  },

  ringbuf_submit(engine: Engine): void {
    commit(engine, false);
  },

  ringbuf_discard(engine: Engine): void {
    commit(engine, true);
  },

  ringbuf_query(engine: Engine): void {
    const value = ringOf(engine).query(flagsArgument(engine, R2));
    engine.registers[0] = value | 0;
    engine.registers[1] = Math.floor(value / 2 ** 32);
  },

  perf_event_output(engine: Engine): void {
    engine.checkContext(R1);
    const map = engine.mapArgument(R2);
    if (!(map instanceof PerfEventArrayMap)) {
      throw programFault(engine, `map ${map.spec.name} is no perf event array: use one.`);
    }
    const size = sizeArgument(engine, R5);
    const data = readableArgument(engine, R4, size);
    const upper = engine.registers[R3 + 1] as number;
    const packetSize = upper & PACKET_LENGTH_MASK;
    const start = engine.frame?.data ?? engine.skb?.data ?? 0;
    const end = engine.frame?.dataEnd ?? engine.skb?.dataEnd ?? 0;
    if ((upper & ~PACKET_LENGTH_MASK) !== 0) engine.return(-ERRNO.EINVAL);
    else if (packetSize > end - start) engine.return(-ERRNO.EFAULT);
    else engine.return(map.output(u32Argument(engine, R3), engine.cpu, data, size, start, packetSize));
  },
} satisfies Record<string, Helper>;
