import { ReplayError } from '../replay-error.ts';

/** Where packets can be captured on their way through the simulated host, in the order in which they come by. */
export const CAPTURE_POINTS = [
  /** From the wire, before the device has looked at it. */
  'wire-rx',
  'xdp-entry',
  /** As the XDP program has left it, with the verdict. */
  'xdp-exit',
  /** As it leaves the TC hook, with the verdict of the programs there; without one, OK. */
  'tc-ingress',
  'tc-egress',
  /** As it leaves the device. */
  'wire-tx',
  /** What the host drops, with the reason. What the device itself drops is in its counters only. */
  'drops',
] as const;

export type CapturePoint = (typeof CAPTURE_POINTS)[number];

/** @throws ReplayError REPLAY_OPTION */
export function checkPoints(points: readonly CapturePoint[] | undefined, output: unknown): void {
  if (points === undefined) return;
  const unknown = points.find((point) => !CAPTURE_POINTS.includes(point));
  if (unknown !== undefined || points.length === 0) {
    const what = unknown === undefined ? 'points is empty' : `there is no point '${unknown}'`;
    throw new ReplayError('REPLAY_OPTION', `${what}: give some of ${CAPTURE_POINTS.join(', ')}.`);
  }
  if (output === undefined) {
    throw new ReplayError('REPLAY_OPTION', 'points are captured into the output: give one.');
  }
}
