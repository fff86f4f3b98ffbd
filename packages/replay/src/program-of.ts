import type { LoadedObject, LoadedProgram, ProgramType } from '@hookline/bpf';
import { ReplayError } from './replay-error.ts';

/** @throws ReplayError REPLAY_OPTION when the object has no such program of that type */
export function programOf<T extends ProgramType>(loaded: LoadedObject, key: string, type: T): LoadedProgram<T> {
  const program = loaded.programs[key];
  if (program === undefined || program.spec.type !== type) {
    const names = Object.entries(loaded.object.programs).filter(([, spec]) => spec.type === type);
    const known = names.map(([name]) => name).join(', ') || 'none';
    throw new ReplayError('REPLAY_OPTION', `the object has no ${type} program '${key}': it has ${known}.`);
  }
  return program as LoadedProgram<T>;
}
