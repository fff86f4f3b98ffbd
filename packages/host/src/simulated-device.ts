import type { Device } from '@hookline/bpf';
import { type LinearMemory, MAX_LINEAR_FRAME, type PacketBufferPool, type VirtualClock } from '@hookline/machine';
import {
  ACCEPT,
  DEFAULT_LATENCIES,
  DESCRIPTOR_SIZE,
  FCS_SIZE,
  Nic,
  type NicOptions,
  REGISTER,
  RING_ALIGNMENT,
  RING_SIZE,
  RXDCTL,
  SRRCTL,
  TXDCTL,
} from '@hookline/nic';
import type { VmProgram } from '@hookline/vm';
import { checkWhole } from './host-options.ts';
import { type FrameRouter, QueuePair } from './queue-pair.ts';
import { ReceiveRing } from './receive-ring.ts';
import type { Softirq } from './softirq.ts';
import { TransmitRing } from './transmit-ring.ts';

/** Ethernet header and two VLAN tags: what a frame may be longer than the MTU. */
const MAX_HEADER = 14 + 8;

const DEFAULT_RING = RING_SIZE.default;

/** What the registers for interrupt moderation hold. */
const MOST_USECS = 1e6;
const MOST_FRAMES = 65_535;

/** What a simulated network interface is made of; every value has a default. */
export interface DeviceOptions extends Omit<NicOptions, 'memory' | 'clock' | 'name'> {
  /** Up to 15 characters; `eth0`, `eth1`, ... */
  readonly name?: string;
  /** Default: 2 for the first device, then 3, 4, ... (1 is lo). */
  readonly ifindex?: number;
  /** Default 1500; at most 3498, what one buffer holds behind the headroom. */
  readonly mtu?: number;
  /** Receive descriptors of each queue (`ethtool -G rx`), a multiple of 8 from 64 to 8160; 512. */
  readonly rxRing?: number;
  /** Transmit descriptors of each queue (`ethtool -G tx`), likewise; 512. */
  readonly txRing?: number;
  /** Microseconds between two interrupts of a vector (`ethtool -C rx-usecs`); 50. */
  readonly rxUsecs?: number;
  /** Frames that interrupt before that (`ethtool -C rx-frames`); 0 is never. */
  readonly rxFrames?: number;
  /** Whether frames to other stations are taken too; true. */
  readonly promiscuous?: boolean;
}

/** What a device needs of its host. */
export interface DeviceHost {
  readonly memory: LinearMemory;
  readonly pool: PacketBufferPool;
  readonly datapath: FrameRouter;
  readonly clock: VirtualClock;
  readonly softirqs: readonly Softirq[];
}

/** A network interface of the simulated host: the NIC and the driver that keeps its rings. */
export class SimulatedDevice implements Device {
  readonly name: string;
  readonly ifindex: number;
  readonly mac: string;
  readonly mtu: number;
  readonly nic: Nic;
  readonly queues: readonly QueuePair[];
  readonly #host: DeviceHost;
  /** What runs at the XDP hook. */
  xdpProgram: VmProgram | undefined;
  /** What runs at the TC hooks, in this order. */
  readonly tcIngress: VmProgram[] = [];
  readonly tcEgress: VmProgram[] = [];

