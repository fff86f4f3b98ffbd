import { dissect, flowOfDissection } from '@hookline/packet';
import type { ByteDifference, Change, FlowChange, OutcomeReport } from './comparison.ts';

/** Flows that are told apart, over all changes: a flood from random addresses must not fill the memory. */
const MOST_FLOWS = 100_000;
const SHOWN_BYTES = 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ChangeInWork extends Mutable<Omit<Change, 'flows'>> {
  readonly flows: Map<string | null, Mutable<FlowChange>>;
}

/** What two programs did with one frame, where that differs. */
export interface ChangedFrame extends Pick<Change, 'old' | 'new' | 'differs'> {
  readonly file: string;
  readonly packet: number;
  /** As it came. */
  readonly frame: Uint8Array;
  readonly difference: ByteDifference | null;
}

/** Collects the frames that fare differently: by what has become of them, then by flow. */
export class ChangeList {
  frames = 0;
  readonly #changes = new Map<string, ChangeInWork>();
  readonly #mostFlows: number;
  #flows = 0;

  constructor(mostFlows: number = MOST_FLOWS) {
    this.#mostFlows = mostFlows;
  }

  add({ old, new: fresh, differs, file, packet, frame, difference }: ChangedFrame): void {
    this.frames++;
    const key = JSON.stringify([wordsOf(old), wordsOf(fresh), differs]);
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = { old, new: fresh, differs, frames: 0, bytes: 0, flows: new Map(), framesOfOtherFlows: 0 };
      this.#changes.set(key, change);
    }
    change.frames++;
    change.bytes += frame.length;
    const dissection = dissect(frame);
    const flow = flowOfDissection(frame, dissection)?.key ?? null;
    const known = change.flows.get(flow);
    if (known !== undefined) {
      known.frames++;
      known.bytes += frame.length;
    } else if (this.#flows < this.#mostFlows) {
      this.#flows++;
      const example = { file, packet, summary: dissection.summary, difference };
      change.flows.set(flow, { flow, frames: 1, bytes: frame.length, example });
    } else {
      change.framesOfOtherFlows++;
    }
  }

  /**
   * All changes: of the verdict, of bytes only, of the rule only, each in the order of their number of frames, then of
   * their first frame. The flows likewise.
   */
  toChanges(): Change[] {
    const changes = Array.from(this.#changes.values(), (change) => ({
      ...change,
      flows: [...change.flows.values()].toSorted(byFrames),
    }));
    return changes.toSorted((one, other) => weightOf(other) - weightOf(one) || byFrames(one, other));
  }
}

/** Where two frames differ; null where they do not. */
export function differenceOf(old: Uint8Array, fresh: Uint8Array): ByteDifference | null {
  const length = Math.max(old.length, fresh.length);
  let offset = 0;
  while (offset < length && old[offset] === fresh[offset]) offset++;
  if (offset === length) return null;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(offset, offset + SHOWN_BYTES)).toString('hex');
  return { offset, old: hex(old), new: hex(fresh), oldLength: old.length, newLength: fresh.length };
}

function byFrames(one: { readonly frames: number }, other: { readonly frames: number }): number {
  return other.frames - one.frames;
}

/** How much a change matters to who reviews it. */
function weightOf({ differs }: Change): number {
  return differs.includes('verdict') ? 2 : differs.includes('bytes') ? 1 : 0;
}

function wordsOf({ verdict, rules }: OutcomeReport): readonly string[] {
  return [verdict, ...rules];
}
