import type { MapSpec, Maps, Programs, Service } from '@hookline/bpf';
import { LinearMemory } from '@hookline/machine';
import { Vm, type VmProgram, XdpFrame } from '@hookline/vm';

const BUFFER = 4096;
const HEADROOM = 256;
const TAILROOM = 320;

/** A machine whose clock and CPUs a test chooses, packet by packet. */
export class VirtualCpus {
  /** Nanoseconds; a test moves it. */
  readonly clock: { now: number } = { now: 0 };
  readonly #memory = new LinearMemory(4096);
  readonly #buffer = this.#memory.reserve(BUFFER, 'a frame', BUFFER);
  readonly #frame = new XdpFrame();
  readonly #vm: Vm;

  constructor(cpus: number) {
    this.#vm = new Vm({ memory: this.#memory, cpus, clock: this.clock, random: { u32: () => 0 } });
  }

  /** A service in the machine, with its control plane. */
  start<Config, Control, P extends Programs, M extends Maps & Readonly<Record<string, MapSpec>>>(
    service: Service<Config, Control, P, M>,
    config: Config,
  ) {
    const loaded = this.#vm.load(service.build(config));
    return { loaded, control: service.control(loaded, config) };
  }

  /** Runs an XDP program on a CPU; its verdict. */
  run(program: VmProgram<'xdp'>, bytes: Uint8Array, cpu: number): number {
    this.#memory.bytes.set(bytes, this.#place(bytes.length));
    return program.runXdp(this.#frame, cpu);
  }

  /** The frame as the last run has left it. */
  get frame(): Uint8Array {
    return this.#memory.bytes.slice(this.#frame.data, this.#frame.dataEnd);
  }

  #place(length: number): number {
    const frame = this.#frame;
    frame.hardStart = this.#buffer;
    frame.data = frame.hardStart + HEADROOM;
    frame.dataMeta = frame.data;
    frame.dataEnd = frame.data + length;
    frame.frameEnd = frame.hardStart + BUFFER - TAILROOM;
    frame.ingressIfindex = 1;
    return frame.data;
  }
}
