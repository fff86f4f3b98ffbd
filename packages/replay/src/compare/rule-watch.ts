import type { Row } from '@hookline/bpf';

const NONE: readonly string[] = [];

/** Finds out which rows of a program's report have counted a frame: those whose packets have grown. */
export class RuleWatch {
  readonly #rows: () => readonly Row[];
  #packets: ReadonlyMap<string, bigint>;

  /** @param rows the program's report as it is now */
  constructor(rows: () => readonly Row[]) {
    this.#rows = rows;
    this.#packets = this.#read();
  }

  /** Labels of the rows that have grown since it was asked last. */
  counted(): readonly string[] {
    const before = this.#packets;
    const after = this.#read();
    this.#packets = after;
    let grown = NONE;
    for (const [label, packets] of after) {
      if (packets > (before.get(label) ?? 0n)) grown = [...grown, label];
    }
    return grown;
  }

  #read(): ReadonlyMap<string, bigint> {
    const packets = new Map<string, bigint>();
    for (const { label, packets: count } of this.#rows()) packets.set(label, (packets.get(label) ?? 0n) + count);
    return packets;
  }
}

/**
 * Whether two programs counted a frame by the same rules. A rule that has only moved is the same rule: of a label like
 * `rule 3: drop telnet`, the number says nothing.
 */
export function sameRules(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((label, i) => nameOf(label) === nameOf(other[i] ?? ''));
}

function nameOf(label: string): string {
  return label.replace(/^rule \d+: /, '');
}
