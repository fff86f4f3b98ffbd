import { defer, filter, from, lastValueFrom, map, type Observable } from 'rxjs';
import { checkCaptures, checkCount } from './check-options.ts';
import { Engine } from './engine.ts';
import type { ReplayEvent } from './events.ts';
import { checkPace, ORIGINAL_PACE } from './ingest/pace.ts';
import { checkShape } from './ingest/shape-options.ts';
import type { ReplayOptions } from './options.ts';
import { checkPoints } from './points/capture-points.ts';
import type { Report } from './report/report.ts';
import { checkSampleInterval } from './sampler.ts';

/** A replay that has not begun. Each subscription, and each `run`, is a replay of its own. */
export interface Replay {
  /** Batches and samples as they happen, then the report. */
  readonly events: Observable<ReplayEvent>;
  /**
   * Replays to the end and resolves to the report. Rejects with what the simulated program or host throws, with the
   * CaptureError of a capture that cannot be opened or an output that cannot be written, and with ReplayError
   * REPLAY_LINK_TYPE. A capture that is damaged further on is replayed up to the damage: see `Report.error`.
   */
  run(): Promise<Report>;
}

/**
 * Prepares a replay of captures through a program on a simulated host.
 *
 * @throws ReplayError REPLAY_OPTION for an option that cannot be; those of device and host are checked by `run`
 */
export function replay(options: ReplayOptions): Replay {
  checkCount('loop', options.loop, 1);
  checkCount('limit', options.limit, 0);
  checkPace(options.pace ?? ORIGINAL_PACE);
  checkShape(options.shape ?? {});
  checkSampleInterval(options.sampleInterval);
  checkPoints(options.points, options.output);
  checkCaptures(options.captures, options.loop ?? 1);
  const events = defer(() => from(new Engine(options).events()));
  return {
    events,
    run: () =>
      lastValueFrom(
        events.pipe(
          filter((event) => event.kind === 'report'),
          map(({ report }) => report),
        ),
      ),
  };
}
