import type { Device } from '@hookline/bpf';
import type { Frame } from '../subject/frame.ts';
import type { FrameOptions } from './frame-matchers.ts';

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
