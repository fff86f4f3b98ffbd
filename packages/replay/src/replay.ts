import type { LoadedObject, LoadedProgram, ProgramType } from '@hookline/bpf';
import { type SimulatedDevice, SimulatedHost } from '@hookline/host';
import { RING_SIZE } from '@hookline/nic';
import { CaptureError, openCapture } from '@hookline/pcap';
import { defer, filter, from, lastValueFrom, map, type Observable } from 'rxjs';
import { FrameQueue } from './ingest/frame-queue.ts';
import { ORIGINAL_PACE, Pacer } from './ingest/pace.ts';
import { DEFAULT_SHAPE, Shaper } from './ingest/shaper.ts';
import type { ReplayOptions } from './options.ts';
import { OutputCapture } from './output.ts';
import { ReplayError } from './replay-error.ts';
import { buildReport } from './report/build-report.ts';
import type { CaptureReport, Report } from './report/report.ts';
import { warnings } from './report/warnings.ts';
import { WireSource } from './wire-source.ts';

/** A stretch of a capture has gone through the host. */
export interface BatchEvent {
  readonly kind: 'batch';
  readonly file: string;
  /** Packets read so far, over all captures and passes. */
  readonly packets: number;
  /** Bytes of this capture read so far, and in all where that is known. */
  readonly bytesRead: number;
  readonly totalBytes: number | undefined;
  readonly virtualTimeNs: number;
}

/** Counters at a virtual time, all since the start. */
export interface SampleEvent {
  readonly kind: 'sample';
  readonly virtualTimeNs: number;
  readonly sent: number;
  readonly received: number;
  readonly missed: number;
  readonly delivered: number;
  readonly transmitted: number;
  readonly dropped: number;
}

export interface ReportEvent {
  readonly kind: 'report';
  readonly report: Report;
}

export type ReplayEvent = BatchEvent | SampleEvent | ReportEvent;

/** A replay that has not begun. Each subscription, and each `run`, is a replay of its own. */
export interface Replay {
  /** Batches and samples as they happen, then the report. */
  readonly events: Observable<ReplayEvent>;
  /** Replays to the end and resolves to the report. Rejects with what the simulated program or host throws. */
  run(): Promise<Report>;
}

const DEFAULT_QUEUES = 4;

/**
 * Prepares a replay of captures through a program on a simulated host.
 *
 * @throws ReplayError REPLAY_OPTION for an option that cannot be
 */
export function replay(options: ReplayOptions): Replay {
  checkCount('loop', options.loop, 1);
  checkCount('limit', options.limit, 0);
  if (options.captures.length === 0) {
    throw new ReplayError('REPLAY_OPTION', 'there is no capture to replay: name at least one file.');
  }
  const events = defer(() => from(new Engine(options).events()));
  return {
    events,
    run: () =>
      lastValueFrom(
        events.pipe(
          filter((event) => event.kind === 'report'),
          map(({ report }) => report),
        ),
      ),
  };
}

function checkCount(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new ReplayError('REPLAY_OPTION', `${name} is ${value}: give a whole number from ${least} on.`);
}

