import type { LoadedObject, Row } from '@hookline/bpf';
import { SimulatedDevice, SimulatedHost } from '@hookline/host';
import { DEFAULT_LATENCIES, RING_SIZE } from '@hookline/nic';
import { type Capture, CaptureError, openCapture, type PacketBatch } from '@hookline/pcap';
import type { BatchEvent, ReplayEvent } from './events.ts';
import { FrameQueue } from './ingest/frame-queue.ts';
import { ORIGINAL_PACE, Pacer } from './ingest/pace.ts';
import { DEFAULT_SHAPE, type ShapeOptions } from './ingest/shape-options.ts';
import { Shaper } from './ingest/shaper.ts';
import { type CaptureInput, nameOf, type ReplayOptions } from './options.ts';
import { OutputCapture } from './output.ts';
import { PointCapture } from './points/point-capture.ts';
import { WatchedWireSource } from './points/watched-wire-source.ts';
import { programOf } from './program-of.ts';
import { buildReport } from './report/build-report.ts';
import { readCounters } from './report/read-counters.ts';
import type { CaptureReport, Report } from './report/report.ts';
import { warnings } from './report/warnings.ts';
import { Sampler } from './sampler.ts';
import { WireSource } from './wire-source.ts';

const DEFAULT_QUEUES = 4;
const LEAST_BUFFERS = 16_384;
/** What a host can have. */
const MOST_BUFFERS = 1_000_000;

/** One replay while it runs. */
export class Engine {
  readonly #options: ReplayOptions;
  readonly #host: SimulatedHost;
  readonly #device: SimulatedDevice;
  readonly #loaded: LoadedObject | undefined;
  readonly #queue = new FrameQueue();
  readonly #source: WireSource;
  readonly #pacer: Pacer;
  readonly #shape: ShapeOptions;
  readonly #shaper: Shaper;
  readonly #output: OutputCapture | PointCapture | undefined;
  readonly #sampler: Sampler | undefined;
  readonly #captures: CaptureReport[];
  readonly #limit: number;
  #packets = 0;
  #error: string | null = null;

