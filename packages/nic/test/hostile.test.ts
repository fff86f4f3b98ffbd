import { describe, expect, test } from 'vitest';
import {
  DESCRIPTOR_SIZE,
  type FrameSource,
  type Nic,
  REGISTER,
  RING_ALIGNMENT,
  RXDCTL,
  TX_COMMAND,
  TXDCTL,
  type WireFrame,
  writeTxDescriptor,
} from '../src/index.ts';
import { TestDriver } from './test-driver.ts';
import { ListSource, machine, numbered } from './traffic.ts';

describe('registers take integers of 32 bits', () => {
  // Heads are read only; where a ring is, is checked when it is enabled.
  const registers = Object.entries(REGISTER).filter(([name]) => !/^[RT]D(H|BA|LEN)$/.test(name));
  test.each(registers)('%s', (_, register) => {
    const { nic } = machine();
    for (const value of [Number.NaN, Infinity, -1, 0.5, 2 ** 32, '1' as unknown as number]) {
      expect(() => nic.write(register, value)).toThrow(/give an integer from 0 to|tail of/);
    }
  });
});

test('a ring that is in use stays where it is', () => {
  const { nic } = machine();
  new TestDriver(nic);
  for (const register of [REGISTER.RDBA, REGISTER.RDLEN, REGISTER.TDBA, REGISTER.TDLEN]) {
    const before = nic.read(register);
    expect(() => nic.write(register, 0x20000)).toThrow(/in use: disable it/);
    expect(nic.read(register)).toBe(before);
  }
});

describe('a source that misbehaves is an error that names it', () => {
  /** A source of one frame, changed. */
  function source(change: Partial<WireFrame>): FrameSource {
    const list = new ListSource([{ bytes: numbered(1) }]);
    return {
      next(frame) {
        const more = list.next(frame);
        if (more) Object.assign(frame, change);
        return more;
      },
    };
  }

  test.each<readonly [string, Partial<WireFrame>]>([
    ['no time', { time: Number.NaN }],
    ['a time that never comes', { time: Infinity }],
    ['more bytes than there are', { length: 61 }],
    ['bytes behind the end', { offset: 1 }],
    ['bytes before the start', { offset: -1 }],
    ['a negative length', { length: -1 }],
    ['no length', { length: Number.NaN }],
    ['half a byte', { length: 59.5 }],
  ])('%s', (_, change) => {
    const { nic, clock } = machine();
    new TestDriver(nic);
    expect(() => nic.attachSource(source(change))).toThrow(/source of eth0 gave frame 1 as .*: give a time, and bytes/);
    clock.runUntil(1e6);
    expect(nic.ledger()).toMatchObject({ wire: 0, received: 0 });
  });

  test('nothing is no frame, but is counted', () => {
    const { nic, clock } = machine();
    new TestDriver(nic);
    nic.attachSource(source({ length: 0 }));
    clock.runUntil(1e6);
    expect(nic.ledger()).toMatchObject({ wire: 1, received: 0, dropped: { rx_length_errors: 1 } });
  });

  test('time that goes back is line rate', () => {
    const { nic, clock } = machine();
    const driver = new TestDriver(nic);
    const times: number[] = [];
    driver.onFrame = ({ time }) => times.push(time);
    nic.write(REGISTER.EIMS, 1);
    nic.onInterrupt(() => {
      driver.poll(0);
      nic.write(REGISTER.EIMS, 1);
    });
    nic.attachSource(new ListSource([5000, 10, -1e9, -Infinity].map((time) => ({ bytes: numbered(1), time }))));
    clock.runUntil(1e6);
    expect(times).toHaveLength(4);
    expect(nic.ledger()).toMatchObject({ wire: 4, received: 4 });
  });
});

describe('a descriptor that points nowhere is an error that names it', () => {
  function posted(nic: Nic, enable: number, base: number, length: number): { ring: number; words: Int32Array } {
    const ring = nic.memory.reserve(64 * DESCRIPTOR_SIZE, 'a ring', RING_ALIGNMENT);
    nic.write(base, ring);
    nic.write(length, 64 * DESCRIPTOR_SIZE);
    nic.write(enable, enable === REGISTER.RXDCTL ? RXDCTL.ENABLE : TXDCTL.ENABLE);
    return { ring, words: nic.memory.words };
  }

  const places: readonly (readonly [string, number, number, string])[] = [
    ['NULL', 0, 0, '0x0'],
    ['the first 64 KiB', 0xfffc, 0, '0xfffc'],
    ['the end of memory', 2 ** 26 - 4, 0, '0x3fffffc'],
    ['above 4 GiB', 0x20000, 1, '0x100020000'],
    ['the end of 64 bits', -4, -1, '0xfffffffffffffffc'],
  ];

  test.each(places)('to receive: %s', (_, low, high, shown) => {
    const { nic, clock } = machine();
    const { ring, words } = posted(nic, REGISTER.RXDCTL, REGISTER.RDBA, REGISTER.RDLEN);
    nic.write(REGISTER.SRRCTL, 2048);
    words[ring >>> 2] = low;
    words[(ring >>> 2) + 1] = high;
    nic.write(REGISTER.RDT, 1);
    nic.attachSource(new ListSource([{ bytes: numbered(1), time: 1000 }]));
    expect(() => clock.runUntil(1e6)).toThrow(`points to ${shown}, length 60, which is outside memory`);
  });

  test.each(places)('to send: %s', (_, low, high, shown) => {
    const { nic, clock } = machine();
    const { ring, words } = posted(nic, REGISTER.TXDCTL, REGISTER.TDBA, REGISTER.TDLEN);
    for (const command of [TX_COMMAND.END_OF_PACKET, TX_COMMAND.END_OF_PACKET | TX_COMMAND.VLAN_INSERT]) {
      writeTxDescriptor(words, ring, low, 60, command);
      words[(ring >>> 2) + 1] = high;
      nic.write(REGISTER.TXDCTL, 0);
      nic.write(REGISTER.TXDCTL, TXDCTL.ENABLE);
      nic.write(REGISTER.TDT, 1);
      expect(() => clock.runUntil(clock.now + 1e6)).toThrow(`points to ${shown}, length 60, which is outside memory`);
    }
  });

  test('nothing to send is an error of the frame, and the ring goes on', () => {
    const { nic, clock } = machine();
    const { ring, words } = posted(nic, REGISTER.TXDCTL, REGISTER.TDBA, REGISTER.TDLEN);
    const buffer = nic.memory.reserve(64, 'a buffer');
    writeTxDescriptor(words, ring, buffer, 0, TX_COMMAND.END_OF_PACKET);
    writeTxDescriptor(words, ring + DESCRIPTOR_SIZE, buffer, 60, TX_COMMAND.END_OF_PACKET);
    nic.write(REGISTER.TDT, 2);
    clock.runUntil(1e6);
    expect(nic.statistics()).toMatchObject({ tx_errors: 1, tx_packets: 1 });
    expect(nic.read(REGISTER.TDH)).toBe(2);
  });
});
