import { expect } from 'vitest';
import { toMatchCapture } from './matchers/capture-matcher.ts';
import { toDrop, toPass, toRedirectTo, toTransmit } from './matchers/frame-matchers.ts';
import { toHaveMapEntry } from './matchers/map-matchers.ts';
import type { FrameMatchers, ReportMatchers } from './matchers/matcher-types.ts';
import { toConserveFrames, toHaveDropped, toHaveVerdicts } from './matchers/report-matchers.ts';

declare module 'vitest' {
  // The parameters must be those of Vitest's own declaration, used or not.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends FrameMatchers<R>,
      ReportMatchers<R> {}
}

expect.extend({ toDrop, toPass, toTransmit, toRedirectTo });
expect.extend({ toHaveVerdicts, toHaveDropped, toConserveFrames, toHaveMapEntry, toMatchCapture });
