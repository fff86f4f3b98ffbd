import type { Device, MapSpec } from '@hookline/bpf';
import type { Js } from '@hookline/layout';
import type { Report } from '@hookline/replay';
import type { Frame } from '../subject/frame.ts';
import type { CaptureOptions } from './capture-matcher.ts';
import type { FrameOptions } from './frame-matchers.ts';
import type { DropExpectation } from './report-matchers.ts';

/** Matchers for a program and a frame. Each assertion loads the program anew, except one that is loaded already. */
export interface FrameMatchers<R> {
  /** XDP DROP; TC SHOT. A program that aborts does not drop. */
  toDrop(frame: Frame, options?: FrameOptions): R;
  /** XDP PASS; in TC whatever lets the frame go on to the stack. */
  toPass(frame: Frame, options?: FrameOptions): R;
  /** XDP TX: back out of the device that it came from. TC has no such verdict. */
  toTransmit(frame: Frame, options?: FrameOptions): R;
  /** A redirect to an interface, by number or through a device map. */
  toRedirectTo(device: Pick<Device, 'ifindex'> | number, frame: Frame, options?: FrameOptions): R;
}

/** Matchers for what `replay` of this package resolves to; the first three take any report. */
export interface ReportMatchers<R> {
  /** All verdicts, `{ DROP: 1800, PASS: 12 }`: those that are not named must be 0. */
  toHaveVerdicts(verdicts: VerdictCounts): R;
  /** Frames that were dropped, for one reason or for all; at least one where no number is given. */
  toHaveDropped(expected?: DropExpectation): R;
  /** From the wire + created = transmitted + delivered + dropped + held. */
  toConserveFrames(): R;
  /**
   * An entry of a map after the last frame, with any value where none is given; also for a loaded object. A per-CPU map
   * gives the sum over its CPUs.
   */
  toHaveMapEntry<S extends MapSpec>(map: S, key: Js<S['key']>, value?: unknown): R;
  toHaveMapEntry(map: string, key: unknown, value?: unknown): R;
  /**
   * The packets that left the host are those of a capture file (relative to the folder of the test): the same bytes in the
   * same order. `writeOutput` makes such a file.
   */
  toMatchCapture(expected: string | URL | Uint8Array, options?: CaptureOptions): Promise<void>;
}

/** How many frames got which verdict: XDP's names, or TC's where the program is on TC. */
export type VerdictCounts = Partial<Report['verdicts']> | Partial<Report['tc']>;
