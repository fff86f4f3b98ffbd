export { BuildError, type BuildErrorCode } from './build-error.ts';
export { repeat, select, when } from './surface/control.ts';
export type { TcContext, XdpContext, XdpPacket } from './surface/hooks.ts';
export { cpu, random, redirect, time, trace } from './surface/machine.ts';
export type { EventsMap, KeyedMap, ListMap, ProgramArrayMap, RedirectMap } from './surface/map-types.ts';
export {
  array,
  cpumap,
  devmap,
  devmapHash,
  hash,
  lpmTrie,
  lruHash,
  lruPerCpuHash,
  perCpuArray,
  perCpuHash,
  perfEventArray,
  programArray,
  queue,
  ringBuffer,
  stack,
  xskmap,
} from './surface/maps.ts';
export { bpfObject, type MapsOf, type ProgramsOf } from './surface/object.ts';
export type { Ipv4, Ipv4Methods } from './surface/packet/ipv4.ts';
export type { Ipv6, Ipv6Methods } from './surface/packet/ipv6.ts';
export type { Arp, Ethernet, Packet, Vlan } from './surface/packet/packet.ts';
export type { Icmp, Icmpv6, Rewritable, Tcp, Udp } from './surface/packet/transport.ts';
export {
  type Built,
  isProgram,
  type Program,
  type ProgramOptions,
  type TypeOfHook,
  tc,
  xdp,
} from './surface/program.ts';
export { subprogram } from './surface/subprogram.ts';
export type {
  AnyVerdict,
  ArrayPlace,
  BitsPlace,
  Both,
  Branch,
  BytesPlace,
  BytesValue,
  Exit,
  Found,
  Header,
  Hook,
  Int,
  IntPlace,
  Maybe,
  Operand,
  PacketCondition,
  Place,
  Result,
  SignedOperand,
  Source,
  Stop,
  TextPlace,
  TextValue,
  Uint,
  UintPlace,
  Verdict,
} from './surface/types.ts';
export { variable } from './surface/variable.ts';
export { DROP, PASS, STOP, TC, XDP } from './surface/verdict.ts';
