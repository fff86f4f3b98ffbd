/** A packet that is other than expected, missing, or too many. */
export interface Difference {
  readonly kind: 'changed' | 'missing' | 'unexpected';
  /** Counted from 1: in the expected capture, or of an unexpected packet in the other one. */
  readonly number: number;
  readonly expected?: Uint8Array;
  readonly got?: Uint8Array;
}

/** How far to look for a packet before it counts as changed. */
const REACH = 32;

/**
 * Compares two sequences of packets. One packet more or less does not make all that follow differ: where two are unequal,
 * the nearest packet that fits is looked for on both sides.
 */
export function alignPackets(expected: readonly Uint8Array[], got: readonly Uint8Array[]): Difference[] {
  const differences: Difference[] = [];
  const missing = (at: number): unknown =>
    differences.push({ kind: 'missing', number: at + 1, expected: expected[at] as Uint8Array });
  const unexpected = (at: number): unknown =>
    differences.push({ kind: 'unexpected', number: at + 1, got: got[at] as Uint8Array });
  let [i, j] = [0, 0];
  while (i < expected.length && j < got.length) {
    if (isSame(expected[i], got[j])) {
      i++;
      j++;
      continue;
    }
    const { left, right } = nextMatch(expected, i, got, j);
    if (left === right) {
      differences.push({
        kind: 'changed',
        number: i + 1,
        expected: expected[i++] as Uint8Array,
        got: got[j++] as Uint8Array,
      });
    } else if (left > right) missing(i++);
    else unexpected(j++);
  }
  while (i < expected.length) missing(i++);
  while (j < got.length) unexpected(j++);
  return differences;
}

/** How many packets to pass over on each side until two are equal: as few as possible together; none where none is near. */
function nextMatch(
  expected: readonly Uint8Array[],
  i: number,
  got: readonly Uint8Array[],
  j: number,
): { readonly left: number; readonly right: number } {
  for (let sum = 1; sum <= REACH; sum++) {
    for (let left = 0; left <= sum; left++) {
      const right = sum - left;
      if (i + left < expected.length && j + right < got.length && isSame(expected[i + left], got[j + right])) {
        return { left, right };
      }
    }
  }
  // Nothing fits any more: as many changed as both have, then those that one has more.
  return { left: 0, right: 0 };
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
