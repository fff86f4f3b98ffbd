import { Writable } from 'node:stream';
import type { LoadedObject } from '@hookline/bpf';
import { createCapture } from '@hookline/pcap';
import { type ReplayOptions, type Report, replay as replayCaptures } from '@hookline/replay';
import { type ProgramSubject, programOf, type SubjectOptions } from '../subject/subject.ts';
import { keepEvidence } from './evidence.ts';
import { pathInTest } from './test-path.ts';

/** A capture file, by its path from the folder of the test, or its bytes. */
export type TestCapture = string | URL | Uint8Array;

/** How captures are replayed, besides what a single frame needs to know. */
export interface TestReplayOptions extends SubjectOptions, Omit<ReplayOptions, 'captures' | 'program' | 'output'> {}

/**
 * Replays a capture, or several one after the other, through a program on a simulated host. What leaves the host and what
 * the maps hold in the end is kept for `toMatchCapture` and `toHaveMapEntry` as long as the report is.
 *
 * @throws MatcherError MATCHER_SUBJECT or MATCHER_OPTION, CaptureError for a capture that cannot be opened, and what
 *   `replay` of `@hookline/replay` rejects with
 */
export async function replay(
  captures: TestCapture | readonly TestCapture[],
  program: ProgramSubject,
  options: TestReplayOptions = {},
): Promise<Report> {
  const { config, hook, maps, ready, ...others } = options;
  const subject = programOf(program, definedOf({ config, hook, maps, ready }));
  const chunks: Uint8Array[] = [];
  const output = createCapture(collector(chunks), { interfaces: [] });
  let loaded: LoadedObject | undefined;
  const sources = Array.isArray(captures) ? captures : [captures];
  const run = replayCaptures({
    ...others,
    captures: sources.map(sourceOf),
    output,
    program: {
      ...subject,
      ready(object) {
        loaded = object;
        subject.ready?.(object);
      },
    },
  });
  const report = await run.run();
  await output.close();
  return keepEvidence(report, { loaded, output: Buffer.concat(chunks) });
}

/** Captures of the test's folder appear in the report under the name that the test gave them. */
function sourceOf(capture: TestCapture): { readonly source: string | Uint8Array; readonly name?: string } {
  if (capture instanceof Uint8Array) return { source: capture };
  return { source: pathInTest(capture), name: String(capture) };
}

function collector(chunks: Uint8Array[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Uint8Array.from(chunk));
      done();
    },
  });
}

/** The same without what is undefined: an option that is left out. */
function definedOf<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
