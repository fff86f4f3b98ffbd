import { KernelHost, pinToCpu, possibleCpus } from '@hookline/attach';
import type { BpfObject, LoadedObject } from '@hookline/bpf';
import { LinearMemory, Random, VirtualClock } from '@hookline/machine';
import { Vm } from '@hookline/vm';

/** Where programs run in both worlds: what XDP does to per-CPU values and LRU lists depends on it. */
const CPU = 0;
/** A machine never gives back the memory of a map, so a new one is made from time to time. */
const OBJECTS_A_MACHINE = 200;

/** The simulator and the kernel, made alike: the same number of CPUs, and everything on one of them. */
export class Worlds implements Disposable {
  readonly #pin = pinToCpu(CPU);
  readonly #kernel = new KernelHost();
  #vm: Vm | undefined;
  #objects = 0;

  /** Loads an object into the kernel. The caller disposes of it. */
  load(object: BpfObject): LoadedObject {
    return this.#kernel.load(object);
  }

  /** Loads an object into a simulated machine. */
  simulate(object: BpfObject): LoadedObject {
    if (this.#objects++ % OBJECTS_A_MACHINE === 0) this.#vm = undefined;
    this.#vm ??= new Vm({
      memory: new LinearMemory(),
      cpus: possibleCpus(),
      clock: new VirtualClock(),
      random: new Random(0),
      // The namespace of the tests is only sure to have the loopback device.
      hasDevice: (ifindex) => ifindex === 1,
    });
    return this.#vm.load(object);
  }

  [Symbol.dispose](): void {
    this.#kernel[Symbol.dispose]();
    this.#pin[Symbol.dispose]();
  }
}
