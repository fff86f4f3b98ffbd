import './extend.ts';

export type { Report } from '@hookline/replay';
export { type Differential, differential } from './differential.ts';
export { MatcherError } from './matcher-error.ts';
export { type CaptureOptions, writeOutput } from './matchers/capture-matcher.ts';
export type { FrameOptions } from './matchers/frame-matchers.ts';
export type { FrameMatchers, ReportMatchers, VerdictCounts } from './matchers/matcher-types.ts';
export type { DropExpectation } from './matchers/report-matchers.ts';
export { replay, type TestCapture, type TestReplayOptions } from './replay/replay.ts';
export type { Frame } from './subject/frame.ts';
export type { MapContents } from './subject/map-contents.ts';
export type { FrameSubject, ProgramSubject, SubjectOptions } from './subject/subject.ts';
