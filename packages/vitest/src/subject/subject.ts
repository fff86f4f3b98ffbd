import type { LoadedObject, LoadedProgram, Service } from '@hookline/bpf';
import { bpfObject, isProgram, type Program } from '@hookline/builder';
import { type ReplayProgram, serviceProgram } from '@hookline/replay';
import { MatcherError } from '../matcher-error.ts';
import { fillMaps, type MapContents } from './map-contents.ts';

/** A program that can be loaded anew for each assertion: what `xdp()` and `tc()` give, or a ready-made program. */
export type ProgramSubject = Program | Service<unknown, unknown>;

/** What the matchers for frames take. */
export type FrameSubject = ProgramSubject | LoadedProgram;

/** How a program is set up before its first frame. */
export interface SubjectOptions {
  /** Configuration of a Service; its defaults without one. */
  readonly config?: unknown;
  /** Which program of a Service runs; `xdp`. */
  readonly hook?: 'xdp' | 'tc';
  /** What the maps hold, after a Service has filled them from its configuration. */
  readonly maps?: MapContents;
  /** Whatever else there is to do with the loaded program, last. */
  ready?(loaded: LoadedObject): void;
}

/**
 * A subject as something that a simulated host can load.
 *
 * @throws MatcherError MATCHER_SUBJECT for what is no program, MATCHER_OPTION for options that do not fit it
 */
export function programOf(subject: unknown, options: SubjectOptions): ReplayProgram {
  const program = unprepared(subject, options);
  return {
    ...program,
    ready(loaded) {
      program.ready?.(loaded);
      fillMaps(loaded, options.maps ?? {});
      options.ready?.(loaded);
    },
  };
}

function unprepared(subject: unknown, { config, hook }: SubjectOptions): ReplayProgram {
  if (isService(subject)) return ofService(subject, config, hook ?? 'xdp');
  if (!isProgram(subject)) throw noProgram(subject);
  if (config !== undefined || (hook !== undefined && hook !== subject.hook)) {
    const option = config === undefined ? 'hook' : 'config';
    throw new MatcherError(
      'MATCHER_OPTION',
      `The program '${subject.name}' is no Service: leave the option '${option}' out.`,
    );
  }
  const { name } = subject;
  return { name, object: bpfObject({ [name]: subject }), [subject.hook]: name };
}

function ofService(service: Service<unknown, unknown>, config: unknown, hook: 'xdp' | 'tc'): ReplayProgram {
  const program = serviceProgram(service, config === undefined ? service.defaults : service.schema.parse(config), hook);
  if (program[hook] !== undefined) return program;
  throw new MatcherError('MATCHER_OPTION', `The Service '${service.name}' has no ${hook} program: use the other hook.`);
}

/** A program that is loaded already: its maps hold what they hold, and keep what the frames change. */
export function isLoadedProgram(subject: unknown): subject is LoadedProgram {
  const loaded = subject as Partial<LoadedProgram> | null | undefined;
  return typeof loaded?.testRun === 'function' && loaded.spec?.kind === 'program';
}

function isService(subject: unknown): subject is Service<unknown, unknown> {
  return (subject as Partial<Service<unknown, unknown>> | null | undefined)?.kind === 'service';
}

function noProgram(subject: unknown): MatcherError {
  const given = subject === null ? 'null' : typeof subject;
  return new MatcherError(
    'MATCHER_SUBJECT',
    `expect was given something of type ${given} to run frames through: give a program of xdp() or tc(), a Service, or a ` +
      'loaded program.',
  );
}
