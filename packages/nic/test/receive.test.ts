import { craft, ethernet, ipv4, udp, vlan } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCEPT, FRAME_FLAG, MAX_FRAME, type NicOptions, REGISTER, RSS_TYPE } from '../src/index.ts';
import { type Received, TestDriver } from './test-driver.ts';
import { ListSource, machine, numbered, numberOf } from './traffic.ts';

/** A machine whose driver keeps what it receives. */
function receiving(
  options: Omit<NicOptions, 'memory' | 'clock'> = {},
  driverOptions: ConstructorParameters<typeof TestDriver>[1] = {},
) {
  const { nic, clock, memory } = machine(options);
  const driver = new TestDriver(nic, driverOptions);
  const received: (Received & { bytes: Uint8Array })[] = [];
  driver.onFrame = (frame) => {
    received.push({ ...frame, bytes: memory.bytes.slice(frame.address, frame.address + frame.length) });
  };
  // The first doorbell crosses the bus before any frame comes.
  clock.runUntil(1000);
  const play = (frames: readonly Uint8Array[], flags = 0) => {
    nic.attachSource(new ListSource(frames.map((bytes) => ({ bytes, flags }))));
    clock.runUntil(clock.now + 10_000_000);
  };
  return { nic, clock, memory, driver, received, play };
}

const numbers = (count: number, length?: number) => Array.from({ length: count }, (_, n) => numbered(n, length));

describe('a frame', () => {
  test('is in memory, and its descriptor done, when its last bit has come and the DMA is over', () => {
    const { nic, clock, driver, received } = receiving();
    const frame = numbered(7);
    nic.attachSource(new ListSource([{ time: 2000, bytes: frame }]));
    // 8 + 60 + 4 bytes at 0.8 ns, then 260 ns.
    const due = 2000 + 72 * 0.8 + 260;
    clock.runUntil(due - 0.01);
    expect(driver.poll(0)).toBe(0);
    clock.runUntil(due + 0.01);
    expect(driver.poll(0)).toBe(1);
    expect(received[0]?.bytes).toEqual(frame);
    expect(received[0]).toMatchObject({ queue: 0, length: 60, hashType: RSS_TYPE.IPV4_UDP, vlan: -1 });
  });

  test('is there for an event of the very same moment, whichever was planned first', () => {
    // A byte takes a nanosecond.
    const { nic, clock, driver } = receiving({ lineRate: 8e9 });
    const counts: number[] = [];
    const look = clock.register(() => counts.push(driver.poll(0)));
    const due = 2000 + 72 + 260;
    clock.schedule(due, look);
    nic.attachSource(new ListSource([{ time: 2000, bytes: numbered(0) }]));
    clock.runUntil(due);
    expect(counts).toEqual([1]);
  });

  test('follows the one before at line rate, however early it was meant', () => {
    const { nic, clock, driver } = receiving();
    nic.attachSource(new ListSource(numbers(100).map((bytes) => ({ bytes, time: 0 }))));
    const start = 1000;
    clock.runUntil(start + 72 * 0.8 + 260 + 98.5 * 67.2);
    expect(driver.poll(0)).toBe(99);
    clock.runUntil(start + 72 * 0.8 + 260 + 99.5 * 67.2);
    expect(driver.poll(0)).toBe(1);
  });

  test.each([0, 1, 2, 3])('of any length from anywhere arrives as it was (offset %i)', (misalignment) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 3520 }), fc.boolean(), (frame, ours) => {
        const { nic, clock, memory, driver, received } = receiving();
        const offset = ours ? memory.reserve(4096, 'a frame', 8) + misalignment : misalignment;
        const bytes = ours ? memory.bytes : new Uint8Array(4096);
        bytes.set(frame, offset);
        let left = 1;
        nic.attachSource({
          next: (wire) => {
            Object.assign(wire, { time: 0, bytes, offset, length: frame.length, flags: 0 });
            return left-- > 0;
          },
        });
        clock.runUntil(20_000);
        driver.poll(0);
        expect(received.map((one) => one.bytes)).toEqual([frame]);
      }),
      { numRuns: 25 },
    );
  });

  test('has its hash written back, and lies in the queue that the table says', () => {
    const { nic, driver, received, play } = receiving({ queues: 4 });
    // "Verifying the RSS hash calculation", Windows driver documentation; 0xc626b0ea & 127 = 106.
    nic.write(REGISTER.RETA + 106, 3);
    const ip = { source: '199.92.111.2', destination: '65.69.140.83' };
    play([craft(ipv4(ip, udp({ sourcePort: 14230, destinationPort: 4739 })))]);
    expect(driver.poll(3)).toBe(1);
    expect(received[0]).toMatchObject({ hash: 0xc626b0ea, hashType: RSS_TYPE.IPV4_UDP });
  });

  test('keeps its VLAN tag, unless the queue strips it into the descriptor', () => {
    const packet = ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, udp({ destinationPort: 53 }, 'payload'));
    const tagged = craft(ethernet({}, vlan({ priority: 5, vlanId: 10 }, packet)));
    const plain = craft(ethernet({}, packet));
    const keeping = receiving();
    keeping.play([tagged]);
    keeping.driver.poll(0);
    expect(keeping.received[0]).toMatchObject({ bytes: tagged, vlan: -1 });
    const stripping = receiving({}, { stripVlan: true });
    stripping.play([tagged, plain]);
    stripping.driver.poll(0);
    expect(stripping.received.map(({ bytes }) => bytes)).toEqual([plain, plain]);
    expect(stripping.received.map((frame) => frame.vlan)).toEqual([0xa00a, -1]);
  });
});