  /** @throws whatever host, device or program refuse */
  constructor(options: ReplayOptions) {
    this.#options = options;
    const [first, ...others] = [options.device ?? {}, ...(options.otherDevices ?? [])].map((device) => ({
      queues: DEFAULT_QUEUES,
      ...device,
    }));
    const buffers = [first, ...others].reduce((sum, device) => sum + SimulatedDevice.buffersOf(device ?? {}), 0);
    // As many again as the rings hold, for what is on its way.
    const packetBuffers = Math.min(Math.max(2 * buffers, LEAST_BUFFERS) || LEAST_BUFFERS, MOST_BUFFERS);
    this.#host = new SimulatedHost({ packetBuffers, ...options.host });
    this.#device = this.#host.addDevice(first);
    for (const other of others) this.#host.addDevice(other);
    this.#loaded = this.#attach();
    this.#pacer = new Pacer(options.pace ?? ORIGINAL_PACE);
    this.#shape = { ...DEFAULT_SHAPE, ...options.shape };
    const { nic, mtu } = this.#device;
    this.#shaper = new Shaper(this.#shape, nic.macAddress, mtu, this.#pacer, this.#queue);
    const { dmaWrite } = { ...DEFAULT_LATENCIES, ...options.device?.latencies };
    const { output, points } = options;
    const wire = [this.#queue, this.#host.clock, nic.line, dmaWrite] as const;
    if (output !== undefined && points !== undefined) {
      const capture = new PointCapture(output, this.#host, this.#device, points);
      this.#output = capture;
      this.#source = new WatchedWireSource(...wire, capture);
    } else {
      this.#output = output === undefined ? undefined : new OutputCapture(output, this.#host);
      this.#source = new WireSource(...wire);
    }
    const { sampleInterval } = options;
    const read = () => readCounters(this.#host, this.#device, this.#rows(), this.#source.bytes);
    this.#sampler = sampleInterval === undefined ? undefined : new Sampler(this.#host, read, sampleInterval);
    this.#captures = options.captures.map((input) => ({ file: nameOf(input), packets: 0 }));
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    nic.attachSource(this.#source);
  }

  async *events(): AsyncGenerator<ReplayEvent, void, undefined> {
    const { captures, loop = 1 } = this.#options;
    for (let pass = 0; pass < loop; pass++) {
      const before = this.#packets;
      for (const [index, input] of captures.entries()) {
        if (this.#goesOn()) yield* this.#replayCapture(index, input);
      }
      // Empty captures stay empty, however often they are read.
      if (this.#packets === before) break;
    }
    this.#source.ended = true;
    this.#finish();
    await this.#output?.flush();
    yield* this.#sampler?.drain() ?? [];
    yield { kind: 'report', report: this.#report() };
  }

  /**
   * Lets everything happen that is still to come. Time ends no earlier than the device has dealt with the last frame; it
   * has not begun without one.
   */
  #finish(): void {
    const { clock } = this.#host;
    if (this.#source.end === 0) return;
    if (this.#sampler === undefined) clock.run();
    else this.#sampler.finish();
    clock.runUntil(Math.max(clock.now, this.#source.end));
  }

  #goesOn(): boolean {
    return this.#error === null && this.#packets < this.#limit;
  }

  async *#replayCapture(index: number, { source, name }: CaptureInput): AsyncGenerator<ReplayEvent, void, undefined> {
    const capture = await openCapture(source, { ...this.#options.reading, ...(name === undefined ? {} : { name }) });
    const { file } = capture;
    const before = this.#packets - (this.#captures[index]?.packets ?? 0);
    this.#shaper.begin(file);
    this.#pacer.nextCapture();
    for await (const batch of this.#readable(capture)) {
      yield* this.#replayBatch(batch);
      this.#captures[index] = { file, packets: this.#packets - before };
      yield this.#progress(capture);
      if (!this.#goesOn()) break;
    }
  }

  /** The capture's batches up to where it is damaged. */
  async *#readable(capture: Capture): AsyncGenerator<PacketBatch, void, undefined> {
    try {
      yield* capture.batches();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#error = error.message;
    }
  }

  /** Sends a batch's packets, in several goes where the frames that are made of them take much memory. */
  async *#replayBatch(batch: PacketBatch): AsyncGenerator<ReplayEvent, void, undefined> {
    const { clock } = this.#host;
    const queue = this.#queue;
    const shaper = this.#shaper;
    const count = Math.min(batch.count, this.#limit - this.#packets);
    for (let index = 0; index < count; ) {
      queue.begin(batch.bytes);
      for (; index < count && !queue.isFull; index++) shaper.shape(batch, index);
      // Without a frame nothing would stop the clock before the next one is known.
      if (queue.count === 0) continue;
      this.#output?.startAt(this.#pacer.originSeconds, this.#pacer.originNanoseconds);
      this.#device.nic.wakeWire();
      clock.run();
      await this.#output?.flush();
      yield* this.#sampler?.drain() ?? [];
    }
    this.#packets += count;
  }

  #progress({ file, bytesRead, totalBytes }: Capture): BatchEvent {
    return {
      kind: 'batch',
      file,
      packets: this.#packets,
      bytesRead,
      totalBytes,
      virtualTimeNs: this.#host.clock.now,
    };
  }

  #attach(): LoadedObject | undefined {
    const { program } = this.#options;
    if (program === undefined) return undefined;
    const loaded = this.#host.load(program.object);
    const { name } = this.#device;
    if (program.xdp !== undefined) this.#host.attachXdp(programOf(loaded, program.xdp, 'xdp'), name);
    if (program.tc !== undefined) this.#host.attachTc(programOf(loaded, program.tc, 'sched_cls'), name);
    program.ready?.(loaded);
    return loaded;
  }

  #rows(): readonly Row[] {
    const loaded = this.#loaded;
    return loaded === undefined ? [] : (this.#options.program?.rows?.(loaded) ?? []);
  }

  #report(): Report {
    const { program, device } = this.#options;
    return buildReport(this.#host, this.#device, {
      program: program?.name ?? null,
      hook: program?.xdp !== undefined ? 'xdp' : program?.tc !== undefined ? 'tc' : null,
      captures: this.#captures,
      warnings: warnings(this.#shaper.counts, this.#shape, this.#pacer.backward),
      error: this.#error,
      rows: this.#rows(),
      rxRing: device?.rxRing ?? RING_SIZE.default,
      sentBytes: this.#source.bytes,
    });
  }
}
