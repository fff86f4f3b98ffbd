import {
  BpfError,
  type BpfObject,
  type Device,
  type Host,
  type Link,
  type LoadedObject,
  type LoadedProgram,
  type Maps,
  type Programs,
  type ProgramType,
  type TcOptions,
  type XdpOptions,
} from '@hookline/bpf';
import { LinearMemory, PACKET_BUFFER_SIZE, PacketBufferPool, Random, VirtualClock } from '@hookline/machine';
import { Vm, type VmProgram } from '@hookline/vm';
import { Datapath } from './datapath.ts';
import type { DropCounts } from './drop-reason.ts';
import { HostError } from './host-error.ts';
import { checkHostOptions, checkWhole, type HostOptions } from './host-options.ts';
import { SimulatedLink } from './link.ts';
import type { PacketTap } from './packet-tap.ts';
import { type DeviceHost, type DeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { Softirq } from './softirq.ts';
import type { DeliverySink, Stack } from './stack.ts';

/** lo is 1. */
const FIRST_IFINDEX = 2;

/** A simulated Linux host: CPUs, devices with their drivers, hooks. It loads and attaches as the kernel does. */
export class SimulatedHost implements Host, DeviceHost {
  readonly memory: LinearMemory;
  readonly clock = new VirtualClock();
  readonly softirqs: readonly Softirq[];
  readonly datapath: Datapath;
  readonly pool: PacketBufferPool;
  readonly vm: Vm;
  readonly #devices: SimulatedDevice[] = [];
  readonly #programs = new WeakSet<LoadedProgram>();
  /** Packet buffers that full rings of all devices take. */
  #buffers = 0;

  /** @throws HostError HOST_OPTION; MachineArgumentError for a seed or a number of pages that is none */
  constructor(options: HostOptions = {}) {
    const { cpus, packetBuffers, costs, limits } = checkHostOptions(options);
    this.memory = new LinearMemory(options.memoryPages);
    this.pool = new PacketBufferPool(this.memory, packetBuffers, 'packet buffers');
    this.softirqs = Array.from({ length: cpus }, () => new Softirq(this.clock, limits, costs.wakeUp));
    const datapath = new Datapath({
      memory: this.memory,
      pool: this.pool,
      costs,
      firstCpu: this.softirqs[0] as Softirq,
      vm: () => this.vm,
    });
    this.datapath = datapath;
    this.vm = new Vm({
      memory: this.memory,
      cpus,
      // A program sees the time that its poll has reached, which is ahead of the clock's.
      clock: datapath,
      hasDevice: (ifindex) => datapath.hasDevice(ifindex),
      random: new Random(options.seed ?? 1).fork('helpers'),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
  }

  /** Virtual nanoseconds as the CPU that works now sees them. */
  get now(): number {
    return this.datapath.now;
  }

  /** Frames that the host dropped. */
  get drops(): DropCounts {
    return this.datapath.drops;
  }

  get stack(): Stack {
    return this.datapath.stack;
  }

  /** Packets that passed every hook. */
  get delivered(): number {
    return this.datapath.delivered;
  }

  get deliveredBytes(): number {
    return this.datapath.deliveredBytes;
  }

  /** Copies made by broadcast redirects. */
  get broadcasts(): number {
    return this.datapath.broadcasts;
  }

  /** Sets what takes the packets that the stack accepts. */
  onDeliver(sink: DeliverySink | undefined): void {
    this.datapath.onDeliver(sink);
  }

  /** Sets what watches packets on their way; nobody by default, which costs nothing. */
  onPacket(tap: PacketTap | undefined): void {
    this.datapath.tap = tap;
  }

  /**
   * Adds a network interface and brings it up.
   *
   * @throws HostError for a name or number that is taken, or an option that cannot be; NicError for what the NIC
   *   refuses; MemoryExhaustedError
   */
  addDevice(options: DeviceOptions = {}): SimulatedDevice {
    const name = options.name ?? `eth${this.#devices.length}`;
    const ifindex = options.ifindex ?? FIRST_IFINDEX + this.#devices.length;
    if (!/^[^\s/:]{1,15}$/.test(name) || this.#devices.some((device) => device.name === name)) {
      throw new HostError('HOST_DEVICE', `'${name}': give each device a name of its own, 1 to 15 characters.`);
    }
    checkWhole(`the ifindex of ${name}`, ifindex, 1, 0x7fff_ffff);
    if (this.datapath.hasDevice(ifindex)) {
      throw new HostError('HOST_DEVICE', `${name} has ifindex ${ifindex}, which is taken: give each device its own.`);
    }
    const buffers = SimulatedDevice.buffersOf(options);
    if (this.#buffers + buffers > this.pool.capacity) {
      throw new HostError(
        'HOST_OPTION',
        `the rings of ${name} take ${buffers} packet buffers of ${PACKET_BUFFER_SIZE} bytes, and ` +
          `${this.pool.capacity - this.#buffers} are left: give the host more packetBuffers, or the device smaller rings.`,
      );
    }
    const device = new SimulatedDevice(this, name, ifindex, options);
    this.#buffers += buffers;
    this.#devices.push(device);
    this.datapath.add(device);
    return device;
  }

  devices(): readonly SimulatedDevice[] {
    return this.#devices;
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
    const place = `the ${direction} of ${target.name}`;
    checkAbsent(list, current, place);
    list.push(current);
    const slot = {
      get: () => current,
      set: (next: VmProgram | undefined) => {
        if (next === current) return;
        if (next !== undefined) checkAbsent(list, next, place);
        list.splice(list.indexOf(current as VmProgram), 1, ...(next === undefined ? [] : [next]));
        current = next;
      },
    };
    return new SimulatedLink(slot, { hook: 'tc', device: target, direction }, (next) => this.#own(next, 'sched_cls'));
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

/** The kernel takes a program once on a hook (`bpf_mprog_attach`). */
function checkAbsent(list: readonly VmProgram[], program: VmProgram, place: string): void {
  if (!list.includes(program)) return;
  throw new BpfError('EEXIST', `${program.spec.name} is on ${place} already: load its object again for a second one.`);
}