describe('a ring', () => {
  test('wraps around any number of times without losing, doubling or reordering a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 62 }), { maxLength: 40 }), (bursts) => {
        const { driver, received, play } = receiving({}, { ringSize: 64 });
        let sent = 0;
        for (const burst of bursts) {
          play(Array.from({ length: burst }, () => numbered(sent++)));
          driver.poll(0);
        }
        expect(received.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: sent }, (_, n) => n));
      }),
      { numRuns: 20 },
    );
  });

  test('holds one frame fewer than it has descriptors', () => {
    const { nic, driver, play } = receiving({}, { ringSize: 64, drop: true });
    play(numbers(100));
    expect(driver.poll(0)).toBe(63);
    expect(nic.ledger()).toMatchObject({ wire: 100, received: 63, dropped: { rx_no_dma_resources: 37 }, held: 0 });
    expect(nic.statistics()).toMatchObject({ rx_queue_0_drops: 37, rx_no_dma_resources: 37, rx_missed_errors: 0 });
  });

  test('that is empty makes frames wait in the device, in order, until it overruns', () => {
    // 63 frames fill the ring, 163 of 60 bytes fill 9800 of 9840 bytes, the rest is missed.
    const { nic, clock, driver, received, play } = receiving({ receiveBuffer: 9840 }, { ringSize: 64 });
    play(numbers(300));
    expect(nic.ledger()).toMatchObject({ wire: 300, received: 63, held: 164, dropped: { rx_missed_errors: 73 } });
    while (driver.poll(0) > 0) clock.runUntil(clock.now + 1000);
    expect(received.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 63 + 164 }, (_, n) => n));
    expect(nic.held).toBe(0);
  });

  test('that waits holds up the others; one that drops does not', () => {
    const frames = [...Array.from({ length: 70 }, (_, n) => numbered(n)), craft(ipv4({}, udp({}, 'other flow')))];
    const { nic, driver, play } = receiving({ queues: 2 }, { ringSize: 64 });
    // All of the first flow into queue 1, everything else into queue 0.
    for (let entry = 0; entry < 128; entry++) nic.write(REGISTER.RETA + entry, 0);
    nic.write(REGISTER.MRQC, 0);
    play(frames.slice(0, 70));
    nic.write(REGISTER.MRQC, 0b11_1111);
    for (let entry = 0; entry < 128; entry++) nic.write(REGISTER.RETA + entry, 1);
    play(frames.slice(70));
    expect([nic.held, driver.poll(1)]).toEqual([8, 0]);
  });

  test('that was disabled gives up what waits for it', () => {
    const { nic, clock, play } = receiving({}, { ringSize: 64 });
    play(numbers(70));
    expect(nic.held).toBe(7);
    nic.write(REGISTER.RXDCTL, 0);
    clock.runUntil(clock.now + 1000);
    expect(nic.ledger()).toMatchObject({ wire: 70, received: 63, held: 0, dropped: { rx_no_dma_resources: 7 } });
  });

  test('hears each doorbell in its time', () => {
    const { nic, clock, driver, play } = receiving({}, { ringSize: 64 });
    play(numbers(70));
    // The driver takes all, but hands back 3 descriptors at first and the others 100 ns later.
    const tail = nic.read(REGISTER.RDT);
    expect(driver.poll(0)).toBe(63);
    nic.write(REGISTER.RDT, (tail + 3) % 64);
    const start = clock.now;
    clock.runUntil(start + 100);
    nic.write(REGISTER.RDT, (tail + 63) % 64);
    clock.runUntil(start + 150 + 259);
    expect(nic.held).toBe(7);
    clock.runUntil(start + 150 + 261);
    expect(nic.held).toBe(4);
    clock.runUntil(start + 250 + 261);
    expect(nic.held).toBe(0);
  });

  test('forgets a doorbell that was under way when it was disabled', () => {
    const { nic, clock } = receiving({}, { ringSize: 64 });
    nic.write(REGISTER.RDT, 5);
    nic.write(REGISTER.RXDCTL, 0);
    nic.write(REGISTER.RXDCTL, 2 ** 25);
    nic.attachSource(new ListSource(numbers(3).map((bytes) => ({ bytes }))));
    clock.runUntil(clock.now + 10_000);
    expect([nic.read(REGISTER.RDH), nic.read(REGISTER.RDT), nic.held]).toEqual([0, 0, 3]);
  });
});

