import { type CaptureInput, isRereadable, nameOf } from './options.ts';
import { ReplayError } from './replay-error.ts';

/** @throws ReplayError REPLAY_OPTION for what is no whole number from `least` on */
export function checkCount(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new ReplayError('REPLAY_OPTION', `${name} is ${value}: give a whole number from ${least} on.`);
}

/** @throws ReplayError REPLAY_OPTION for no capture at all, or one that cannot be read as often as it is asked for */
export function checkCaptures(captures: readonly CaptureInput[], loop: number): void {
  if (captures.length === 0) {
    throw new ReplayError('REPLAY_OPTION', 'there is no capture to replay: name at least one file.');
  }
  const stream = captures.find(({ source }) => !isRereadable(source));
  if (loop > 1 && stream !== undefined) {
    throw new ReplayError(
      'REPLAY_OPTION',
      `loop is ${loop}, and ${nameOf(stream)} can be read only once: give a file.`,
    );
  }
}
