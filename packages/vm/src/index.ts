export type { KernelVersion } from './engine/engine.ts';
export { VmMap } from './maps/vm-map.ts';
export type { RedirectTarget } from './redirect-target.ts';
export { SkBuff } from './sk-buff.ts';
export { DEFAULT_INSTRUCTION_BUDGET, Vm, type VmOptions } from './vm.ts';
export { VmObject } from './vm-object.ts';
export { VmProgram } from './vm-program.ts';
export { XdpFrame } from './xdp-frame.ts';
