import { PACKET_HEADROOM, PacketBufferPool } from '@hookline/machine';
import {
  DESCRIPTOR_SIZE,
  type Nic,
  REGISTER,
  RING_ALIGNMENT,
  RX_STATUS,
  RXDCTL,
  rxHash,
  rxHashType,
  rxLength,
  rxStatus,
  rxVlan,
  SRRCTL,
  TX_COMMAND,
  TX_STATUS,
  TXDCTL,
  txStatus,
  writeRxDescriptor,
  writeTxDescriptor,
} from '../src/index.ts';

/** A received frame, as the test driver hands it over. */
export interface Received {
  readonly queue: number;
  readonly time: number;
  readonly address: number;
  readonly length: number;
  readonly hash: number;
  readonly hashType: number;
  /** -1 without a tag. */
  readonly vlan: number;
}

interface Options {
  readonly ringSize?: number;
  readonly bufferSize?: number;
  readonly drop?: boolean;
  readonly stripVlan?: boolean;
}

/** The smallest driver that can receive and send: one RX and one TX ring for each queue, frames handed to a callback. */
export class TestDriver {
  readonly nic: Nic;
  readonly ringSize: number;
  readonly #pool: PacketBufferPool;
  readonly #words: Int32Array;
  readonly #rxBase: number[] = [];
  readonly #txBase: number[] = [];
  readonly #buffers: Float64Array[] = [];
  readonly #next: number[] = [];
  readonly #txNext: number[] = [];
  readonly #txClean: number[] = [];
  onFrame: (frame: Received) => void = () => {};

  constructor(nic: Nic, options: Options = {}) {
    this.nic = nic;
    this.ringSize = options.ringSize ?? 512;
    const { memory } = nic;
    this.#words = memory.words;
    this.#pool = new PacketBufferPool(memory, this.ringSize * nic.queues, 'packet buffers');
    const bytes = this.ringSize * DESCRIPTOR_SIZE;
    for (let queue = 0; queue < nic.queues; queue++) {
      const rx = memory.reserve(bytes, 'rx ring', RING_ALIGNMENT);
      const tx = memory.reserve(bytes, 'tx ring', RING_ALIGNMENT);
      this.#rxBase.push(rx);
      this.#txBase.push(tx);
      this.#buffers.push(new Float64Array(this.ringSize));
      this.#next.push(0);
      this.#txNext.push(0);
      this.#txClean.push(0);
      nic.write(REGISTER.RDBA + queue, rx);
      nic.write(REGISTER.RDLEN + queue, bytes);
      nic.write(REGISTER.SRRCTL + queue, (options.bufferSize ?? 3520) + (options.drop ? SRRCTL.DROP_ENABLE : 0));
      nic.write(REGISTER.RXDCTL + queue, RXDCTL.ENABLE + (options.stripVlan ? RXDCTL.STRIP_VLAN : 0));
      for (let index = 0; index < this.ringSize - 1; index++) this.#refill(queue, index);
      nic.write(REGISTER.RDT + queue, this.ringSize - 1);
      nic.write(REGISTER.TDBA + queue, tx);
      nic.write(REGISTER.TDLEN + queue, bytes);
      nic.write(REGISTER.TXDCTL + queue, TXDCTL.ENABLE);
    }
  }

  /** Takes up to `budget` frames, hands the descriptors back, and returns how many there were. */
  poll(queue: number, budget = Infinity): number {
    const words = this.#words;
    let index = this.#next[queue] as number;
    let count = 0;
    while (count < budget) {
      const descriptor = (this.#rxBase[queue] as number) + index * DESCRIPTOR_SIZE;
      const status = rxStatus(words, descriptor);
      if ((status & RX_STATUS.DESCRIPTOR_DONE) === 0) break;
      this.onFrame({
        queue,
        time: this.nic.clock.now,
        address: (this.#buffers[queue] as Float64Array)[index] as number,
        length: rxLength(words, descriptor),
        hash: rxHash(words, descriptor),
        hashType: rxHashType(words, descriptor),
        vlan: (status & RX_STATUS.VLAN_PACKET) === 0 ? -1 : rxVlan(words, descriptor),
      });
      // A buffer goes straight back to where the ring has been empty: one descriptor behind.
      const free = index === 0 ? this.ringSize - 1 : index - 1;
      const buffer = ((this.#buffers[queue] as Float64Array)[index] as number) - PACKET_HEADROOM;
      words[(descriptor >>> 2) + 2] = 0;
      this.#pool.give(buffer);
      this.#refill(queue, free);
      index = index + 1 === this.ringSize ? 0 : index + 1;
      count++;
    }
    this.#next[queue] = index;
    if (count > 0) this.nic.write(REGISTER.RDT + queue, index === 0 ? this.ringSize - 1 : index - 1);
    return count;
  }

  /** Writes a descriptor for bytes that are in memory already; `doorbell` tells the device. */
  send(queue: number, address: number, length: number, command = TX_COMMAND.END_OF_PACKET, vlan = 0): void {
    const index = this.#txNext[queue] as number;
    const descriptor = (this.#txBase[queue] as number) + index * DESCRIPTOR_SIZE;
    writeTxDescriptor(this.#words, descriptor, address, length, command | TX_COMMAND.REPORT_STATUS, vlan);
    this.#txNext[queue] = index + 1 === this.ringSize ? 0 : index + 1;
  }

  doorbell(queue: number): void {
    this.nic.write(REGISTER.TDT + queue, this.#txNext[queue] as number);
  }

  /** Counts the descriptors that the device has given back since the last call. */
  clean(queue: number): number {
    let count = 0;
    while (this.#txClean[queue] !== this.#txNext[queue]) {
      const index = this.#txClean[queue] as number;
      const status = txStatus(this.#words, (this.#txBase[queue] as number) + index * DESCRIPTOR_SIZE);
      if ((status & TX_STATUS.DESCRIPTOR_DONE) === 0) break;
      this.#txClean[queue] = index + 1 === this.ringSize ? 0 : index + 1;
      count++;
    }
    return count;
  }

  #refill(queue: number, index: number): void {
    const buffer = this.#pool.take() + PACKET_HEADROOM;
    (this.#buffers[queue] as Float64Array)[index] = buffer;
    writeRxDescriptor(this.#words, (this.#rxBase[queue] as number) + index * DESCRIPTOR_SIZE, buffer);
  }
}
