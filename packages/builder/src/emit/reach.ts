import type { Block, IrFunction } from '../ir/operation.ts';

/** Where a jump to this block really arrives: empty blocks that only jump on are passed. */
export function destination(block: Block): Block {
  const seen = new Set<Block>();
  let target = block;
  while (target.operations.length === 0 && target.terminator?.op === 'jump' && !seen.has(target)) {
    seen.add(target);
    target = target.terminator.target;
  }
  return target;
}

/** Where control can go from a block. */
export function successors(block: Block): readonly Block[] {
  const end = block.terminator;
  if (!end) throw new Error(`Block ${block.id} has no end: this is a fault of the builder.`);
  if (end.op === 'return') return [];
  if (end.op === 'jump') return [destination(end.target)];
  return [destination(end.yes), destination(end.no)];
}

/** The blocks that control can reach, in the order of their layout: the verifier refuses all others. */
export function reachableBlocks(ir: IrFunction): Block[] {
  const entry = ir.blocks[0];
  if (!entry) return [];
  const reached = new Set<Block>([entry]);
  // A set grows while it is walked: this visits what is added, too.
  for (const block of reached) {
    for (const next of successors(block)) reached.add(next);
  }
  return ir.blocks.filter((block) => reached.has(block));
}
