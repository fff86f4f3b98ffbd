import type { LinearMemory, VirtualClock } from '@hookline/machine';
import { Interrupts } from './interrupts.ts';
import { LineRate } from './line-rate.ts';
import { checkOptions, type NicOptions } from './nic-options.ts';
import { Receiver } from './receiver.ts';
import { RegisterFile } from './register-file.ts';
import { type ReceiveLedger, receiveLedger, statistics } from './statistics.ts';
import { Transmitter } from './transmitter.ts';
import type { FrameSink, FrameSource } from './wire.ts';

/**
 * A simulated network card in the manner of Intel's ixgbe and i40e: a wire, a MAC, receive-side scaling, descriptor
 * rings in the machine's memory, and a moderated MSI-X vector for each pair of queues.
 *
 * Towards the host it has two verbs, `read` and `write` of registers, its rings in memory, and its interrupts; towards
 * the network a source and a sink of frames. Everything happens at its virtual time; when an event of the clock is
 * handled, the device has done all that it does until then, so a driver simply looks into its rings.
 *
 * Several devices may share one machine (memory and clock).
 */
export class Nic {
  readonly name: string;
  /** Queue pairs; vector n belongs to RX queue n and TX queue n. */
  readonly queues: number;
  readonly memory: LinearMemory;
  readonly clock: VirtualClock;
  /** The station's address, 6 bytes. */
  readonly macAddress: Uint8Array;
  readonly line: LineRate;
  readonly #interrupts: Interrupts;
  readonly #receiver: Receiver;
  readonly #transmitter: Transmitter;
  readonly #registers: RegisterFile;

  /** @throws NicError NIC_OPTION; MemoryExhaustedError when its buffers do not fit */
  constructor(options: NicOptions) {
    const { memory, clock } = options;
    const profile = checkOptions(options);
    this.name = profile.name;
    this.queues = profile.queues;
    this.memory = memory;
    this.clock = clock;
    this.macAddress = profile.macAddress;
    this.line = new LineRate(profile.lineRate);
    this.#interrupts = new Interrupts(clock, profile.queues);
    this.#receiver = new Receiver(memory, clock, this.#interrupts, this.line, profile);
    this.#transmitter = new Transmitter(memory, clock, this.#interrupts, this.line, profile);
    this.#registers = new RegisterFile(this.name, this.#receiver, this.#transmitter, this.#interrupts);
  }

  /** Reads a register (see `REGISTER`). @throws NicError NIC_REGISTER */
  read(register: number): number {
    return this.#registers.read(register);
  }

  /**
   * Writes a register (see `REGISTER`). Tail registers are doorbells: the device sees them `latencies.doorbell` later;
   * all others act at once.
   *
   * @throws NicError NIC_REGISTER for a register or a value that does not exist, NIC_RING for an impossible ring
   */
  write(register: number, value: number): void {
    this.#registers.write(register, value);
  }

  /** Sets what the processor does when a vector (0..queues - 1) is raised. */
  onInterrupt(handler: (vector: number) => void): void {
    this.#interrupts.onInterrupt(handler);
  }

  /** Plugs in where the wire's frames come from, or unplugs it. */
  attachSource(source: FrameSource | undefined): void {
    this.#receiver.attach(source);
  }

  /** Plugs in where the wire takes sent frames, or unplugs it: they then leave for nowhere. */
  attachSink(sink: FrameSink | undefined): void {
    this.#transmitter.attach(sink);
  }

  /** Tells the device that its source, which had nothing when it was asked, may have frames again. */
  wakeWire(): void {
    this.#receiver.wake();
  }

  /** Frames that wait in the device for a descriptor. */
  get held(): number {
    return this.#receiver.buffer.count;
  }

  /** How often a vector was raised: its line in /proc/interrupts. */
  interrupts(vector: number): number {
    return this.#interrupts.raised(vector);
  }

  /** The device's counters, under the names of `ethtool -S`. */
  statistics(): Record<string, number> {
    return statistics(this.#receiver, this.#transmitter);
  }

  /** Where every frame that the wire brought has gone. */
  ledger(): ReceiveLedger {
    return receiveLedger(this.#receiver);
  }
}
