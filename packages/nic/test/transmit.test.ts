import { craft, ethernet, ipv4, udp, vlan } from '@hookline/packet';
import { describe, expect, test } from 'vitest';
import { MAX_FRAME, Nic, type NicOptions, REGISTER, TX_COMMAND } from '../src/index.ts';
import { TestDriver } from './test-driver.ts';
import { ListSink, machine, numbered, numberOf } from './traffic.ts';

function sending(
  options: Omit<NicOptions, 'memory' | 'clock'> = {},
  driverOptions: ConstructorParameters<typeof TestDriver>[1] = {},
) {
  const { nic, clock, memory } = machine(options);
  const driver = new TestDriver(nic, driverOptions);
  const sink = new ListSink();
  nic.attachSink(sink);
  clock.runUntil(1000);
  /** Puts bytes into memory and returns their address. */
  const place = (bytes: Uint8Array) => {
    const address = memory.reserve(bytes.length, 'a frame to send', 8);
    memory.bytes.set(bytes, address);
    return address;
  };
  return { nic, clock, memory, driver, sink, place };
}

const sentNumbers = (sink: ListSink) => sink.frames.map(({ bytes }) => numberOf(bytes));

describe('sending', () => {
  test('a frame leaves after doorbell and DMA read; its descriptor is done a DMA write later', () => {
    const { clock, driver, sink, place } = sending();
    const frame = numbered(3);
    driver.send(0, place(frame), frame.length);
    driver.doorbell(0);
    const done = 1000 + 150 + 550 + 260;
    clock.runUntil(done - 0.01);
    expect(driver.clean(0)).toBe(0);
    clock.runUntil(done + 0.01);
    expect(driver.clean(0)).toBe(1);
    expect(sink.frames).toEqual([{ bytes: frame, time: 1000 + 150 + 550 + 72 * 0.8 }]);
  });

  test('frames leave at line rate, in order, around the ring', () => {
    const { nic, clock, driver, sink, place } = sending({}, { ringSize: 64 });
    let next = 0;
    for (let burst = 0; burst < 10; burst++) {
      for (let i = 0; i < 50; i++, next++) driver.send(0, place(numbered(next)), 60);
      driver.doorbell(0);
      clock.runUntil(clock.now + 50 * 67.2);
      driver.clean(0);
    }
    clock.runUntil(clock.now + 100_000);
    expect(sentNumbers(sink)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    const [first, last] = [sink.frames[0], sink.frames.at(-1)];
    expect((last?.time as number) - (first?.time as number)).toBeCloseTo(499 * 67.2, 3);
    expect(nic.statistics()).toMatchObject({ tx_packets: 500, tx_bytes: 30_000, tx_queue_0_packets: 500 });
  });

  test('a full transmit buffer lets the wire set the pace', () => {
    // 9728 bytes of buffer are 7782 ns of wire, 115 frames; the other 385 follow the wire.
    const { clock, driver, place } = sending({ transmitBuffer: 9728 });
    const address = place(numbered(0));
    for (let i = 0; i < 500; i++) driver.send(0, address, 60);
    driver.doorbell(0);
    clock.runUntil(1000 + 150 + 550 + 260 + 1);
    expect(driver.clean(0)).toBeGreaterThan(110);
    clock.runUntil(clock.now + 100 * 67.2);
    const meanwhile = driver.clean(0);
    expect(meanwhile).toBeGreaterThanOrEqual(99);
    expect(meanwhile).toBeLessThanOrEqual(101);
  });

  test('a descriptor that is done at the very moment of an event is done for it', () => {
    // A byte takes a nanosecond: then one descriptor is done every 84 ns.
    const { clock, driver, place } = sending({ transmitBuffer: 9728, lineRate: 8e9 });
    const address = place(numbered(0));
    const counts: number[] = [];
    const look = clock.register(() => counts.push(driver.clean(0)));
    const first = 1000 + 150 + 550 + 260;
    for (let n = 1; n <= 3; n++) clock.schedule(first + 117 * 84 - 9728 + n * 84, look);
    for (let i = 0; i < 200; i++) driver.send(0, address, 60);
    driver.doorbell(0);
    clock.runUntil(first + 1000);
    // Frame n (from 0) is done at first + n * 84 - 9728, the first 116 of them at once.
    expect(counts).toEqual([119, 1, 1]);
  });

  test('queues take turns', () => {
    const { clock, driver, sink, place } = sending({ queues: 3 });
    for (const queue of [0, 2]) {
      for (let i = 0; i < 3; i++) driver.send(queue, place(numbered(queue * 10 + i)), 60);
    }
    driver.doorbell(0);
    driver.doorbell(2);
    clock.runUntil(100_000);
    expect(sentNumbers(sink)).toEqual([0, 20, 1, 21, 2, 22]);
  });

  test('a frame in pieces leaves as one, when its last piece is there', () => {
    const { nic, clock, driver, sink, place } = sending();
    const frame = numbered(9, 1000);
    const address = place(frame);
    driver.send(0, address, 14, 0);
    driver.send(0, address + 14, 500, 0);
    driver.doorbell(0);
    clock.runUntil(10_000);
    expect([sink.frames.length, driver.clean(0)]).toEqual([0, 0]);
    driver.send(0, address + 514, 486);
    driver.doorbell(0);
    clock.runUntil(20_000);
    expect(sink.frames.map(({ bytes }) => bytes)).toEqual([frame]);
    expect(driver.clean(0)).toBe(3);
    expect(nic.read(REGISTER.TDH)).toBe(3);
  });

  test('a VLAN tag is inserted where the descriptor asks for it', () => {
    const { clock, driver, sink, place } = sending();
    const packet = ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, udp({ destinationPort: 53 }, 'payload'));
    const plain = craft(ethernet({}, packet));
    driver.send(0, place(plain), plain.length, TX_COMMAND.END_OF_PACKET | TX_COMMAND.VLAN_INSERT, 0xa00a);
    driver.doorbell(0);
    clock.runUntil(10_000);
    const tagged = craft(ethernet({}, vlan({ priority: 5, vlanId: 10 }, packet)));
    expect(sink.frames.map(({ bytes }) => bytes)).toEqual([tagged]);
  });

  test('what is no frame is counted and given back, not sent', () => {
    const { nic, clock, driver, sink, place } = sending();
    const address = place(new Uint8Array(16_384));
    driver.send(0, address, 13);
    driver.send(0, address, MAX_FRAME - 3);
    driver.send(0, address, MAX_FRAME - 4);
    for (const command of [0, 0, TX_COMMAND.END_OF_PACKET]) driver.send(0, address, 9000, command);
    driver.doorbell(0);
    clock.runUntil(100_000);
    expect(sink.frames.map(({ bytes }) => bytes.length)).toEqual([MAX_FRAME - 4]);
    expect(nic.statistics()).toMatchObject({ tx_errors: 3, tx_packets: 1 });
    expect(driver.clean(0)).toBe(6);
  });

  test('completion interrupts on the vector of the pair, moderated like reception', () => {
    const { nic, clock, driver, place } = sending({ queues: 2 });
    const raised: number[] = [];
    nic.onInterrupt((vector) => raised.push(vector));
    nic.write(REGISTER.EIMS, 0b11);
    driver.send(1, place(numbered(0)), 60);
    driver.doorbell(1);
    clock.runUntil(10_000);
    expect(raised).toEqual([1]);
  });

  test('a queue that is disabled sends no more', () => {
    const { nic, clock, driver, sink, place } = sending();
    driver.send(0, place(numbered(0)), 60);
    driver.doorbell(0);
    nic.write(REGISTER.TXDCTL, 0);
    clock.runUntil(10_000);
    expect([sink.frames.length, driver.clean(0)]).toEqual([0, 0]);
  });

  test('without a sink frames leave for nowhere', () => {
    const { nic, clock, driver, place } = sending();
    nic.attachSink(undefined);
    driver.send(0, place(numbered(0)), 60);
    driver.doorbell(0);
    clock.runUntil(10_000);
    expect(nic.statistics()).toMatchObject({ tx_packets: 1 });
  });

  test('a descriptor that points outside memory is an error that names it', () => {
    const { clock, driver } = sending();
    driver.send(0, 0, 60);
    driver.doorbell(0);
    expect(() => clock.runUntil(10_000)).toThrow(
      expect.objectContaining({
        code: 'NIC_DMA',
        message: expect.stringContaining('descriptor 0 of TX ring 0 of eth0'),
      }),
    );
  });
});

