import { type Block, constant, type Operation, type Value } from '../ir/operation.ts';
import { swapBytes } from '../ir/swap-bytes.ts';
import { usedAtEnd, usedBy } from './liveness.ts';

type Swap = Extract<Operation, { op: 'swap' }>;

/** Whether a block ends in asking if this number is, or is not, a constant. */
function asksForConstant(block: Block, value: Value): boolean {
  const end = block.terminator;
  return (
    end?.op === 'branch' &&
    end.test.left === value &&
    end.test.right.kind === 'constant' &&
    (end.test.operator === 'eq' || end.test.operator === 'ne')
  );
}

/** The swaps whose results are compared with constants and used for nothing else, by their results. */
function findNeedless(blocks: readonly Block[]): Map<Value, Swap> {
  const needless = new Map<Value, Swap>();
  const definitions = new Map<Value, number>();
  for (const { operations } of blocks) {
    for (const operation of operations) {
      if ('to' in operation && operation.to) definitions.set(operation.to, (definitions.get(operation.to) ?? 0) + 1);
      if (operation.op === 'swap') needless.set(operation.to, operation);
    }
  }
  for (const [value, swap] of needless) {
    // A number that is set again somewhere would not be the same at the comparison.
    if (definitions.get(value) !== 1 || definitions.get(swap.from) !== 1) needless.delete(value);
  }
  for (const block of blocks) {
    for (const operation of block.operations) for (const value of usedBy(operation)) needless.delete(value);
    for (const value of usedAtEnd(block)) if (!asksForConstant(block, value)) needless.delete(value);
  }
  return needless;
}

/**
 * Compares a number in network order with a constant in network order, instead of turning each packet's number around:
 * a port costs one instruction less. The swap is left without a reader, and goes.
 */
export function compareInNetworkOrder(blocks: readonly Block[]): void {
  const needless = findNeedless(blocks);
  for (const block of blocks) {
    const end = block.terminator;
    if (end?.op !== 'branch' || end.test.right.kind !== 'constant') continue;
    const swap = needless.get(end.test.left);
    if (!swap) continue;
    const { value } = end.test.right;
    // A constant that does not fit is never equal; turned around and cut it could be.
    if (BigInt.asUintN(swap.bits, value) !== value) continue;
    block.terminator = {
      ...end,
      test: { ...end.test, left: swap.from, right: constant(swapBytes(value, swap.bits / 8)) },
    };
  }
}
