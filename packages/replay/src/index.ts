export { compare } from './compare/compare.ts';
export type { CompareOptions } from './compare/compare-options.ts';
export type {
  ByteDifference,
  Change,
  Comparison,
  Example,
  FlowChange,
  OutcomeReport,
} from './compare/comparison.ts';
export type { BatchEvent, ReplayEvent, ReportEvent } from './events.ts';
export { ORIGINAL_PACE, type Pace } from './ingest/pace.ts';
export { DEFAULT_SHAPE, type ShapeOptions } from './ingest/shape-options.ts';
export { type CaptureInput, type ReplayOptions, type ReplayProgram, serviceProgram } from './options.ts';
export { CAPTURE_POINTS, type CapturePoint } from './points/capture-points.ts';
export { type Replay, replay } from './replay.ts';
export { ReplayError } from './replay-error.ts';
export { flatCounters } from './report/flat-counters.ts';
export type {
  CaptureReport,
  Conservation,
  Counters,
  CpuReport,
  QueueReport,
  Report,
  RowReport,
} from './report/report.ts';
export type { SampleEvent } from './sampler.ts';
