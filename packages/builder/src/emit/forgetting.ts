import type { Block, Operation, Value } from '../ir/operation.ts';

/**
 * Numbers whose comparisons the verifier should not remember.
 *
 * A comparison tells the verifier something about the number, on either way differently, and it follows the rest of the
 * program once for each thing that it knows. A number that is compared a hundred times, as the port in a list of rules,
 * costs it millions of steps (measured: 200 rules with a port range each exceed its limit of one million instructions). So such a number is compared through a copy which the verifier does
 * not know to be one: any operation on it cuts the tie (adjust_reg_min_max_vals in kernel/bpf/verifier.c).
 */

/** From how many comparisons on the two instructions are worth it. */
const MANY = 8;

/** The values, and the copies of values, that are compared often. */
export function findOftenCompared(
  blocks: readonly Block[],
  operations: ReadonlyMap<Block, readonly Operation[]>,
): ReadonlySet<Value> {
  const origins = new Map<Value, Value>();
  const comparisons = new Map<Value, number>();
  for (const list of operations.values()) {
    for (const operation of list) {
      if (operation.op === 'set' && operation.from.kind === 'register') origins.set(operation.to, operation.from);
    }
  }
  for (const { terminator } of blocks) {
    if (terminator?.op !== 'branch' || terminator.test.pointer) continue;
    const { left } = terminator.test;
    for (const value of [left, origins.get(left)]) {
      if (value) comparisons.set(value, (comparisons.get(value) ?? 0) + 1);
    }
  }
  return new Set([...comparisons].filter(([, count]) => count >= MANY).map(([value]) => value));
}
