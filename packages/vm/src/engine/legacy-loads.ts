import type { Engine } from './engine.ts';
import { programFault } from './fault.ts';
import { STATE } from './state.ts';

/** Word index of r6, which holds the context of these instructions. */
const R6 = 12;

/**
 * The packet loads of classic BPF, RFC 9669 section 5.7: `r0 = ntoh(packet[immediate + index])`.
 *
 * @returns false where the packet is too short: the function ends then, with 0 in r0 (bpf_gen_ld_abs in
 *   net/core/filter.c)
 */
export function loadPacket(engine: Engine, p: number): boolean {
  const { registers, state } = engine;
  const { words, view } = engine.memory;
  const size = words[p + 1] as number;
  const index = words[words[p + 2] as number] as number;
  const immediate = words[p + 3] as number;
  if (engine.program.spec.type !== 'sched_cls') {
    throw programFault(engine, 'only programs on socket buffers have this load: read through packet pointers.');
  }
  if (registers[R6 + 1] !== 0 || registers[R6] !== state[STATE.context]) {
    throw programFault(engine, 'r6 is not the context: copy r1 to r6 first.');
  }
  const data = engine.skb?.data ?? 0;
  const end = ((state[STATE.packet] as number) >>> 0) + (state[STATE.packetLength] as number);
  const offset = (immediate + index) | 0;
  if (offset < 0 || data + offset + size > end) {
    registers[0] = 0;
    registers[1] = 0;
    return false;
  }
  const address = data + offset;
  const value =
    size === 1 ? view.getUint8(address) : size === 2 ? view.getUint16(address, false) : view.getInt32(address, false);
  registers[0] = value;
  registers[1] = 0;
  return true;
}
