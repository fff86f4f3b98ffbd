import { HELPER_FLAGS, TC_VERDICTS } from '@hookline/bpf';
import type { LinearMemory, PacketBufferPool } from '@hookline/machine';
import type { RedirectTarget, SkBuff, Vm, VmMap, XdpFrame } from '@hookline/vm';
import type { CostModel } from './cost-model.ts';
import { DROP, DropCounts } from './drop-reason.ts';
import type { PacketTap } from './packet-tap.ts';
import type { FrameRouter, QueuePair } from './queue-pair.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Softirq } from './softirq.ts';
import { type DeliverySink, Stack } from './stack.ts';

/** How often a packet may be redirected by TC (XMIT_RECURSION_LIMIT, include/linux/netdevice.h). */
const RECURSION_LIMIT = 8;
/** Ethernet header and one VLAN tag: by how much a redirected frame may exceed the MTU (`xdp_ok_fwd_dev`). */
const LINK_HEADER = 14 + 4;

/** What the datapath is built on. */
export interface DatapathParts {
  readonly memory: LinearMemory;
  readonly pool: PacketBufferPool;
  readonly costs: CostModel;
  /** Whose time it is outside of polls. */
  readonly firstCpu: Softirq;
  /** The machine that runs the programs; asked for when the first frame is redirected. */
  readonly vm: () => Vm;
}

/** The ways of a frame through the host behind the driver: XDP redirects, the stack with its TC hooks, transmission. */
export class Datapath implements FrameRouter {
  readonly pool: PacketBufferPool;
  readonly costs: CostModel;
  readonly drops = new DropCounts();
  readonly stack: Stack;
  /** Packets that passed every hook, and their bytes. */
  delivered = 0;
  deliveredBytes = 0;
  /** Copies made by broadcast redirects. */
  broadcasts = 0;
  /** Watches packets; undefined where nobody does. */
  tap: PacketTap | undefined;
  readonly #memory: LinearMemory;
  readonly #vm: () => Vm;
  readonly #devices = new Map<number, SimulatedDevice>();
  /** The devices' queues: whose doorbells a poll's end rings. */
  readonly #queues: QueuePair[] = [];
  #running: Softirq;
  #sink: DeliverySink | undefined;

  constructor({ memory, pool, costs, firstCpu, vm }: DatapathParts) {
    this.#memory = memory;
    this.pool = pool;
    this.costs = costs;
    this.stack = new Stack(memory);
    this.#running = firstCpu;
    this.#vm = vm;
  }

  add(device: SimulatedDevice): void {
    this.#devices.set(device.ifindex, device);
    this.#queues.push(...device.queues);
  }

  hasDevice(ifindex: number): boolean {
    return this.#devices.has(ifindex);
  }

  /** Virtual nanoseconds as the CPU that works now sees them. */
  get now(): number {
    return this.#running.now;
  }

  /** Sets what takes the packets that the stack accepts. */
  onDeliver(sink: DeliverySink | undefined): void {
    this.#sink = sink;
  }

  begin(queue: QueuePair): void {
    this.#running = queue.softirq;
  }

  flush(): void {
    for (const queue of this.#queues) queue.transmit.ringDoorbell();
  }

  pass(queue: QueuePair, frame: XdpFrame, hash: number): void {
    const { softirq, cpu, device } = queue;
    softirq.stat.processed++;
    softirq.spend(this.costs.skb);
    this.stack.build(queue, frame, hash);
    this.#ingress(device, cpu, softirq, 0);
  }

  /** `xdp_do_redirect` (net/core/filter.c). */
  redirect(queue: QueuePair, frame: XdpFrame): boolean {
    const target = this.#vm().redirect(queue.cpu);
    if (target.kind === 'map' && (target.flags & HELPER_FLAGS.BROADCAST) !== 0) {
      return this.#broadcast(queue, frame, target);
    }
    const length = frame.dataEnd - frame.data;
    if (target.kind !== 'none' && this.#forward(target.ifindex, frame.data, length, queue.cpu)) return true;
    this.tap?.dropped(queue.device, frame.data, frame.dataEnd, DROP.XDP_REDIRECT_ERROR);
    this.#drop(DROP.XDP_REDIRECT_ERROR, frame.hardStart);
    return false;
  }

  /**
   * Sends the frame to every device of a map (`dev_map_enqueue_multi`). Each takes a copy; one of them counts as the
   * frame itself, the others as made by the broadcast.
   */
  #broadcast(queue: QueuePair, frame: XdpFrame, target: RedirectTarget): boolean {
    const length = frame.dataEnd - frame.data;
    const without = (target.flags & HELPER_FLAGS.EXCLUDE_INGRESS) !== 0 ? queue.device.ifindex : 0;
    let copies = 0;
    let sent = 0;
    for (const ifindex of (target.map as VmMap).targets()) {
      if (ifindex === without) continue;
      copies++;
      const copy = this.pool.take();
      const data = copy + (frame.data - frame.hardStart);
      if (copy !== 0) this.#memory.bytes.copyWithin(data, frame.data, frame.dataEnd);
      if (copy !== 0 && this.#forward(ifindex, data, length, queue.cpu)) {
        sent++;
      } else {
        this.drops.add(DROP.XDP_REDIRECT_ERROR);
        this.tap?.dropped(queue.device, frame.data, frame.dataEnd, DROP.XDP_REDIRECT_ERROR);
        if (copy !== 0) this.pool.give(copy);
      }
    }
    if (copies === 0) {
      this.drops.add(DROP.XDP_REDIRECT_ERROR);
      this.tap?.dropped(queue.device, frame.data, frame.dataEnd, DROP.XDP_REDIRECT_ERROR);
    } else {
      this.broadcasts += copies - 1;
    }
    this.pool.give(frame.hardStart);
    return sent > 0;
  }

  /** TC ingress and what follows; the packet is the stack's sk_buff. */
  #ingress(device: SimulatedDevice, cpu: number, softirq: Softirq, depth: number): void {
    const { skb } = this.stack;
    const verdict = this.stack.run(device.tcIngress, cpu);
    this.tap?.tc('ingress', device, skb, verdict);
    if (verdict === TC_VERDICTS.SHOT) {
      this.#dropSkb(DROP.TC_INGRESS, device, skb);
    } else if (verdict === TC_VERDICTS.REDIRECT) {
      this.#redirectSkb(device, skb, cpu, softirq, depth, DROP.TC_INGRESS);
    } else {
      this.#deliver(device, skb, softirq);
    }
  }

