import type { Device } from '@hookline/bpf';
import { type LinearMemory, MAX_LINEAR_FRAME, type VirtualClock } from '@hookline/machine';
import {
  ACCEPT,
  DESCRIPTOR_SIZE,
  FCS_SIZE,
  Nic,
  type NicOptions,
  REGISTER,
  RING_ALIGNMENT,
  RING_SIZE,
  RXDCTL,
  TXDCTL,
} from '@hookline/nic';
import type { VmProgram } from '@hookline/vm';
import { HostError } from './host-error.ts';
import { type FrameRouter, QueuePair } from './queue-pair.ts';
import { ReceiveRing } from './receive-ring.ts';
import type { Softirq } from './softirq.ts';
import { TransmitRing } from './transmit-ring.ts';

/** Ethernet header and two VLAN tags: what a frame may be longer than the MTU. */
const MAX_HEADER = 14 + 8;

/** What the device may write into a buffer. */
const RECEIVE_BUFFER = MAX_LINEAR_FRAME;

/** What a simulated network interface is made of; every value has a default. */
export interface DeviceOptions extends Omit<NicOptions, 'memory' | 'clock' | 'name'> {
  /** Up to 15 characters; `eth0`, `eth1`, ... */
  readonly name?: string;
  /** Default: 2 for the first device, then 3, 4, ... (1 is lo). */
  readonly ifindex?: number;
  /** Default 1500; at most 3494, what one buffer holds behind the headroom. */
  readonly mtu?: number;
  /** Receive descriptors of each queue (`ethtool -G rx`); 512. */
  readonly rxRing?: number;
  /** Transmit descriptors of each queue (`ethtool -G tx`); 512. */
  readonly txRing?: number;
  /** Microseconds between two interrupts of a vector (`ethtool -C rx-usecs`); 50. */
  readonly rxUsecs?: number;
  /** Frames that interrupt before that (`ethtool -C rx-frames`); 0 is never. */
  readonly rxFrames?: number;
  /** Whether frames to other stations are taken too; true. */
  readonly promiscuous?: boolean;
}

/** What a device needs of its host. */
export interface DeviceHost extends FrameRouter {
  readonly memory: LinearMemory;
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

  /** @throws HostError for an MTU that no buffer holds; NicError for anything the NIC refuses */
  constructor(host: DeviceHost, name: string, ifindex: number, options: DeviceOptions) {
    const { mtu = 1500, rxRing = RING_SIZE.default, txRing = RING_SIZE.default } = options;
    if (!Number.isInteger(mtu) || mtu < 68 || mtu + MAX_HEADER > MAX_LINEAR_FRAME) {
      throw new HostError(
        'HOST_OPTION',
        `the MTU of ${name} is ${mtu}: give an integer from 68 to ${MAX_LINEAR_FRAME - MAX_HEADER}.`,
      );
    }
    this.name = name;
    this.ifindex = ifindex;
    this.mtu = mtu;
    this.nic = new Nic({ ...options, memory: host.memory, clock: host.clock, name });
    this.mac = Array.from(this.nic.macAddress, (byte) => byte.toString(16).padStart(2, '0')).join(':');
    this.#host = host;
    this.queues = Array.from({ length: this.nic.queues }, (_, index) => this.#openQueue(index, rxRing, txRing));
    this.nic.write(REGISTER.MAXFRS, mtu + MAX_HEADER + FCS_SIZE);
    const { promiscuous = true, rxUsecs, rxFrames } = options;
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
    const { memory, pool, softirqs } = this.#host;
    const cpu = index % softirqs.length;
    const rx = memory.reserve(rxCount * DESCRIPTOR_SIZE, `RX ring ${index} of ${name}`, RING_ALIGNMENT);
    const tx = memory.reserve(txCount * DESCRIPTOR_SIZE, `TX ring ${index} of ${name}`, RING_ALIGNMENT);
    nic.write(REGISTER.RDBA + index, rx);
    nic.write(REGISTER.RDLEN + index, rxCount * DESCRIPTOR_SIZE);
    nic.write(REGISTER.SRRCTL + index, RECEIVE_BUFFER);
    nic.write(REGISTER.RXDCTL + index, RXDCTL.ENABLE);
    nic.write(REGISTER.TDBA + index, tx);
    nic.write(REGISTER.TDLEN + index, txCount * DESCRIPTOR_SIZE);
    nic.write(REGISTER.TXDCTL + index, TXDCTL.ENABLE);
    const receive = new ReceiveRing(memory, pool, rx, rxCount, (tail) => nic.write(REGISTER.RDT + index, tail));
    const transmit = new TransmitRing(memory, pool, tx, txCount, (tail) => nic.write(REGISTER.TDT + index, tail));
    return new QueuePair(this, index, softirqs[cpu] as Softirq, cpu, this.#host, receive, transmit);
  }
}
