import './extend.ts';

export { MatcherError } from './matcher-error.ts';
export type { FrameOptions } from './matchers/frame-matchers.ts';
export type { FrameMatchers } from './matchers/matcher-types.ts';
export type { Frame } from './subject/frame.ts';
export type { MapContents } from './subject/map-contents.ts';
export type { FrameSubject, ProgramSubject, SubjectOptions } from './subject/subject.ts';