  /** Delivers with the VLAN tag back in place: as a packet socket (tcpdump) shows the frame. */
  #deliver(device: SimulatedDevice, skb: SkBuff, softirq: Softirq): void {
    softirq.spend(this.costs.deliver);
    this.stack.retag(skb);
    this.delivered++;
    this.deliveredBytes += skb.len;
    this.#sink?.(device, this.#memory.bytes, skb.data, skb.len);
    this.pool.give(skb.head);
  }

  /** `skb_do_redirect` (net/core/filter.c). */
  #redirectSkb(
    from: SimulatedDevice,
    skb: SkBuff,
    cpu: number,
    softirq: Softirq,
    depth: number,
    failure: number,
  ): void {
    const { kind, ifindex, flags } = this.#vm().redirect(cpu);
    const device = kind === 'ifindex' ? this.#devices.get(ifindex) : undefined;
    if (device === undefined) {
      this.#dropSkb(failure, from, skb);
      return;
    }
    if (depth === RECURSION_LIMIT) {
      this.#dropSkb(DROP.RECURSION_LIMIT, from, skb);
      return;
    }
    softirq.spend(this.costs.redirect);
    if ((flags & HELPER_FLAGS.INGRESS) === 0) {
      this.#egress(device, skb, cpu, softirq, depth + 1);
    } else {
      this.stack.enter(skb, device);
      this.#ingress(device, cpu, softirq, depth + 1);
    }
  }

  /** TC egress and the transmit ring. */
  #egress(device: SimulatedDevice, skb: SkBuff, cpu: number, softirq: Softirq, depth: number): void {
    skb.ifindex = device.ifindex;
    skb.wireLen = skb.len;
    const verdict = this.stack.run(device.tcEgress, cpu);
    this.tap?.tc('egress', device, skb, verdict);
    if (verdict === TC_VERDICTS.SHOT) {
      this.#dropSkb(DROP.TC_EGRESS, device, skb);
    } else if (verdict === TC_VERDICTS.REDIRECT) {
      this.#redirectSkb(device, skb, cpu, softirq, depth, DROP.TC_EGRESS);
    } else if (!this.stack.retag(skb) || !this.#send(device, skb.data, skb.len, cpu)) {
      this.#dropSkb(DROP.QDISC_DROP, device, skb);
    }
  }

  /** Sends a redirected XDP frame: not to a device that is not there, nor where it exceeds the MTU. */
  #forward(ifindex: number, address: number, length: number, cpu: number): boolean {
    const device = this.#devices.get(ifindex);
    return device !== undefined && length <= device.mtu + LINK_HEADER && this.#send(device, address, length, cpu);
  }

  /** Puts a frame into the transmit ring that a device has for this CPU; it takes the buffer over if it can. */
  #send(device: SimulatedDevice, address: number, length: number, cpu: number): boolean {
    const { transmit } = device.queues[cpu % device.queues.length] as QueuePair;
    if (transmit.send(address, length)) return true;
    transmit.clean();
    return transmit.send(address, length);
  }

  #dropSkb(reason: number, device: SimulatedDevice, skb: SkBuff): void {
    this.tap?.dropped(device, skb.data, skb.dataEnd, reason, skb);
    this.#drop(reason, skb.head);
  }

  #drop(reason: number, buffer: number): void {
    this.drops.add(reason);
    this.pool.give(buffer);
  }
}
