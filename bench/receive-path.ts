import { assemble, type LoadedProgram } from '@hookline/bpf';
import { SimulatedHost } from '@hookline/host';
import { PACKET_BUFFER_SIZE, PACKET_HEADROOM, PACKET_TAILROOM } from '@hookline/machine';
import type { FrameSource, WireFrame } from '@hookline/nic';
import { craft, ipv4, udp } from '@hookline/packet';
import { type VmProgram, XdpFrame } from '@hookline/vm';
import { compare } from './compare.ts';
import type { BenchResult } from './result.ts';

const FRAMES = 200_000;
const FLOWS = 64;
/** Around the program the path is wire, RSS, copies, descriptors, interrupts, polls and counters: at most 7 times it. */
const GOAL = 0.15;

/** Looks at EtherType and protocol, and drops what is UDP. */
const DROP_UDP = assemble(`
  .program drop_udp xdp
  r2 = *(u32 *)(r1 +0)
  r3 = *(u32 *)(r1 +4)
  r0 = 2
  r4 = r2
  r4 += 34
  if r4 > r3 goto out
  w5 = *(u16 *)(r2 +12)
  if w5 != 8 goto out
  w5 = *(u8 *)(r2 +23)
  if w5 != 17 goto out
  r0 = 1
out:
  exit`);

/** 64-byte frames (60 without FCS) of many flows. */
const flows = Array.from({ length: FLOWS }, (_, flow) =>
  craft(ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, udp({ sourcePort: 1000 + flow }, new Uint8Array(18)))),
);

/** Back to back, at line rate. */
class Burst implements FrameSource {
  left = 0;

  next(frame: WireFrame): boolean {
    if (this.left === 0) return false;
    this.left--;
    const bytes = flows[this.left % FLOWS] as Uint8Array;
    frame.time = 0;
    frame.bytes = bytes;
    frame.offset = 0;
    frame.length = bytes.length;
    frame.flags = 0;
    return true;
  }
}

/**
 * Frames a second through the whole receive path (wire, RSS, DMA, write-back, interrupt, NAPI, XDP program, verdict,
 * counters), against the same program on a frame that lies ready.
 */
export async function run(): Promise<BenchResult[]> {
  const host = new SimulatedHost({ cpus: 4 });
  const device = host.addDevice({ queues: 4, rxUsecs: 10 });
  const program = host.load(DROP_UDP).programs.drop_udp as LoadedProgram<'xdp'>;
  host.attachXdp(program, device);
  const burst = new Burst();
  device.nic.attachSource(burst);
  return [
    await compare({
      name: 'receive path, 64-byte frames, XDP_DROP',
      ours: { work: FRAMES, run: () => receive(host, burst) },
      baseline: { work: FRAMES, run: () => runBare(host, program as VmProgram) },
      unit: 'Mframes/s',
      per: 1e6,
      goal: GOAL,
    }),
  ];
}

function receive(host: SimulatedHost, burst: Burst): void {
  const dropped = host.drops.total;
  const [device] = host.devices();
  burst.left = FRAMES;
  device?.nic.wakeWire();
  host.clock.run();
  const count = host.drops.total - dropped;
  if (count !== FRAMES) throw new Error(`${count} of ${FRAMES} frames reached the program.`);
}

function runBare(host: SimulatedHost, program: VmProgram): void {
  const buffer = host.pool.take();
  const frame = new XdpFrame();
  const bytes = flows[0] as Uint8Array;
  host.memory.bytes.set(bytes, buffer + PACKET_HEADROOM);
  frame.hardStart = buffer;
  frame.data = buffer + PACKET_HEADROOM;
  frame.dataMeta = frame.data;
  frame.dataEnd = frame.data + bytes.length;
  frame.frameEnd = buffer + PACKET_BUFFER_SIZE - PACKET_TAILROOM;
  let drops = 0;
  for (let i = 0; i < FRAMES; i++) drops += program.runXdp(frame, 0);
  host.pool.give(buffer);
  if (drops !== FRAMES) throw new Error(`${drops} of ${FRAMES} runs dropped.`);
}
