import { expect } from 'vitest';
import { toDrop, toPass, toRedirectTo, toTransmit } from './matchers/frame-matchers.ts';
import type { FrameMatchers } from './matchers/matcher-types.ts';

declare module 'vitest' {
  // The parameters must be those of Vitest's own declaration, used or not.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends FrameMatchers<R> {}
}

expect.extend({ toDrop, toPass, toTransmit, toRedirectTo });