/** One replay while it runs. */
class Engine {
  readonly #options: ReplayOptions;
  readonly #host: SimulatedHost;
  readonly #device: SimulatedDevice;
  readonly #loaded: LoadedObject | undefined;
  readonly #queue = new FrameQueue();
  readonly #source: WireSource;
  readonly #pacer: Pacer;
  readonly #shaper: Shaper;
  readonly #output: OutputCapture | undefined;
  readonly #captures: CaptureReport[] = [];
  readonly #samples: SampleEvent[] = [];
  #packets = 0;
  #error: string | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#host = new SimulatedHost(options.host);
    this.#device = this.#host.addDevice({ queues: DEFAULT_QUEUES, ...options.device });
    for (const other of options.otherDevices ?? []) this.#host.addDevice({ queues: DEFAULT_QUEUES, ...other });
    this.#loaded = this.#attach();
    this.#pacer = new Pacer(options.pace ?? ORIGINAL_PACE);
    this.#shaper = new Shaper({ ...DEFAULT_SHAPE, ...options.shape }, this.#device.nic.macAddress, this.#device.mtu);
    this.#source = new WireSource(this.#queue, this.#host.clock);
    this.#output = options.output === undefined ? undefined : new OutputCapture(options.output, this.#host);
    this.#device.nic.attachSource(this.#source);
  }

  async *events(): AsyncGenerator<ReplayEvent, void, undefined> {
    const { clock } = this.#host;
    this.#startSamples();
    for (let pass = 0; pass < (this.#options.loop ?? 1) && this.#goesOn(); pass++) {
      if (pass > 0) this.#pacer.nextPass();
      for (const [index, { source, name }] of this.#options.captures.entries()) {
        if (this.#goesOn()) yield* this.#replayCapture(index, source, name);
      }
    }
    this.#source.ended = true;
    clock.run();
    await this.#output?.flush();
    yield* this.#samples.splice(0);
    yield { kind: 'report', report: this.#report() };
  }

  #goesOn(): boolean {
    return this.#error === null && this.#packets < (this.#options.limit ?? Number.POSITIVE_INFINITY);
  }

  async *#replayCapture(
    index: number,
    source: Parameters<typeof openCapture>[0],
    name: string | undefined,
  ): AsyncGenerator<ReplayEvent, void, undefined> {
    const capture = await openCapture(source, name === undefined ? {} : { name });
    const before = this.#packets;
    try {
      for await (const batch of capture.batches()) {
        this.#queue.begin(batch.bytes);
        for (let i = 0; i < batch.count && this.#goesOn(); i++) {
          if (this.#packets === 0) this.#output?.startAt(batch.seconds[i] as number, batch.nanoseconds[i] as number);
          this.#packets++;
          this.#shaper.shape(batch, i, capture.file, this.#pacer, this.#queue);
        }
        // Without a frame nothing would stop the clock before the next one is known.
        if (this.#queue.count > 0) {
          this.#device.nic.wakeWire();
          this.#host.clock.run();
        }
        await this.#output?.flush();
        yield* this.#samples.splice(0);
        const { file, bytesRead, totalBytes } = capture;
        const virtualTimeNs = this.#host.clock.now;
        yield { kind: 'batch', file, packets: this.#packets, bytesRead, totalBytes, virtualTimeNs };
        if (!this.#goesOn()) break;
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#error = error.message;
    } finally {
      const packets = this.#packets - before + (this.#captures[index]?.packets ?? 0);
      this.#captures[index] = { file: capture.file, packets };
    }
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

  #startSamples(): void {
    const { sampleInterval } = this.#options;
    if (sampleInterval === undefined) return;
    if (!(sampleInterval >= 1)) {
      throw new ReplayError('REPLAY_OPTION', `sampleInterval is ${sampleInterval}: give nanoseconds, at least 1.`);
    }
    const { clock } = this.#host;
    const id = clock.register(() => {
      this.#samples.push(this.#sample());
      if (!this.#source.ended || clock.pending > 0) clock.schedule(clock.now + sampleInterval, id);
    });
    clock.schedule(sampleInterval, id);
  }

  #sample(): SampleEvent {
    const { delivered, drops, clock } = this.#host;
    const { wire, received, dropped } = this.#device.nic.ledger();
    const transmitted = this.#host.devices().reduce((sum, { nic }) => sum + (nic.statistics().tx_packets ?? 0), 0);
    return {
      kind: 'sample',
      virtualTimeNs: clock.now,
      sent: wire,
      received,
      missed: dropped.rx_missed_errors + dropped.rx_no_dma_resources,
      delivered,
      transmitted,
      dropped: drops.total,
    };
  }

  #report(): Report {
    const { program, device, shape } = this.#options;
    const loaded = this.#loaded;
    return buildReport(this.#host, this.#device, {
      program: program?.name ?? null,
      hook: program?.xdp !== undefined ? 'xdp' : program?.tc !== undefined ? 'tc' : null,
      captures: this.#captures,
      warnings: warnings(this.#shaper.counts, { ...DEFAULT_SHAPE, ...shape }, this.#pacer.backward),
      error: this.#error,
      rows: loaded === undefined ? [] : (program?.rows?.(loaded) ?? []),
      rxRing: device?.rxRing ?? RING_SIZE.default,
      sentBytes: this.#source.bytes,
    });
  }
}

/** @throws ReplayError REPLAY_OPTION when the object has no such program of that type */
function programOf<T extends ProgramType>(loaded: LoadedObject, key: string, type: T): LoadedProgram<T> {
  const program = loaded.programs[key];
  if (program === undefined || program.spec.type !== type) {
    const names = Object.entries(loaded.object.programs).filter(([, spec]) => spec.type === type);
    const known = names.map(([name]) => name).join(', ') || 'none';
    throw new ReplayError('REPLAY_OPTION', `the object has no ${type} program '${key}': it has ${known}.`);
  }
  return program as LoadedProgram<T>;
}
