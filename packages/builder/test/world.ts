import { KernelHost } from '@hookline/attach';
import type { BpfObject, LoadedObject, Maps, Programs } from '@hookline/bpf';
import { LinearMemory, Random, VirtualClock } from '@hookline/machine';
import { Vm } from '@hookline/vm';

/** Where a test loads its objects. */
export interface World extends Disposable {
  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): LoadedObject<P, M>;
}

export function simulated(): World {
  const vm = new Vm({ memory: new LinearMemory(), cpus: 2, clock: new VirtualClock(), random: new Random(1) });
  return { load: (object) => vm.load(object), [Symbol.dispose]: () => {} };
}

export function kernel(): World {
  return new KernelHost();
}
