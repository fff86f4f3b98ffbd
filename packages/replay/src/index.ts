export { ORIGINAL_PACE, type Pace } from './ingest/pace.ts';
export { DEFAULT_SHAPE, type ShapeOptions } from './ingest/shaper.ts';
export { type CaptureInput, type ReplayOptions, type ReplayProgram, serviceProgram } from './options.ts';
export {
  type BatchEvent,
  type Replay,
  type ReplayEvent,
  type ReportEvent,
  replay,
  type SampleEvent,
} from './replay.ts';
export { ReplayError } from './replay-error.ts';
export type { CaptureReport, Conservation, CpuReport, QueueReport, Report, RowReport } from './report/report.ts';
