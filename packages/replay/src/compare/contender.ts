import { HELPER_FLAGS, type LoadedObject, TC_VERDICTS, XDP_VERDICTS } from '@hookline/bpf';
import { type QueuePair, SimulatedDevice, SimulatedHost } from '@hookline/host';
import { PACKET_BUFFER_SIZE, PACKET_HEADROOM, PACKET_TAILROOM } from '@hookline/machine';
import { type VmMap, type VmProgram, XdpFrame } from '@hookline/vm';
import type { ReplayProgram } from '../options.ts';
import { programOf } from '../program-of.ts';
import type { CompareOptions } from './compare-options.ts';
import { RuleWatch } from './rule-watch.ts';

const VERDICTS = { xdp: namesOf(XDP_VERDICTS), tc: namesOf(TC_VERDICTS) } as const;
/** What else XDP programs return drops the frame; at TC only SHOT does. */
const XDP_SURVIVES: ReadonlySet<number> = new Set([XDP_VERDICTS.PASS, XDP_VERDICTS.TX, XDP_VERDICTS.REDIRECT]);

/**
 * One of the programs that are compared, on a host of its own whose only work it is: each frame goes through it as soon
 * as it is there, on queue 0 and CPU 0, and what the program says is not carried out.
 */
export class Contender {
  readonly mtu: number;
  readonly macAddress: Uint8Array;
  /** Of the latest frame: what the program said, with the target of a redirect. */
  verdict = '';
  readonly #hook: 'xdp' | 'tc';
  readonly #host: SimulatedHost;
  readonly #queue: QueuePair;
  readonly #program: VmProgram;
  readonly #rules: RuleWatch | undefined;
  readonly #frame = new XdpFrame();
  readonly #buffer: number;
  #start = 0;
  #end = 0;

  /** @throws whatever host, device or program refuse */
  constructor(
    program: ReplayProgram,
    hook: 'xdp' | 'tc',
    { host, device, otherDevices = [] }: Pick<CompareOptions, 'host' | 'device' | 'otherDevices'>,
  ) {
    this.#hook = hook;
    const devices = [{ ...device, queues: 1 }, ...otherDevices];
    const packetBuffers = devices.reduce((sum, options) => sum + SimulatedDevice.buffersOf(options), 1);
    this.#host = new SimulatedHost({ packetBuffers, ...host, cpus: 1 });
    const [receiver] = devices.map((options) => this.#host.addDevice(options)) as [SimulatedDevice];
    this.mtu = receiver.mtu;
    this.macAddress = receiver.nic.macAddress;
    this.#queue = receiver.queues[0] as QueuePair;
    this.#buffer = this.#host.pool.take();
    const loaded: LoadedObject = this.#host.load(program.object);
    const type = hook === 'xdp' ? 'xdp' : 'sched_cls';
    this.#program = programOf(loaded, program[hook] as string, type) as VmProgram;
    program.ready?.(loaded);
    const rows = program.rows?.bind(program, loaded);
    this.#rules = rows === undefined ? undefined : new RuleWatch(rows);
    this.#frame.hardStart = this.#buffer;
    this.#frame.frameEnd = this.#buffer + PACKET_BUFFER_SIZE - PACKET_TAILROOM;
    this.#frame.ingressIfindex = receiver.ifindex;
  }

  /** Whether the program counts what it does by rules. */
  get hasRules(): boolean {
    return this.#rules !== undefined;
  }

  /** The frame as the program let it go on; of one that it dropped, nothing. The next `run` overwrites it. */
  get output(): Uint8Array {
    return this.#host.memory.bytes.subarray(this.#start, this.#end);
  }

  /**
   * Runs the program on a frame.
   *
   * @param length at most the MTU and its headers
   * @param time virtual nanoseconds, not before those of the frame ahead
   * @throws BpfError PROGRAM_FAULT or PROGRAM_BUDGET
   */
  run(bytes: Uint8Array, offset: number, length: number, time: number): void {
    const { memory, clock } = this.#host;
    const frame = this.#frame;
    clock.runUntil(time);
    memory.bytes.fill(0, this.#buffer, this.#buffer + PACKET_BUFFER_SIZE);
    frame.data = this.#buffer + PACKET_HEADROOM;
    frame.dataMeta = frame.data;
    frame.dataEnd = frame.data + length;
    memory.bytes.set(bytes.subarray(offset, offset + length), frame.data);
    const name = this.#hook === 'xdp' ? this.#runXdp() : this.#runTc();
    this.verdict = name === 'REDIRECT' ? `${name} to ${this.#target()}` : name;
  }

  /** Labels of the rows that counted the latest frame; it must be asked after each. */
  rules(): readonly string[] {
    return this.#rules?.counted() ?? [];
  }

  #runXdp(): string {
    const frame = this.#frame;
    const verdict = this.#program.runXdp(frame, 0);
    this.#start = frame.data;
    this.#end = XDP_SURVIVES.has(verdict) ? frame.dataEnd : frame.data;
    return VERDICTS.xdp.get(verdict) ?? `unknown (${verdict})`;
  }

  #runTc(): string {
    const { stack } = this.#host;
    const skb = stack.build(this.#queue, this.#frame, 0);
    const verdict = this.#program.runTc(skb, 0) | 0;
    stack.retag(skb);
    this.#start = skb.data;
    this.#end = verdict === TC_VERDICTS.SHOT ? skb.data : skb.dataEnd;
    return VERDICTS.tc.get(verdict) ?? `unknown (${verdict})`;
  }

  /** Where the latest frame is redirected to, in words. */
  #target(): string {
    const { kind, ifindex, flags, map } = this.#host.vm.redirect(0);
    if (kind === 'none') return 'nowhere';
    if (kind === 'map' && (flags & HELPER_FLAGS.BROADCAST) !== 0) {
      const without = (flags & HELPER_FLAGS.EXCLUDE_INGRESS) === 0 ? 0 : this.#frame.ingressIfindex;
      const targets = [...(map as VmMap).targets()].filter((target) => target !== without);
      return targets.map((target) => this.#nameOf(target)).join(', ') || 'nowhere';
    }
    const ingress = this.#hook === 'tc' && (flags & HELPER_FLAGS.INGRESS) !== 0 ? ' ingress' : '';
    return `${this.#nameOf(ifindex)}${ingress}`;
  }

  #nameOf(ifindex: number): string {
    return this.#host.devices().find((device) => device.ifindex === ifindex)?.name ?? `interface ${ifindex}`;
  }
}

function namesOf(verdicts: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(verdicts).map(([name, number]) => [number, name]));
}