describe('the MAC', () => {
  test('drops what its FCS, its length or the buffers refuse, each under its name', () => {
    const { nic, driver, play } = receiving({}, { bufferSize: 2048 });
    play(numbers(2), FRAME_FLAG.BAD_FCS);
    play([new Uint8Array(13), new Uint8Array(MAX_FRAME - 3)]);
    play([new Uint8Array(2049), new Uint8Array(MAX_FRAME - 4), new Uint8Array(2048), new Uint8Array(14)]);
    expect(driver.poll(0)).toBe(2);
    expect(nic.statistics()).toMatchObject({ rx_crc_errors: 2, rx_length_errors: 2, rx_over_errors: 2, rx_packets: 2 });
    expect(nic.ledger().wire).toBe(8);
  });

  test('drops what is longer than MAXFRS says, FCS included', () => {
    const { nic, play } = receiving();
    nic.write(REGISTER.MAXFRS, 1518);
    play([new Uint8Array(1514), new Uint8Array(1515)]);
    expect(nic.statistics()).toMatchObject({ rx_packets: 1, rx_bytes: 1514, rx_length_errors: 1 });
  });

  const to = (destination: string) => craft(ethernet({ destination }, new Uint8Array(46)));
  const [ours, other, group, all] = [
    to('02:00:00:00:00:aa'),
    to('02:00:00:00:00:ab'),
    to('01:00:5e:00:00:01'),
    to('ff:ff:ff:ff:ff:ff'),
  ] as const;

  test.each([
    ['everything at first', undefined, [ours, other, group, all]],
    ['its own address only', 0, [ours]],
    ['its own and broadcast', ACCEPT.BROADCAST, [ours, all]],
    ['its own and multicast', ACCEPT.MULTICAST, [ours, group]],
    ['all unicast', ACCEPT.UNICAST, [ours, other]],
  ])('accepts %s', (_, accept, expected) => {
    const { nic, driver, received, play } = receiving({ macAddress: '02:00:00:00:00:aa' });
    if (accept !== undefined) nic.write(REGISTER.FCTRL, accept);
    play([ours, other, group, all]);
    driver.poll(0);
    expect(received.map(({ bytes }) => bytes)).toEqual(expected);
    expect(nic.statistics()).toMatchObject({
      rx_pkts_nic: expected.length,
      rx_steer_missed_packets: 4 - expected.length,
    });
  });
});

describe('a source', () => {
  test('that had nothing is asked again when the wire is woken, and may stop the clock meanwhile', () => {
    const { nic, clock, driver } = receiving();
    const source = new ListSource([{ bytes: numbered(0) }]);
    nic.attachSource({
      next: (frame) => {
        const some = source.next(frame);
        if (!some) clock.stop();
        return some;
      },
    });
    expect(clock.runUntil(100_000)).toBe(false);
    expect(clock.now).toBeCloseTo(1000 + 72 * 0.8 + 260, 6);
    source.add({ bytes: numbered(1) });
    nic.wakeWire();
    clock.runUntil(100_000);
    nic.wakeWire();
    clock.runUntil(100_000);
    expect(driver.poll(0)).toBe(2);
  });

  test('that is woken too late for its frame brings it at that moment', () => {
    const { nic, clock, driver } = receiving();
    const source = new ListSource([]);
    nic.attachSource(source);
    clock.runUntil(50_000);
    source.add({ time: 2000, bytes: numbered(0) });
    source.add({ time: 2000, bytes: numbered(1) });
    nic.wakeWire();
    clock.runUntil(50_000);
    expect(driver.poll(0)).toBe(1);
    clock.runUntil(50_000 + 67.3);
    expect(driver.poll(0)).toBe(1);
  });

  test('that is unplugged takes its frame on the wire with it', () => {
    const { nic, clock } = receiving();
    nic.attachSource(new ListSource([{ bytes: numbered(0) }, { time: 5000, bytes: numbered(1) }]));
    clock.runUntil(4000);
    nic.attachSource(undefined);
    clock.runUntil(10_000);
    nic.attachSource(new ListSource([{ bytes: numbered(2) }]));
    clock.runUntil(20_000);
    expect(nic.ledger()).toMatchObject({ wire: 2, received: 2 });
  });
});
