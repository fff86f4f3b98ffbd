import { assemble, assembleInstructions } from '@hookline/bpf';
import { LinearMemory } from '@hookline/machine';
import { Vm, type VmObject, type VmOptions, type VmProgram, XdpFrame } from '../src/index.ts';

/** 64 MiB: enough for every test, and quick to make. */
const PAGES = 1024;
export const CPUS = 2;

export function machine(options: Partial<VmOptions> = {}): Vm {
  return new Vm({
    memory: new LinearMemory(PAGES),
    cpus: CPUS,
    clock: { now: 0 },
    random: { u32: () => 4 },
    ...options,
  });
}

/** r0 of some lines of assembly, as `hookline vm exec` gives it. */
export function execute(text: string, bytes?: Uint8Array, options: Partial<VmOptions> = {}): bigint {
  return machine(options).execute(assembleInstructions(text), bytes);
}

export function load(text: string, options: Partial<VmOptions> = {}): VmObject {
  return machine(options).load(assemble(text));
}

/** The only program of an object. */
export function main(object: VmObject): VmProgram {
  const [program] = Object.values(object.programs);
  if (program === undefined) throw new Error('The object has no program.');
  return program;
}

/** A program whose result is in r0, run on 64 bytes of zeros: r0, signed 32 bits. */
export function run(text: string, options: Partial<VmOptions> = {}): number {
  return main(load(text, options)).testRun(new Uint8Array(64)).verdict | 0;
}

/** A frame in a buffer of 4096 bytes with 256 of headroom. */
export function frameOf(vm: Vm, bytes: Uint8Array): XdpFrame {
  const frame = new XdpFrame();
  frame.hardStart = vm.memory.reserve(4096, 'a frame', 4096);
  frame.data = frame.hardStart + 256;
  frame.dataMeta = frame.data;
  frame.dataEnd = frame.data + bytes.length;
  frame.frameEnd = frame.hardStart + 4096 - 320;
  vm.memory.bytes.set(bytes, frame.data);
  return frame;
}

export function bytesOf(vm: Vm, frame: XdpFrame): Uint8Array {
  return vm.memory.bytes.slice(frame.data, frame.dataEnd);
}

/** Little-endian bytes of 32-bit words. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return bytes;
}
