import { type Capture, CaptureError, openCapture, type PacketBatch } from '@hookline/pcap';
import { checkCaptures, checkCount } from '../check-options.ts';
import { FrameQueue } from '../ingest/frame-queue.ts';
import { ORIGINAL_PACE, Pacer } from '../ingest/pace.ts';
import { checkShape, DEFAULT_SHAPE } from '../ingest/shape-options.ts';
import { Shaper } from '../ingest/shaper.ts';
import { type CaptureInput, nameOf, type ReplayProgram } from '../options.ts';
import { ReplayError } from '../replay-error.ts';
import type { CaptureReport } from '../report/report.ts';
import { warnings } from '../report/warnings.ts';
import { ChangeList, differenceOf } from './change-list.ts';
import type { CompareOptions } from './compare-options.ts';
import type { Change, Comparison } from './comparison.ts';
import { Contender } from './contender.ts';
import { sameRules } from './rule-watch.ts';

/** Ethernet header and two VLAN tags: what the device accepts beyond its MTU. */
const MAX_HEADER = 14 + 8;
/** `tooLong`'s sentence, like those of the shaper's counters. */
const TOO_LONG = (count: number): string =>
  `${count} frames are longer than the MTU allows and reach no program (--mtu, --oversize segment|keep|skip).`;

/**
 * Runs two programs on the same packets, one by one in the timing of the captures, and collects every frame that fares
 * differently: in verdict or target, in bytes where both let it go on, or in the rule that counted it, where both have
 * rules. Each program keeps its own state; what it decides has no effect on later packets of the capture.
 *
 * @returns also where a capture is damaged: the comparison up to the damage, see `Comparison.error`
 * @throws ReplayError REPLAY_OPTION for an option that cannot be, or programs for different hooks; REPLAY_LINK_TYPE;
 *   BpfError where a program faults; CaptureError for a capture that cannot be opened
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  checkCount('limit', options.limit, 0);
  checkShape(options.shape ?? {});
  checkCaptures(options.captures, 1);
  return new Comparator(options).run();
}

class Comparator {
  readonly #options: CompareOptions;
  readonly #hook: 'xdp' | 'tc';
  readonly #old: Contender;
  readonly #new: Contender;
  readonly #changes = new ChangeList();
  readonly #pacer = new Pacer(ORIGINAL_PACE);
  readonly #queue = new FrameQueue();
  readonly #shaper: Shaper;
  readonly #captures: CaptureReport[];
  readonly #limit: number;
  #packets = 0;
  #compared = 0;
  #tooLong = 0;
  #error: string | null = null;

  constructor(options: CompareOptions) {
    this.#options = options;
    this.#hook = commonHook(options.old, options.new);
    this.#old = new Contender(options.old, this.#hook, options);
    this.#new = new Contender(options.new, this.#hook, options);
    const { mtu, macAddress } = this.#old;
    this.#shaper = new Shaper({ ...DEFAULT_SHAPE, ...options.shape }, macAddress, mtu, this.#pacer, this.#queue);
    this.#captures = options.captures.map((input) => ({ file: nameOf(input), packets: 0 }));
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
  }

  async run(): Promise<Comparison> {
    for (const [index, input] of this.#options.captures.entries()) {
      if (this.#error !== null || this.#packets >= this.#limit) break;
      await this.#compareCapture(index, input);
    }
    const { old, new: fresh, shape } = this.#options;
    const notes = warnings(this.#shaper.counts, { ...DEFAULT_SHAPE, ...shape }, this.#pacer.backward);
    return {
      old: old.name,
      new: fresh.name,
      hook: this.#hook,
      captures: this.#captures,
      frames: { compared: this.#compared, changed: this.#changes.frames, tooLong: this.#tooLong },
      changes: this.#changes.toChanges(),
      warnings: this.#tooLong === 0 ? notes : [...notes, TOO_LONG(this.#tooLong)],
      error: this.#error,
    };
  }

  async #compareCapture(index: number, { source, name }: CaptureInput): Promise<void> {
    const capture = await openCapture(source, { ...this.#options.reading, ...(name === undefined ? {} : { name }) });
    const { file } = capture;
    const before = this.#packets;
    this.#shaper.begin(file);
    this.#pacer.nextCapture();
    try {
      for await (const batch of capture.batches()) {
        this.#compareBatch(batch, file);
        this.#captures[index] = { file, packets: this.#packets - before };
        this.#report(capture);
        if (this.#packets >= this.#limit) break;
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#error = error.message;
    }
  }

  #compareBatch(batch: PacketBatch, file: string): void {
    const queue = this.#queue;
    const count = Math.min(batch.count, this.#limit - this.#packets);
    for (let index = 0; index < count; index++) {
      queue.begin(batch.bytes);
      this.#shaper.shape(batch, index);
      for (let frame = 0; frame < queue.count; frame++) this.#compareFrame(frame, file, batch.firstNumber + index);
    }
    this.#packets += count;
  }

  /** Runs both programs on a frame of the queue. */
  #compareFrame(index: number, file: string, packet: number): void {
    const queue = this.#queue;
    const old = this.#old;
    const fresh = this.#new;
    const bytes = queue.bytes(index);
    const offset = queue.offset[index] as number;
    const length = queue.length[index] as number;
    const time = queue.time[index] as number;
    if (length > old.mtu + MAX_HEADER) {
      this.#tooLong++;
      return;
    }
    this.#compared++;
    old.run(bytes, offset, length, time);
    fresh.run(bytes, offset, length, time);
    const oldOutput = old.output;
    const newOutput = fresh.output;
    const bothGoOn = oldOutput.length > 0 && newOutput.length > 0;
    const difference = bothGoOn ? differenceOf(oldOutput, newOutput) : null;
    const oldRules = old.rules();
    const newRules = fresh.rules();
    const differs: Change['differs'][number][] = [];
    if (old.verdict !== fresh.verdict) differs.push('verdict');
    if (difference !== null) differs.push('bytes');
    if (old.hasRules && fresh.hasRules && !sameRules(oldRules, newRules)) differs.push('rule');
    if (differs.length === 0) return;
    this.#changes.add({
      old: { verdict: old.verdict, rules: oldRules },
      new: { verdict: fresh.verdict, rules: newRules },
      differs,
      file,
      packet,
      frame: bytes.subarray(offset, offset + length),
      difference,
    });
  }

  #report({ file, bytesRead, totalBytes }: Capture): void {
    const { onProgress } = this.#options;
    onProgress?.({ file, packets: this.#packets, bytesRead, totalBytes, virtualTimeNs: this.#pacer.latest });
  }
}

/** The hook at which both programs run. */
function commonHook(old: ReplayProgram, fresh: ReplayProgram): 'xdp' | 'tc' {
  const hook = hookOf(old);
  const other = hookOf(fresh);
  if (hook === other) return hook;
  const where = `${old.name} runs at ${hook} and ${fresh.name} at ${other}`;
  throw new ReplayError('REPLAY_OPTION', `${where}: compare programs for the same hook.`);
}

function hookOf({ name, xdp, tc }: ReplayProgram): 'xdp' | 'tc' {
  if ((xdp === undefined) !== (tc === undefined)) return xdp === undefined ? 'tc' : 'xdp';
  const what = xdp === undefined ? 'no program' : 'programs for both';
  throw new ReplayError('REPLAY_OPTION', `${name} names ${what} of the hooks xdp and tc: name one.`);
}
