import {
  BpfError,
  type BpfObject,
  type Device,
  HELPER_FLAGS,
  type Host,
  type Link,
  type LoadedObject,
  type LoadedProgram,
  type Maps,
  type Programs,
  type ProgramType,
  TC_VERDICTS,
  type TcOptions,
  type XdpOptions,
} from '@hookline/bpf';
import { LinearMemory, PACKET_BUFFER_SIZE, PacketBufferPool, Random, VirtualClock } from '@hookline/machine';
import {
  type KernelVersion,
  type RedirectTarget,
  type SkBuff,
  Vm,
  type VmMap,
  type VmProgram,
  type XdpFrame,
} from '@hookline/vm';
import { type CostModel, DEFAULT_COSTS } from './cost-model.ts';
import { DropCounts, type DropReason } from './drop-reason.ts';
import { HostError } from './host-error.ts';
import { SimulatedLink } from './link.ts';
import type { QueuePair } from './queue-pair.ts';
import { type DeviceHost, type DeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { DEFAULT_LIMITS, Softirq, type SoftirqLimits } from './softirq.ts';
import { type DeliverySink, Stack } from './stack.ts';

/** What a simulated host is made of; every value has a default. */
export interface HostOptions {
  /** CPUs, each with its own softirq; 4. Vectors are spread over them in turn. */
  readonly cpus?: number;
  /** Where all random numbers come from; 1. */
  readonly seed?: number | bigint;
  /** Whose helpers' behaviour is followed where kernels differ. */
  readonly kernel?: KernelVersion;
  readonly costs?: Partial<CostModel>;
  readonly limits?: Partial<SoftirqLimits>;
  /** Packet buffers of all devices together; 16 384. */
  readonly packetBuffers?: number;
  /** 64 KiB pages of the machine's memory; all 65 536 (4 GiB, committed when touched). */
  readonly memoryPages?: number;
  /** Takes the lines of `bpf_trace_printk`. */
  readonly trace?: (line: string) => void;
}

/** lo is 1. */
const FIRST_IFINDEX = 2;
/** How often a packet may be redirected to an ingress again (XMIT_RECURSION_LIMIT, include/linux/netdevice.h). */
const RECURSION_LIMIT = 8;

/** A simulated Linux host: CPUs, devices with their drivers, hooks. It loads and attaches as the kernel does. */
export class SimulatedHost implements Host, DeviceHost {
  readonly memory: LinearMemory;
  readonly clock = new VirtualClock();
  readonly costs: CostModel;
  readonly drops = new DropCounts();
  readonly pool: PacketBufferPool;
  readonly softirqs: readonly Softirq[];
  readonly stack: Stack;
  readonly vm: Vm;
  /** Packets that passed every hook, and their bytes. */
  delivered = 0;
  deliveredBytes = 0;
  /** Copies made by broadcast redirects. */
  broadcasts = 0;
  readonly #devices: SimulatedDevice[] = [];
  readonly #programs = new WeakSet<LoadedProgram>();
  readonly #byIfindex = new Map<number, SimulatedDevice>();
  #running: Softirq;
  #sink: DeliverySink | undefined;

  constructor(options: HostOptions = {}) {
    const { cpus = 4, seed = 1, packetBuffers = 16_384 } = options;
    if (!Number.isInteger(cpus) || cpus < 1 || cpus > 64) {
      throw new HostError('HOST_OPTION', `the host has ${cpus} CPUs: give an integer from 1 to 64.`);
    }
    this.memory = new LinearMemory(options.memoryPages);
    this.costs = { ...DEFAULT_COSTS, ...options.costs };
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.pool = new PacketBufferPool(this.memory, packetBuffers, 'packet buffers');
    this.softirqs = Array.from({ length: cpus }, () => new Softirq(this.clock, limits, this.costs.wakeUp));
    this.#running = this.softirqs[0] as Softirq;
    this.stack = new Stack(this.memory);
    const host = this;
    this.vm = new Vm({
      memory: this.memory,
      cpus,
      // A program sees the time that its poll has reached, which is ahead of the clock's.
      clock: {
        get now() {
          return host.now;
        },
      },
      hasDevice: (ifindex) => this.#byIfindex.has(ifindex),
      random: new Random(seed).fork('helpers'),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
  }

  /**
   * Adds a network interface and brings it up.
   *
   * @throws HostError for a name or number that is taken; NicError for what the NIC refuses; MemoryExhaustedError
   */
  addDevice(options: DeviceOptions = {}): SimulatedDevice {
    const name = options.name ?? `eth${this.#devices.length}`;
    const ifindex = options.ifindex ?? FIRST_IFINDEX + this.#devices.length;
    if (!/^[^\s/]{1,15}$/.test(name) || this.#devices.some((device) => device.name === name)) {
      throw new HostError('HOST_DEVICE', `'${name}': give each device a name of its own, 1 to 15 characters.`);
    }
    if (!Number.isInteger(ifindex) || ifindex < 1 || ifindex > 0x7fff_ffff || this.#byIfindex.has(ifindex)) {
      throw new HostError('HOST_DEVICE', `${name} has ifindex ${ifindex}: give each device one of its own, from 1 on.`);
    }
    const needed = (options.queues ?? 1) * ((options.rxRing ?? 512) + (options.txRing ?? 512));
    if (needed > this.pool.available) {
      throw new HostError(
        'HOST_OPTION',
        `the rings of ${name} take ${needed} packet buffers of ${PACKET_BUFFER_SIZE} bytes, and ` +
          `${this.pool.available} are left: give the host more packetBuffers, or the device smaller rings.`,
      );
    }
    const device = new SimulatedDevice(this, name, ifindex, options);
    this.#devices.push(device);
    this.#byIfindex.set(ifindex, device);
    return device;
  }

  /** Virtual nanoseconds as the CPU that works now sees them. */
  get now(): number {
    return this.#running.now;
  }

  devices(): readonly SimulatedDevice[] {
    return this.#devices;
  }

  /** Sets what takes the packets that the stack accepts. */
  onDeliver(sink: DeliverySink | undefined): void {
    this.#sink = sink;
  }

  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): LoadedObject<P, M> {
    const loaded = this.vm.load(object);
    for (const program of Object.values<VmProgram>(loaded.programs)) this.#programs.add(program);
    return loaded;
  }

  attachXdp(program: LoadedProgram<'xdp'>, device: Device | string, options: XdpOptions = {}): Link {
    const { mode = 'native' } = options;
    const target = this.#device(device);
    if (mode !== 'native') {
      throw new BpfError('EOPNOTSUPP', `${target.name} has no ${mode} XDP here: attach in native mode.`);
    }
    if (target.xdpProgram !== undefined) {
      throw new BpfError(
        'EBUSY',
        `${target.name} has the XDP program ${target.xdpProgram.spec.name} already: update its link, or detach it first.`,
      );
    }
    target.xdpProgram = this.#own(program, 'xdp');
    const slot = {
      get: () => target.xdpProgram,
      set: (next: VmProgram | undefined) => {
        target.xdpProgram = next;
      },
    };
    return new SimulatedLink(slot, { hook: 'xdp', device: target, mode }, (next) => this.#own(next, 'xdp'));
  }

  attachTc(program: LoadedProgram<'sched_cls'>, device: Device | string, options: TcOptions = {}): Link {
    const { direction = 'ingress' } = options;
    const target = this.#device(device);
    const list = direction === 'ingress' ? target.tcIngress : target.tcEgress;
    let current: VmProgram | undefined = this.#own(program, 'sched_cls');
    if (list.includes(current)) {
      throw new BpfError('EEXIST', `${current.spec.name} is on the ${direction} of ${target.name} already.`);
    }
    list.push(current);
    const slot = {
      get: () => current,
      set: (next: VmProgram | undefined) => {
        list.splice(list.indexOf(current as VmProgram), 1, ...(next === undefined ? [] : [next]));
        current = next;
      },
    };
    return new SimulatedLink(slot, { hook: 'tc', device: target, direction }, (next) => this.#own(next, 'sched_cls'));
  }

  pass(queue: QueuePair, frame: XdpFrame, hash: number): void {
    const { softirq, cpu, device } = queue;
    softirq.stat.processed++;
    softirq.spend(this.costs.skb);
    this.stack.build(queue, frame, hash);
    this.#ingress(device, cpu, softirq, 0);
  }

  begin(queue: QueuePair): void {
    this.#running = queue.softirq;
  }

  redirect(queue: QueuePair, frame: XdpFrame): boolean {
    const target = this.vm.redirect(queue.cpu);
    const length = frame.dataEnd - frame.data;
    if (target.map !== undefined && (target.flags & HELPER_FLAGS.BROADCAST) !== 0) {
      return this.#broadcast(queue, frame, target);
    }
    if (this.#send(target.ifindex, frame.data, length, queue.cpu)) return true;
    this.#drop('XDP_REDIRECT_ERROR', frame.hardStart);
    return false;
  }

  flush(): void {
    for (const device of this.#devices) {
      for (const queue of device.queues) queue.transmit.ringDoorbell();
    }
  }

  /** Sends the frame to every device of a map (`dev_map_enqueue_multi`); each takes a copy, of which one counts as the frame itself. */
  #broadcast(queue: QueuePair, frame: XdpFrame, target: RedirectTarget): boolean {
    const length = frame.dataEnd - frame.data;
    const without = (target.flags & HELPER_FLAGS.EXCLUDE_INGRESS) !== 0 ? queue.device.ifindex : 0;
    let sent = false;
    for (const ifindex of this.#members(target.map as VmMap)) {
      if (ifindex === without || !this.#byIfindex.has(ifindex)) continue;
      const copy = this.pool.take();
      if (copy === 0) continue;
      const data = copy + (frame.data - frame.hardStart);
      this.memory.bytes.copyWithin(data, frame.data, frame.dataEnd);
      if (this.#send(ifindex, data, length, queue.cpu)) {
        if (sent) this.broadcasts++;
        sent = true;
      } else {
        this.pool.give(copy);
      }
    }
    if (sent) this.pool.give(frame.hardStart);
    else this.#drop('XDP_REDIRECT_ERROR', frame.hardStart);
    return sent;
  }

  /** Interfaces in a device map. */
  *#members(map: VmMap): Generator<number> {
    for (let key = map.nextKey(undefined); key !== undefined; key = map.nextKey(key)) {
      const value = map.lookup(key);
      if (value !== undefined) yield new DataView(value.buffer, value.byteOffset).getUint32(0, true);
    }
  }

  /** TC ingress and what follows; the packet is the stack's sk_buff. */
  #ingress(device: SimulatedDevice, cpu: number, softirq: Softirq, depth: number): void {
    const { stack } = this;
    const { skb } = stack;
    const verdict = stack.run(device.tcIngress, cpu);
    if (verdict === TC_VERDICTS.SHOT) {
      this.#drop('TC_INGRESS', skb.head);
    } else if (verdict === TC_VERDICTS.REDIRECT) {
      this.#redirectSkb(skb, cpu, softirq, depth);
    } else {
      softirq.spend(this.costs.deliver);
      this.delivered++;
      this.deliveredBytes += skb.len;
      this.#sink?.(device, this.memory.bytes, skb.data, skb.len);
      this.pool.give(skb.head);
    }
  }

  /** `skb_do_redirect` (net/core/filter.c). */
  #redirectSkb(skb: SkBuff, cpu: number, softirq: Softirq, depth: number): void {
    const { ifindex, flags } = this.vm.redirect(cpu);
    const device = this.#byIfindex.get(ifindex);
    if (device === undefined) {
      this.#drop('TC_INGRESS', skb.head);
      return;
    }
    softirq.spend(this.costs.redirect);
    if ((flags & HELPER_FLAGS.INGRESS) === 0) {
      this.#egress(device, skb, cpu);
      return;
    }
    if (depth === RECURSION_LIMIT) {
      this.#drop('RECURSION_LIMIT', skb.head);
      return;
    }
    skb.ifindex = device.ifindex;
    this.#ingress(device, cpu, softirq, depth + 1);
  }

  /** TC egress and the transmit ring. */
  #egress(device: SimulatedDevice, skb: SkBuff, cpu: number): void {
    skb.ifindex = device.ifindex;
    if (this.stack.run(device.tcEgress, cpu) === TC_VERDICTS.SHOT) {
      this.#drop('TC_EGRESS', skb.head);
    } else if (!this.stack.retag(skb) || !this.#send(device.ifindex, skb.data, skb.len, cpu)) {
      this.#drop('QDISC_DROP', skb.head);
    }
  }

  /** Puts a frame into the transmit ring that a device has for this CPU; it takes the buffer over if it can. */
  #send(ifindex: number, address: number, length: number, cpu: number): boolean {
    const device = this.#byIfindex.get(ifindex);
    if (device === undefined) return false;
    const { transmit } = device.queues[cpu % device.queues.length] as QueuePair;
    if (transmit.send(address, length)) return true;
    transmit.clean();
    return transmit.send(address, length);
  }

  #drop(reason: DropReason, buffer: number): void {
    this.drops.add(reason);
    this.pool.give(buffer);
  }

  #device(device: Device | string): SimulatedDevice {
    const name = typeof device === 'string' ? device : device.name;
    const found = this.#devices.find((candidate) => candidate.name === name);
    if (found === undefined) {
      const names = this.#devices.map((candidate) => candidate.name).join(', ') || 'none';
      throw new BpfError('ENODEV', `the simulated host has no device ${name}: it has ${names}.`);
    }
    return found;
  }

  /** The program as this host runs it. */
  #own(program: LoadedProgram, type: ProgramType): VmProgram {
    if (!this.#programs.has(program)) {
      throw new BpfError('EINVAL', `${program.spec.name} was loaded by another host: load its object here first.`);
    }
    if (program.spec.type !== type) {
      throw new BpfError(
        'EINVAL',
        `${program.spec.name} is a ${program.spec.type} program, and this hook takes ${type}.`,
      );
    }
    return program as VmProgram;
  }

  [Symbol.dispose](): void {
    for (const device of this.#devices) {
      device.nic.attachSource(undefined);
      device.nic.attachSink(undefined);
    }
  }
}
