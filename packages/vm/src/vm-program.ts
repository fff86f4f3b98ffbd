import {
  BpfError,
  type LoadedProgram,
  type ProgramSpec,
  type ProgramType,
  type TestRunOptions,
  type TestRunResult,
} from '@hookline/bpf';
import type { Engine } from './engine/engine.ts';
import { fillSkBuffContext, fillXdpContext, readBackSkBuff } from './memory/context.ts';
import type { PreparedProgram } from './prepare/prepared-program.ts';
import type { SkBuff } from './sk-buff.ts';
import { testRun } from './test-run/test-run.ts';
import type { XdpFrame } from './xdp-frame.ts';

/** A program in a machine. */
export class VmProgram<T extends ProgramType = ProgramType> implements LoadedProgram<T> {
  readonly spec: ProgramSpec<T>;
  readonly prepared: PreparedProgram;
  readonly #engine: Engine;

  constructor(engine: Engine, prepared: PreparedProgram) {
    this.#engine = engine;
    this.prepared = prepared;
    this.spec = prepared.spec as ProgramSpec<T>;
  }

  /**
   * Runs an XDP program on a frame, in place. What it did to the frame's ends is in `frame` afterwards.
   *
   * @param cpu whose slots of per-CPU maps it sees: 0 to the machine's CPUs - 1
   * @returns the low 32 bits of r0, unsigned: `XDP_VERDICTS`, or anything else
   * @throws BpfError PROGRAM_FAULT or PROGRAM_BUDGET, after which frame and maps are as far as the program got; EINVAL for a program
   *   of another type
   */
  runXdp(frame: XdpFrame, cpu: number): number {
    const engine = this.#engine;
    if (this.spec.type !== 'xdp') throw this.#wrongPacket('runTc');
    engine.begin(this.prepared, cpu);
    engine.frame = frame;
    engine.skb = undefined;
    fillXdpContext(engine, frame);
    return engine.run(engine.context, 0) >>> 0;
  }

  /**
   * Runs a TC program on a packet, in place. What it wrote to the context and did to the packet is in `skb` afterwards.
   *
   * @returns the low 32 bits of r0, unsigned: `TC_VERDICTS` modulo 2^32, or anything else
   * @throws as `runXdp`
   */
  runTc(skb: SkBuff, cpu: number): number {
    const engine = this.#engine;
    if (this.spec.type !== 'sched_cls') throw this.#wrongPacket('runXdp');
    engine.begin(this.prepared, cpu);
    engine.skb = skb;
    engine.frame = undefined;
    fillSkBuffContext(engine, skb);
    const verdict = engine.run(engine.context, 0) >>> 0;
    readBackSkBuff(engine, skb);
    return verdict;
  }

  /**
   * Runs the program on a frame as BPF_PROG_TEST_RUN does (net/bpf/test_run.c): with 256 bytes of headroom in a buffer
   * of 4096, as if received by the loopback device, interface 1.
   *
   * @throws BpfError EINVAL for a frame that the kernel would not take, and as `runXdp`
   */
  testRun(frame: Uint8Array, options: TestRunOptions = {}): TestRunResult {
    return testRun(this.#engine, this, frame, options);
  }

  #wrongPacket(method: string): BpfError {
    const { name, type } = this.spec;
    return new BpfError('EINVAL', `Program ${name} is of type ${type}: run it with ${method}.`, { program: name });
  }
}
