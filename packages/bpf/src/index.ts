export { BpfError, type BpfPlace } from './bpf-error.ts';
export type { AnyMap, BpfEvents, BpfMap, BpfQueue, MapOf, ProgramArray, UpdateMode } from './contracts/bpf-map.ts';
export type {
  Device,
  Host,
  Link,
  LinkInfo,
  TcDirection,
  TcOptions,
  XdpMode,
  XdpOptions,
} from './contracts/host.ts';
export type {
  ContextFields,
  LoadedObject,
  LoadedProgram,
  TestRunOptions,
  TestRunResult,
} from './contracts/loaded-object.ts';
export type { RawMap } from './contracts/raw-map.ts';
export type { Row, Schema, Service } from './contracts/service.ts';
export { type Instruction, type MapReference, type Position, slotsOf } from './isa/instruction.ts';
export type { BpfObject, Maps, Programs } from './object/bpf-object.ts';
export type { MapSpec, MapType, Sharing } from './object/map-spec.ts';
export { DEFAULT_LICENSE, type FunctionSpec, type ProgramSpec, type ProgramType } from './object/program-spec.ts';
