import { LinearMemory, PACKET_BUFFER_SIZE, PACKET_HEADROOM, PacketBufferPool } from '@hookline/machine';
import { DESCRIPTOR_SIZE, RX_STATUS, TX_COMMAND, TX_STATUS } from '@hookline/nic';
import { describe, expect, test } from 'vitest';
import { ReceiveRing } from '../src/receive-ring.ts';
import { TransmitRing } from '../src/transmit-ring.ts';

const COUNT = 64;

/** A ring with a device that is played by the test: descriptor after descriptor, up to the tail. */
function receiving(buffers: number) {
  const memory = new LinearMemory(64);
  const pool = new PacketBufferPool(memory, buffers, 'packet buffers');
  const base = memory.reserve(COUNT * DESCRIPTOR_SIZE, 'ring', 128);
  const tails: number[] = [];
  const ring = new ReceiveRing(memory, pool, base, COUNT, (tail) => tails.push(tail));
  let head = 0;
  return {
    pool,
    ring,
    tails,
    /** Receives a frame of this length; false when the device owns no descriptor. */
    receive(length: number): boolean {
      if (head === (tails.at(-1) ?? 0)) return false;
      const word = (base + head * DESCRIPTOR_SIZE) >>> 2;
      memory.words[word] = 0;
      memory.words[word + 1] = length * 7;
      memory.words[word + 2] = RX_STATUS.DESCRIPTOR_DONE | RX_STATUS.END_OF_PACKET;
      memory.words[word + 3] = length;
      head = (head + 1) % COUNT;
      return true;
    },
    /** Where the device would write its next frame. */
    address: () => (memory.words[(base + head * DESCRIPTOR_SIZE) >>> 2] as number) >>> 0,
  };
}

describe('the receive ring', () => {
  test('hands over one descriptor less than there are, each with room in front of the frame', () => {
    const { ring, tails, pool, address } = receiving(200);
    ring.refill();
    expect(tails).toEqual([COUNT - 1]);
    expect(pool.inUse).toBe(COUNT - 1);
    expect(address() % PACKET_BUFFER_SIZE).toBe(PACKET_HEADROOM);
  });

  test('gives frames in their order, again and again around its end, and loses no buffer', () => {
    const { ring, pool, receive } = receiving(200);
    ring.refill();
    for (let i = 0; i < 1000; i++) {
      expect(receive(60 + (i % 100))).toBe(true);
      const buffer = ring.take();
      expect(buffer).not.toBe(0);
      expect([ring.length, ring.hash]).toEqual([60 + (i % 100), (60 + (i % 100)) * 7]);
      pool.give(buffer);
    }
    expect(ring.take()).toBe(0);
    expect(pool.inUse).toBeGreaterThan(COUNT - 1 - 16);
    expect(pool.inUse).toBeLessThan(COUNT);
  });

  test('does not show a frame twice, though its descriptor still looks done', () => {
    const { ring, receive } = receiving(200);
    ring.refill();
    for (let i = 0; i < COUNT - 1; i++) receive(60);
    expect(ring.held).toBe(COUNT - 1);
    for (let i = 0; i < 15; i++) ring.take();
    expect(ring.held).toBe(COUNT - 1 - 15);
  });

  test('is refilled in groups of 16, with one doorbell for each', () => {
    const { ring, tails, receive } = receiving(200);
    ring.refill();
    for (let i = 0; i < 48; i++) {
      receive(60);
      ring.take();
    }
    expect(tails).toEqual([63, 15, 31, 47]);
  });

  test('runs on with the buffers that it has when the pool is empty, and recovers when some come back', () => {
    const { ring, tails, receive, pool } = receiving(COUNT - 1);
    ring.refill();
    const taken: number[] = [];
    for (let i = 0; i < COUNT - 1; i++) {
      expect(receive(60)).toBe(true);
      taken.push(ring.take());
    }
    expect(receive(60)).toBe(false);
    // One attempt for each frame from the 16th on, none of which succeeded.
    expect(ring.allocationFailures).toBe(COUNT - 1 - 15);
    expect(tails).toEqual([63]);
    for (const buffer of taken) pool.give(buffer);
    ring.replenish();
    expect(tails).toEqual([63, 62]);
    expect(receive(99)).toBe(true);
    expect(ring.take()).not.toBe(0);
    expect(ring.length).toBe(99);
  });

  test('takes what there is when the pool holds less than it needs', () => {
    const { ring, tails } = receiving(10);
    ring.refill();
    expect(tails).toEqual([10]);
    expect(ring.allocationFailures).toBe(1);
  });
});

function transmitting() {
  const memory = new LinearMemory(64);
  const pool = new PacketBufferPool(memory, 200, 'packet buffers');
  const base = memory.reserve(COUNT * DESCRIPTOR_SIZE, 'ring', 128);
  const tails: number[] = [];
  const ring = new TransmitRing(memory, pool, base, COUNT, (tail) => tails.push(tail));
  const word = (index: number, at: number): number => ((base + index * DESCRIPTOR_SIZE) >>> 2) + at;
  return {
    pool,
    ring,
    tails,
    words: memory.words,
    word,
    /** What the device does when it has read a frame. */
    done(index: number): void {
      memory.words[word(index, 3)] = TX_STATUS.DESCRIPTOR_DONE;
    },
  };
}

describe('the transmit ring', () => {
  test('describes the frame, wherever in its buffer it begins', () => {
    const { ring, pool, words, word } = transmitting();
    const buffer = pool.take();
    expect(ring.send(buffer + 41, 1000)).toBe(true);
    expect(words[word(0, 0)]).toBe(buffer + 41);
    expect((words[word(0, 2)] as number) & 0xffff).toBe(1000);
    const command = TX_COMMAND.END_OF_PACKET | TX_COMMAND.INSERT_FCS | TX_COMMAND.REPORT_STATUS;
    expect((words[word(0, 2)] as number) & command).toBe(command);
  });

  test('rings the doorbell once for all that was sent, and not for nothing', () => {
    const { ring, pool, tails } = transmitting();
    ring.ringDoorbell();
    for (let i = 0; i < 5; i++) ring.send(pool.take() + 256, 60);
    ring.ringDoorbell();
    ring.ringDoorbell();
    expect(tails).toEqual([5]);
  });

  test('is full with one descriptor left, and the frame stays with its sender', () => {
    const { ring, pool } = transmitting();
    for (let i = 0; i < COUNT - 1; i++) expect(ring.send(pool.take() + 256, 60)).toBe(true);
    const buffer = pool.take();
    expect(ring.send(buffer + 256, 60)).toBe(false);
    expect(ring.accepted).toBe(COUNT - 1);
    pool.give(buffer);
    ring.clean();
    expect(pool.inUse).toBe(COUNT - 1);
  });

  test('gives buffers back in order, as far as the device has read them, around its end', () => {
    const { ring, pool, done } = transmitting();
    for (let i = 0; i < 500; i++) {
      expect(ring.send(pool.take() + 256, 60)).toBe(true);
      if (i >= 10) done((i - 10) % COUNT);
      ring.clean();
      expect(pool.inUse).toBe(Math.min(i + 1, 10));
    }
  });

  test('waits for a frame that is not read yet, though a later one is', () => {
    const { ring, pool, done } = transmitting();
    for (let i = 0; i < 3; i++) ring.send(pool.take() + 256, 60);
    done(1);
    ring.clean();
    expect(pool.inUse).toBe(3);
    done(0);
    ring.clean();
    expect(pool.inUse).toBe(1);
  });
});
