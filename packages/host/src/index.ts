export { type CostModel, DEFAULT_COSTS } from './cost-model.ts';
export { DROP_REASONS, DropCounts, type DropReason } from './drop-reason.ts';
export { HostError } from './host-error.ts';
export type { QueuePair } from './queue-pair.ts';
export { type DeviceOptions, SimulatedDevice } from './simulated-device.ts';
export { type HostOptions, SimulatedHost } from './simulated-host.ts';
export { DEFAULT_LIMITS, type SoftirqLimits, type SoftnetStat } from './softirq.ts';
export { type DeliverySink, TC_NAMES, type TcName } from './stack.ts';
export { VERDICT_NAMES, type VerdictName } from './xdp-counts.ts';
