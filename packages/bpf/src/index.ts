export { type AssembleOptions, assemble, assembleInstructions } from './asm/assemble.ts';
export { disassemble, formatInstruction } from './asm/disassemble.ts';
export { BpfError, type BpfPlace } from './bpf-error.ts';
export { type MapBtf, mapBtf } from './btf/map-btf.ts';
export {
  FUNC_INFO_SIZE,
  LINE_INFO_SIZE,
  type ProgramBtf,
  type ProgramBtfOptions,
  programBtf,
} from './btf/program-btf.ts';
export type { AnyMap, BpfEvents, BpfMap, BpfQueue, MapOf, ProgramArray, UpdateMode } from './contracts/bpf-map.ts';
export { checkTestRun } from './contracts/check-test-run.ts';
export { findHandle } from './contracts/find-handle.ts';
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
export { typedMap } from './contracts/typed-map.ts';
export { decode, decodeUnchecked } from './isa/decode.ts';
export { encode, SLOT_SIZE } from './isa/encode.ts';
export { type Instruction, type MapReference, type Position, slotsOf } from './isa/instruction.ts';
export { type LinkedImmediate, linkProgram } from './isa/link.ts';
export type { AluOperation, AtomicOperation, Condition, Operand, Swap } from './isa/make.ts';
export * as asm from './isa/make.ts';
export {
  ALU,
  ATOMIC,
  ATOMIC_FETCH,
  accessSize,
  CALL,
  CLASS,
  CLASS_MASK,
  FRAME_POINTER,
  JMP,
  MAX_CALL_FRAMES,
  MAX_TAIL_CALLS,
  type MemorySize,
  MODE,
  MODE_MASK,
  OPCODE,
  OPERAND,
  OPERAND_MASK,
  OPERATION_MASK,
  PSEUDO,
  REGISTERS,
  SIGNED_DIVISION,
  SIZE,
  SIZE_MASK,
  SIZE_OF_BYTES,
  STACK_SIZE,
  SWAP,
} from './isa/opcodes.ts';
export { distanceOf, indexBySlot, refersToFunction, validate } from './isa/validate.ts';
export type { BpfObject, Maps, Programs } from './object/bpf-object.ts';
export { checkMap, isObjectName } from './object/check-map.ts';
export { checkObject } from './object/check-object.ts';
export type { MapSpec, MapType, Sharing } from './object/map-spec.ts';
export {
  array,
  arrayOfMaps,
  cpumap,
  devmap,
  devmapHash,
  hash,
  hashOfMaps,
  type IndexedOptions,
  type KeyedOptions,
  type ListOptions,
  lpmTrie,
  lruHash,
  lruPerCpuHash,
  type OuterOptions,
  perCpuArray,
  perCpuHash,
  perfEventArray,
  programArray,
  queue,
  type ReferenceOptions,
  type RingOptions,
  ringBuffer,
  stack,
  xskmap,
} from './object/maps.ts';
export { DEFAULT_LICENSE, type FunctionSpec, type ProgramSpec, type ProgramType } from './object/program-spec.ts';
export { ERRNO, type ErrnoName, errnoName } from './tables/errno.ts';
export { HELPER_FLAGS, MAP_FLAGS, RINGBUF, RINGBUF_QUERY, UPDATE_FLAGS } from './tables/flags.ts';
export {
  type ArgumentKind,
  HELPERS,
  type HelperName,
  type HelperSpec,
  helperById,
  isGplCompatible,
  type ResultKind,
} from './tables/helpers.ts';
export {
  entriesOf,
  isPerCpu,
  kernelSizes,
  MAP_TYPES,
  type MapTypeSpec,
  type SizeRule,
  VALUE_ALIGNMENT,
  valueStride,
} from './tables/map-types.ts';
export {
  type Access,
  type ContextField,
  contextFieldAt,
  PROGRAM_TYPES,
  type ProgramTypeSpec,
  TC_VERDICTS,
  XDP_VERDICTS,
} from './tables/program-types.ts';
