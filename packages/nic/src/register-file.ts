import type { Interrupts } from './interrupts.ts';
import { NicError } from './nic-error.ts';
import { MAX_FRAME } from './nic-options.ts';
import type { Receiver } from './receiver.ts';
import { REGISTER, REGISTER_BLOCK, RXDCTL, SRRCTL, TXDCTL } from './registers.ts';
import type { Ring } from './ring.ts';
import type { RxQueue } from './rx-queue.ts';
import { RSS_KEY_SIZE } from './toeplitz.ts';
import type { Transmitter } from './transmitter.ts';

const VECTORS_PER_WORD = 32;
/** What a register of bits takes. */
const ALL_BITS = 0xffff_ffff;

/** One block of registers: its size, and what reading and writing one of them does. */
interface Block {
  readonly count: number;
  readonly read: (index: number) => number;
  /** Missing where registers are read only. */
  readonly write?: (index: number, value: number) => void;
}

/** The registers of a device, each connected with what it sets or shows. */
export class RegisterFile {
  readonly #name: string;
  readonly #blocks: readonly Block[];

  constructor(name: string, receiver: Receiver, transmitter: Transmitter, interrupts: Interrupts) {
    this.#name = name;
    const blocks: Record<number, Block> = {
      ...macBlocks(receiver),
      ...receiveBlocks(receiver),
      ...transmitBlocks(transmitter),
      ...interruptBlocks(interrupts, receiver.queues.length),
      ...rssBlocks(receiver),
    };
    this.#blocks = Object.values(REGISTER).map((register) => blocks[register] as Block);
  }

  read(register: number): number {
    return this.#block(register).read(register % REGISTER_BLOCK);
  }

  write(register: number, value: number): void {
    const block = this.#block(register);
    if (block.write === undefined) throw this.#refused(register, 'is read only: write another one');
    block.write(register % REGISTER_BLOCK, value);
  }

  #block(register: number): Block {
    const block = this.#blocks[Math.floor(register / REGISTER_BLOCK)];
    if (block === undefined || register % REGISTER_BLOCK >= block.count || !Number.isInteger(register)) {
      throw this.#refused(register, 'does not exist: give one of REGISTER plus an index that the device has');
    }
    return block;
  }

  #refused(register: number, why: string): NicError {
    const name = Object.entries(REGISTER).findLast(([, first]) => first <= register)?.[0] ?? '';
    return new NicError('NIC_REGISTER', `register ${name}+${register % REGISTER_BLOCK} of ${this.#name} ${why}.`);
  }
}

function checkValue(what: string, value: number, highest: number, multiple = 1): void {
  if (Number.isInteger(value) && value >= 0 && value <= highest && value % multiple === 0) return;
  const step = multiple === 1 ? '' : `, a multiple of ${multiple}`;
  throw new NicError('NIC_REGISTER', `${what} is set to ${value}: give an integer from 0 to ${highest}${step}.`);
}

/** Tests a bit of a 32-bit register, whatever its sign. */
function has(value: number, bit: number): boolean {
  return ((value / bit) & 1) === 1;
}

function macBlocks(receiver: Receiver): Record<number, Block> {
  const { filter } = receiver;
  return {
    [REGISTER.FCTRL]: {
      count: 1,
      read: () => filter.accept,
      write: (_, value) => {
        checkValue('FCTRL', value, ALL_BITS);
        filter.accept = value;
      },
    },
    [REGISTER.MAXFRS]: {
      count: 1,
      read: () => receiver.maxFrame,
      write: (_, value) => {
        checkValue('MAXFRS', value, MAX_FRAME);
        receiver.maxFrame = value;
      },
    },
  };
}

/** Base and length, which drivers write while the ring is disabled. */
function ringBlocks(rings: readonly Ring[], base: number, length: number, head: number): Record<number, Block> {
  const ring = (queue: number): Ring => rings[queue] as Ring;
  const settable = (queue: number): Ring => {
    const { enabled, what } = ring(queue);
    if (enabled) throw new NicError('NIC_RING', `${what} is in use: disable it before its base or length is set.`);
    return ring(queue);
  };
  return {
    [base]: {
      count: rings.length,
      read: (queue) => ring(queue).base,
      write: (queue, value) => {
        settable(queue).base = value;
      },
    },
    [length]: {
      count: rings.length,
      read: (queue) => ring(queue).bytes,
      write: (queue, value) => {
        settable(queue).bytes = value;
      },
    },
    [head]: { count: rings.length, read: (queue) => ring(queue).head },
  };
}

