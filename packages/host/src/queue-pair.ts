import { XDP_VERDICTS } from '@hookline/bpf';
import { PACKET_BUFFER_SIZE, PACKET_HEADROOM, PACKET_TAILROOM, type PacketBufferPool } from '@hookline/machine';
import { REGISTER } from '@hookline/nic';
import { XdpFrame } from '@hookline/vm';
import type { CostModel } from './cost-model.ts';
import { DROP, type DropCounts } from './drop-reason.ts';
import type { PacketTap } from './packet-tap.ts';
import type { ReceiveRing } from './receive-ring.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { NapiInstance, Softirq } from './softirq.ts';
import type { TransmitRing } from './transmit-ring.ts';
import { XdpCounts } from './xdp-counts.ts';

/** Where frames go that a queue pair does not keep: the rest of the host. */
export interface FrameRouter {
  readonly pool: PacketBufferPool;
  readonly drops: DropCounts;
  readonly costs: CostModel;
  /** Watches packets; undefined where nobody does. */
  readonly tap: PacketTap | undefined;
  /** The stack takes the buffer over. */
  pass(queue: QueuePair, frame: XdpFrame, hash: number): void;
  /** The beginning of a poll: from now on virtual time passes as this queue's CPU spends it. */
  begin(queue: QueuePair): void;
  /** The end of a poll: rings the doorbells of all rings that were filled. */
  flush(): void;
  /** Takes the buffer over, whatever becomes of it; false when there was no target or no room. */
  redirect(queue: QueuePair, frame: XdpFrame): boolean;
}

/**
 * One receive and one transmit queue with their vector, as the driver polls them (`ixgbe_poll`): clean what was
 * sent, take what was received, run the XDP program on each frame in its DMA buffer, act on the verdict.
 */
export class QueuePair implements NapiInstance {
  readonly name: string;
  readonly index: number;
  readonly device: SimulatedDevice;
  /** The CPU that takes the vector's interrupts. */
  readonly cpu: number;
  readonly xdp = new XdpCounts();
  readonly receive: ReceiveRing;
  readonly transmit: TransmitRing;
  readonly softirq: Softirq;
  missed = false;
  scheduled = false;
  polls = 0;
  readonly #router: FrameRouter;
  readonly #frame = new XdpFrame();
  readonly #vectorWord: number;
  readonly #vectorBit: number;

  constructor(
    device: SimulatedDevice,
    index: number,
    softirq: Softirq,
    cpu: number,
    router: FrameRouter,
    receive: ReceiveRing,
    transmit: TransmitRing,
  ) {
    this.name = `${device.name}-TxRx-${index}`;
    this.index = index;
    this.cpu = cpu;
    this.softirq = softirq;
    this.receive = receive;
    this.transmit = transmit;
    this.device = device;
    this.#router = router;
    this.#vectorWord = index >>> 5;
    this.#vectorBit = 2 ** (index & 31);
    this.#frame.ingressIfindex = device.ifindex;
    this.#frame.rxQueueIndex = index;
  }

  poll(budget: number): number {
    this.polls++;
    this.#router.begin(this);
    // What was written back until now is seen by this poll: only later frames may interrupt again.
    this.device.nic.write(REGISTER.EICR + this.#vectorWord, this.#vectorBit);
    this.transmit.clean();
    const receive = this.receive;
    receive.replenish();
    let work = 0;
    while (work < budget) {
      const buffer = receive.take();
      if (buffer === 0) break;
      work++;
      this.#receive(buffer, receive.length, receive.hash);
    }
    return work;
  }

  finish(): void {
    this.#router.flush();
  }

  complete(): void {
    this.device.nic.write(REGISTER.EIMS + this.#vectorWord, this.#vectorBit);
  }

  #receive(buffer: number, length: number, hash: number): void {
    const { costs, pool, drops, tap } = this.#router;
    const frame = this.#frame;
    frame.hardStart = buffer;
    frame.data = buffer + PACKET_HEADROOM;
    frame.dataMeta = frame.data;
    frame.dataEnd = frame.data + length;
    frame.frameEnd = buffer + PACKET_BUFFER_SIZE - PACKET_TAILROOM;
    this.softirq.spend(costs.receive);
    const program = this.device.xdpProgram;
    if (program === undefined) {
      this.#router.pass(this, frame, hash);
      return;
    }
    tap?.xdpEntry(this.device, frame.data, frame.dataEnd);
    const verdict = program.runXdp(frame, this.cpu);
    tap?.xdpExit(this.device, frame.data, frame.dataEnd, verdict);
    this.xdp.count(verdict);
    let reason = DROP.XDP_ABORTED;
    switch (verdict) {
      case XDP_VERDICTS.PASS:
        this.softirq.spend(costs.pass);
        this.#router.pass(this, frame, hash);
        return;
      case XDP_VERDICTS.TX:
        this.softirq.spend(costs.transmit);
        if (this.transmit.send(frame.data, frame.dataEnd - frame.data)) return;
        this.xdp.transmitErrors++;
        reason = DROP.XDP_TX_ERROR;
        break;
      case XDP_VERDICTS.REDIRECT:
        this.softirq.spend(costs.redirect);
        if (!this.#router.redirect(this, frame)) this.xdp.redirectErrors++;
        return;
      case XDP_VERDICTS.DROP:
        reason = DROP.XDP;
        break;
      default:
    }
    drops.add(reason);
    tap?.dropped(this.device, frame.data, frame.dataEnd, reason);
    pool.give(buffer);
  }
}
