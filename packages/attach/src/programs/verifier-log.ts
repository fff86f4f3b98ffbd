/** What a verifier's log says in short. */
export interface Refusal {
  /** The verifier's reason in one line, without a full stop. */
  readonly reason: string;
  /** Slot of the instruction that it is about, where the log tells. */
  readonly slot?: number;
  /** The verifier's own advice, where it gives one. */
  readonly suggestion?: string;
}

/** Lines that end a log and are no reason (`print_verification_stats` in kernel/bpf/verifier.c). */
const STATISTICS = /^(processed \d+ insns|verification time|stack depth|insns_state|mark_precise: )/;
/** An instruction as the verifier goes over it: `12: (61) r2 = *(u32 *)(r1 +4)`. */
const INSTRUCTION = /^(\d+): \([0-9a-f]{2}\) /;
/** A reason that names its instruction itself: `unreachable insn 7`, `back-edge from insn 5 to 3`. */
const NAMED = /\binsn (\d+)/;

/** The labelled shape: `Reason: ...` on the label's own line or on the next. */
function labelled(lines: readonly string[], label: string): string | undefined {
  const start = lines.findIndex((line) => line.toLowerCase().startsWith(`${label.toLowerCase()}:`));
  if (start < 0) return undefined;
  const rest = lines[start]?.slice(label.length + 1).trim();
  return rest || lines[start + 1] || undefined;
}

function lastInstruction(lines: readonly string[]): number | undefined {
  const found = lines.findLast((line) => INSTRUCTION.test(line));
  const slot = found === undefined ? undefined : INSTRUCTION.exec(found)?.[1];
  return slot === undefined ? undefined : Number(slot);
}

/**
 * Finds the reason in a log that ends in a refusal. Up to 6.18 it is the last line before the statistics; later
 * kernels label it ("Verification failed", "Reason:", "At:", "Suggestion:").
 *
 * @returns undefined for a log without a reason: of a program that the verifier takes, or of none
 */
export function refusalIn(log: string): Refusal | undefined {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const said = lines.filter((line) => !STATISTICS.test(line));
  const reason = labelled(said, 'Reason') ?? said.at(-1);
  if (reason === undefined) return undefined;
  const place = labelled(said, 'At');
  const named = place === undefined ? NAMED.exec(reason)?.[1] : /\d+/.exec(place)?.[0];
  const slot = named === undefined ? lastInstruction(said) : Number(named);
  const suggestion = labelled(said, 'Suggestion');
  return {
    reason: reason.replace(/\.$/, ''),
    ...(slot === undefined ? {} : { slot }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
