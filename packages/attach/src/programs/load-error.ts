import { BpfError, errnoName, type Position, type ProgramSpec, slotsOf } from '@hookline/bpf';
import { kernelError } from '../syscall/kernel-error.ts';
import { refusalIn } from './verifier-log.ts';

/** A program that the kernel's verifier refused. */
export class VerifierError extends BpfError {
  /** All that the verifier said. */
  readonly log: string;

  constructor(code: string, message: string, options: { place: BpfError['place']; log: string }) {
    super(code, message, options.place);
    this.name = 'VerifierError';
    this.log = options.log;
  }
}

/** Where the author wrote the instruction at a slot, or the nearest one before it that has a position. */
function positionOf(spec: ProgramSpec, slot: number): Position | undefined {
  let position: Position | undefined;
  let at = 0;
  for (const instruction of spec.instructions) {
    if (at > slot) break;
    position = instruction.position ?? position;
    at += slotsOf(instruction);
  }
  return position;
}

function where(spec: ProgramSpec, slot: number | undefined): string {
  if (slot === undefined) return `Program '${spec.name}'`;
  const position = positionOf(spec, slot);
  const instruction = `program '${spec.name}', instruction ${slot}`;
  return position === undefined
    ? `Program '${spec.name}', instruction ${slot}`
    : `${position.file}:${position.line}:${position.column} (${instruction})`;
}

/**
 * The error for a program that did not load.
 *
 * @param log what the verifier said, '' where it was not reached
 */
export function loadError(spec: ProgramSpec, errno: number, log: string): BpfError {
  const refusal = refusalIn(log);
  if (log.trim() !== '' && refusal === undefined) {
    const what = `The verifier has nothing against program '${spec.name}', but the kernel does not load it`;
    const remedy = 'a program array that it uses may be for programs of another type: give it one of its own.';
    return kernelError(errno, what, { program: spec.name }, { EINVAL: remedy });
  }
  if (refusal === undefined) {
    return kernelError(
      errno,
      `The kernel cannot load program '${spec.name}'`,
      { program: spec.name },
      {
        E2BIG:
          'it has more instructions than this process may load (one million with CAP_BPF, 4096 without): make it smaller.',
        EINVAL:
          'it is malformed before verification: check its licence, its name and its BTF, and that the kernel knows its type.',
      },
    );
  }
  const { reason, slot, suggestion } = refusal;
  const position = slot === undefined ? undefined : positionOf(spec, slot);
  const advice = suggestion ?? 'change the program there; the whole log is in the `log` of this error';
  return new VerifierError(
    errnoName(errno),
    `${where(spec, slot)}: the verifier says "${reason}" (${errnoName(errno)}): ${advice.replace(/\.$/, '')}.`,
    {
      place: {
        program: spec.name,
        ...(slot === undefined ? {} : { instruction: slot }),
        ...(position === undefined ? {} : { position }),
      },
      log,
    },
  );
}