function receiveBlocks(receiver: Receiver): Record<number, Block> {
  const { queues, doorbells } = receiver;
  const count = queues.length;
  const rx = (queue: number): RxQueue => queues[queue] as RxQueue;
  return {
    ...ringBlocks(
      queues.map(({ ring }) => ring),
      REGISTER.RDBA,
      REGISTER.RDLEN,
      REGISTER.RDH,
    ),
    [REGISTER.RDT]: {
      count,
      read: (queue) => doorbells.written(queue),
      write: (queue, tail) => doorbells.write(queue, tail),
    },
    [REGISTER.RXDCTL]: {
      count,
      read: (queue) => (rx(queue).ring.enabled ? RXDCTL.ENABLE : 0) + (rx(queue).stripsVlan ? RXDCTL.STRIP_VLAN : 0),
      write: (queue, value) => {
        checkValue(`RXDCTL of ${rx(queue).ring.what}`, value, ALL_BITS);
        rx(queue).stripsVlan = has(value, RXDCTL.STRIP_VLAN);
        const enable = has(value, RXDCTL.ENABLE);
        if (enable !== rx(queue).ring.enabled) receiver.enable(queue, enable);
      },
    },
    [REGISTER.SRRCTL]: {
      count,
      read: (queue) => rx(queue).bufferSize + (rx(queue).dropsWithoutDescriptor ? SRRCTL.DROP_ENABLE : 0),
      write: (queue, value) => {
        checkValue(`SRRCTL of ${rx(queue).ring.what}`, value, ALL_BITS);
        const size = value & SRRCTL.SIZE;
        checkValue(`the buffer size of ${rx(queue).ring.what}`, size, SRRCTL.SIZE, 4);
        rx(queue).bufferSize = size;
        rx(queue).dropsWithoutDescriptor = has(value, SRRCTL.DROP_ENABLE);
      },
    },
  };
}

function transmitBlocks(transmitter: Transmitter): Record<number, Block> {
  const { queues, doorbells } = transmitter;
  const rings = queues.map(({ ring }) => ring);
  const count = queues.length;
  return {
    ...ringBlocks(rings, REGISTER.TDBA, REGISTER.TDLEN, REGISTER.TDH),
    [REGISTER.TDT]: {
      count,
      read: (queue) => doorbells.written(queue),
      write: (queue, tail) => doorbells.write(queue, tail),
    },
    [REGISTER.TXDCTL]: {
      count,
      read: (queue) => ((rings[queue] as Ring).enabled ? TXDCTL.ENABLE : 0),
      write: (queue, value) => {
        checkValue(`TXDCTL of ${(rings[queue] as Ring).what}`, value, ALL_BITS);
        const enable = has(value, TXDCTL.ENABLE);
        if (enable !== (rings[queue] as Ring).enabled) transmitter.enable(queue, enable);
      },
    },
  };
}

function interruptBlocks(interrupts: Interrupts, vectors: number): Record<number, Block> {
  /** A register with a bit for each vector. */
  const bits = (read: (vector: number) => boolean, write: (vector: number, on: boolean) => void): Block => ({
    count: Math.ceil(vectors / VECTORS_PER_WORD),
    read: (word) => {
      let value = 0;
      for (let bit = 0; bit < VECTORS_PER_WORD && word * VECTORS_PER_WORD + bit < vectors; bit++) {
        if (read(word * VECTORS_PER_WORD + bit)) value += 2 ** bit;
      }
      return value;
    },
    write: (word, value) => {
      checkValue('a register of vectors', value, ALL_BITS);
      for (let bit = 0; bit < VECTORS_PER_WORD && word * VECTORS_PER_WORD + bit < vectors; bit++) {
        write(word * VECTORS_PER_WORD + bit, ((value >>> bit) & 1) === 1);
      }
    },
  });
  const isEnabled = (vector: number): boolean => interrupts.isEnabled(vector);
  return {
    [REGISTER.EICR]: bits(
      (vector) => interrupts.isLatched(vector),
      (vector, on) => on && interrupts.acknowledge(vector),
    ),
    [REGISTER.EIMS]: bits(isEnabled, (vector, on) => on && interrupts.enable(vector)),
    [REGISTER.EIMC]: bits(isEnabled, (vector, on) => on && interrupts.disable(vector)),
    [REGISTER.EIAM]: bits(
      (vector) => interrupts.isAutoMasked(vector),
      (vector, on) => interrupts.setAutoMask(vector, on),
    ),
    [REGISTER.EITR]: {
      count: vectors,
      read: (vector) => interrupts.interval(vector),
      write: (vector, value) => {
        checkValue('EITR', value, 1e6);
        interrupts.setInterval(vector, value);
      },
    },
    [REGISTER.EIFR]: {
      count: vectors,
      read: (vector) => interrupts.frames(vector),
      write: (vector, value) => {
        checkValue('EIFR', value, 65_535);
        interrupts.setFrames(vector, value);
      },
    },
  };
}

function rssBlocks(receiver: Receiver): Record<number, Block> {
  const { rss, queues } = receiver;
  return {
    [REGISTER.MRQC]: {
      count: 1,
      read: () => rss.fields,
      write: (_, value) => {
        checkValue('MRQC', value, ALL_BITS);
        rss.fields = value;
      },
    },
    [REGISTER.RETA]: {
      count: rss.table.length,
      read: (entry) => rss.table[entry] as number,
      write: (entry, value) => {
        checkValue(`RETA+${entry}`, value, queues.length - 1);
        rss.table[entry] = value;
      },
    },
    [REGISTER.RSSRK]: {
      count: RSS_KEY_SIZE / 4,
      read: (word) => new DataView(rss.key.buffer).getUint32(word * 4, true),
      write: (word, value) => {
        checkValue(`RSSRK+${word}`, value, ALL_BITS);
        const key = Uint8Array.from(rss.key);
        new DataView(key.buffer).setUint32(word * 4, value, true);
        rss.key = key;
      },
    },
  };
}