  /** @throws HostError HOST_OPTION; NicError for anything the NIC refuses */
  constructor(host: DeviceHost, name: string, ifindex: number, options: DeviceOptions) {
    const { mtu = 1500, rxRing = DEFAULT_RING, txRing = DEFAULT_RING, rxUsecs, rxFrames } = options;
    checkWhole(`the mtu of ${name}`, mtu, 68, MAX_LINEAR_FRAME - MAX_HEADER);
    for (const [option, count] of Object.entries({ rxRing, txRing })) {
      checkWhole(`the ${option} of ${name}`, count, RING_SIZE.min, RING_SIZE.max, RING_SIZE.multiple);
    }
    if (rxUsecs !== undefined) checkWhole(`the rxUsecs of ${name}`, rxUsecs, 0, MOST_USECS);
    if (rxFrames !== undefined) checkWhole(`the rxFrames of ${name}`, rxFrames, 0, MOST_FRAMES);
    this.name = name;
    this.ifindex = ifindex;
    this.mtu = mtu;
    this.nic = new Nic({ ...options, memory: host.memory, clock: host.clock, name });
    this.mac = Array.from(this.nic.macAddress, (byte) => byte.toString(16).padStart(2, '0')).join(':');
    this.#host = host;
    this.queues = Array.from({ length: this.nic.queues }, (_, index) => this.#openQueue(index, rxRing, txRing));
    this.nic.write(REGISTER.MAXFRS, mtu + MAX_HEADER + FCS_SIZE);
    const { promiscuous = true } = options;
    this.nic.write(REGISTER.FCTRL, ACCEPT.MULTICAST | ACCEPT.BROADCAST | (promiscuous ? ACCEPT.UNICAST : 0));
    this.nic.onInterrupt((vector) => {
      const queue = this.queues[vector] as QueuePair;
      queue.softirq.schedule(queue);
    });
    for (const queue of this.queues) {
      if (rxUsecs !== undefined) this.nic.write(REGISTER.EITR + queue.index, rxUsecs);
      if (rxFrames !== undefined) this.nic.write(REGISTER.EIFR + queue.index, rxFrames);
      queue.receive.refill();
      queue.complete();
    }
    if (this.queues.length > 1) this.#dropWithoutDescriptor(options);
  }

  /**
   * Without flow control one slow queue must not hold up the others (`ixgbe_set_rx_drop_en`). A real link comes up long
   * after the card has heard of its first buffers; here frames may come at once, and wait until it has.
   */
  #dropWithoutDescriptor({ latencies }: DeviceOptions): void {
    const { clock } = this.#host;
    const { doorbell, dmaWrite } = { ...DEFAULT_LATENCIES, ...latencies };
    const linkUp = clock.register(() => {
      for (const { index } of this.queues) {
        this.nic.write(REGISTER.SRRCTL + index, MAX_LINEAR_FRAME + SRRCTL.DROP_ENABLE);
      }
    });
    clock.schedule(clock.now + doorbell + dmaWrite, linkUp);
  }

  /** Packet buffers that full rings take. */
  static buffersOf({ queues = 1, rxRing = DEFAULT_RING, txRing = DEFAULT_RING }: DeviceOptions): number {
    return queues * (rxRing + txRing);
  }

  /** The device's counters under their `ethtool -S` names: the hardware's, then the driver's. */
  statistics(): Record<string, number> {
    const result = this.nic.statistics();
    result.alloc_rx_page_failed = this.queues.reduce((sum, queue) => sum + queue.receive.allocationFailures, 0);
    for (const queue of this.queues) {
      for (const [name, value] of Object.entries(queue.xdp.toRecord())) {
        result[`rx_queue_${queue.index}_${name}`] = value;
      }
    }
    return result;
  }

  /** Sets up a queue pair's rings and buffers, as a driver does when the interface comes up. */
  #openQueue(index: number, rxCount: number, txCount: number): QueuePair {
    const { nic, name } = this;
    const { memory, pool, softirqs, datapath } = this.#host;
    const cpu = index % softirqs.length;
    const rx = memory.reserve(rxCount * DESCRIPTOR_SIZE, `RX ring ${index} of ${name}`, RING_ALIGNMENT);
    const tx = memory.reserve(txCount * DESCRIPTOR_SIZE, `TX ring ${index} of ${name}`, RING_ALIGNMENT);
    nic.write(REGISTER.RDBA + index, rx);
    nic.write(REGISTER.RDLEN + index, rxCount * DESCRIPTOR_SIZE);
    nic.write(REGISTER.SRRCTL + index, MAX_LINEAR_FRAME);
    nic.write(REGISTER.RXDCTL + index, RXDCTL.ENABLE);
    nic.write(REGISTER.TDBA + index, tx);
    nic.write(REGISTER.TDLEN + index, txCount * DESCRIPTOR_SIZE);
    nic.write(REGISTER.TXDCTL + index, TXDCTL.ENABLE);
    const receive = new ReceiveRing(memory, pool, rx, rxCount, (tail) => nic.write(REGISTER.RDT + index, tail));
    const transmit = new TransmitRing(memory, pool, tx, txCount, (tail) => nic.write(REGISTER.TDT + index, tail));
    return new QueuePair(this, index, softirqs[cpu] as Softirq, cpu, datapath, receive, transmit);
  }
}