test('two cards of one machine: what one sends the other receives, a wire later', () => {
  const { nic, clock, memory, driver, place } = sending();
  const other = new Nic({ memory, clock, name: 'eth1' });
  const receiver = new TestDriver(other);
  const received: number[] = [];
  receiver.onFrame = ({ address, length }) => {
    received.push(numberOf(memory.bytes.subarray(address, address + length)));
  };
  // A cable without length: a frame is on the other card's wire while it leaves this one.
  const cable: { bytes: Uint8Array; time: number }[] = [];
  nic.attachSink({
    transmit: (bytes, offset, length, time) => {
      cable.push({ bytes: bytes.slice(offset, offset + length), time: time - nic.line.frameTime(length) });
      other.wakeWire();
    },
  });
  other.attachSource({
    next: (frame) => {
      const sent = cable.shift();
      if (sent === undefined) return false;
      Object.assign(frame, { time: sent.time, bytes: sent.bytes, offset: 0, length: sent.bytes.length, flags: 0 });
      return true;
    },
  });
  for (let i = 0; i < 100; i++) driver.send(0, place(numbered(i)), 60);
  driver.doorbell(0);
  clock.runUntil(1000 + 150 + 550 + 72 * 0.8 + 99 * 67.2 + 259);
  expect(receiver.poll(0)).toBe(99);
  clock.runUntil(clock.now + 2);
  expect(receiver.poll(0)).toBe(1);
  expect(received).toEqual(Array.from({ length: 100 }, (_, n) => n));
});
