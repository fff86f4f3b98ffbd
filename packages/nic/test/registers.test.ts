import { LinearMemory, VirtualClock } from '@hookline/machine';
import { describe, expect, test } from 'vitest';
import { MICROSOFT_RSS_KEY, Nic, NicError, type NicOptions, REGISTER, RXDCTL, SRRCTL, TXDCTL } from '../src/index.ts';
import { machine } from './traffic.ts';

describe('registers', () => {
  test('begin as the device comes up', () => {
    const { nic } = machine({ queues: 4 });
    expect(nic.read(REGISTER.FCTRL)).toBe(0b111);
    expect(nic.read(REGISTER.EITR + 3)).toBe(50);
    expect(nic.read(REGISTER.EIFR)).toBe(0);
    expect(nic.read(REGISTER.EIAM)).toBe(0b1111);
    expect(nic.read(REGISTER.EIMS)).toBe(0);
    expect(nic.read(REGISTER.RXDCTL)).toBe(0);
    expect([0, 1, 2, 3, 4].map((entry) => nic.read(REGISTER.RETA + entry))).toEqual([0, 1, 2, 3, 0]);
    const key = new Uint8Array(40);
    for (let word = 0; word < 10; word++) {
      new DataView(key.buffer).setUint32(word * 4, nic.read(REGISTER.RSSRK + word), true);
    }
    expect(key).toEqual(MICROSOFT_RSS_KEY);
  });

  test('read back what was written', () => {
    const { nic } = machine({ queues: 2 });
    const values: [number, number][] = [
      [REGISTER.FCTRL, 0b010],
      [REGISTER.MAXFRS, 1522],
      [REGISTER.RDBA + 1, 0x20000],
      [REGISTER.RDLEN + 1, 8192],
      [REGISTER.SRRCTL + 1, 2048 + SRRCTL.DROP_ENABLE],
      [REGISTER.RXDCTL + 1, RXDCTL.ENABLE + RXDCTL.STRIP_VLAN],
      [REGISTER.RDT + 1, 511],
      [REGISTER.TDBA, 0x30000],
      [REGISTER.TDLEN, 1024],
      [REGISTER.TXDCTL, TXDCTL.ENABLE],
      [REGISTER.TDT, 63],
      [REGISTER.EIAM, 0b01],
      [REGISTER.EIMS, 0b10],
      [REGISTER.EITR + 1, 16],
      [REGISTER.EIFR + 1, 32],
      [REGISTER.MRQC, 0b101],
      [REGISTER.RETA + 127, 1],
      [REGISTER.RSSRK + 9, 0xfedcba98],
    ];
    for (const [register, value] of values) nic.write(register, value);
    expect(values.map(([register]) => nic.read(register))).toEqual(values.map(([, value]) => value));
  });

  test.each([
    [REGISTER.RDT + 2, 'register RDT+2 of eth0 does not exist'],
    [REGISTER.RETA + 128, 'register RETA+128 of eth0 does not exist'],
    [REGISTER.RSSRK + 10, 'register RSSRK+10 of eth0 does not exist'],
    [REGISTER.EIMS + 1, 'register EIMS+1 of eth0 does not exist'],
    [1e9, 'of eth0 does not exist'],
    [-1, 'of eth0 does not exist'],
    [Number.NaN, 'of eth0 does not exist'],
    [REGISTER.RDT + 0.5, 'of eth0 does not exist'],
  ])('number %s does not exist', (register, message) => {
    const { nic } = machine({ queues: 2 });
    expect(() => nic.write(register, 0)).toThrow(message);
    expect(() => nic.read(register)).toThrow(expect.objectContaining({ code: 'NIC_REGISTER' }));
  });

  test.each([
    [REGISTER.RDH, 0, 'register RDH+0 of eth0 is read only'],
    [REGISTER.MAXFRS, 9729, 'MAXFRS is set to 9729: give an integer from 0 to 9728.'],
    [REGISTER.SRRCTL, 2047, 'give an integer from 0 to 65535, a multiple of 4.'],
    [REGISTER.RETA + 5, 2, 'RETA+5 is set to 2: give an integer from 0 to 1.'],
    [REGISTER.EITR, -1, 'EITR is set to -1'],
    [REGISTER.EIFR, 1.5, 'EIFR is set to 1.5'],
  ])('register %i refuses %d', (register, value, message) => {
    const { nic } = machine({ queues: 2 });
    expect(() => nic.write(register, value)).toThrow(message);
  });
});

describe('rings', () => {
  const setUp = (count: number, base = 0x20000) => {
    const { nic } = machine();
    nic.write(REGISTER.RDBA, base);
    nic.write(REGISTER.RDLEN, count * 16);
    return { nic, enable: () => nic.write(REGISTER.RXDCTL, RXDCTL.ENABLE) };
  };

  test.each([64, 72, 512, 4096, 8160])('of %i descriptors work', (count) => {
    const { nic, enable } = setUp(count);
    enable();
    expect(nic.read(REGISTER.RXDCTL)).toBe(RXDCTL.ENABLE);
  });

  test.each([0, 8, 56, 65, 100.5, 8168, Number.NaN])('of %s descriptors are refused', (count) => {
    const { nic, enable } = setUp(count);
    expect(enable).toThrow(/^RX ring 0 of eth0 has .* descriptors: give a multiple of 8 from 64 to 8160\.$/);
    expect(nic.read(REGISTER.RXDCTL)).toBe(0);
  });

  test.each([0, 0x8000, 0x20040, 2 ** 26 - 1024, 2 ** 33, Number.NaN])('at %s are refused', (base) => {
    const { enable } = setUp(512, base);
    expect(enable).toThrow(expect.objectContaining({ code: 'NIC_RING' }));
  });

  test('that are in use keep their place and length', () => {
    const { nic, enable } = setUp(512);
    enable();
    expect(() => nic.write(REGISTER.RDBA, 0x40000)).toThrow('RX ring 0 of eth0 is in use: disable it');
    expect(() => nic.write(REGISTER.RDLEN, 1024)).toThrow(NicError);
  });

  test.each([512, -1, 1.5, Number.NaN])('do not have a tail of %s', (tail) => {
    const { nic, enable } = setUp(512);
    enable();
    expect(() => nic.write(REGISTER.RDT, tail)).toThrow(/^the tail of RX ring 0 of eth0 is set to .*: wrap the index/);
  });

  test('have no doorbell before they are enabled', () => {
    const { nic } = setUp(512);
    expect(() => nic.write(REGISTER.RDT, 0)).toThrow('enable the ring before its doorbell');
  });
});

describe('options', () => {
  test.each<[Partial<NicOptions>, string]>([
    [{ queues: 0 }, "the device's queues is 0: give an integer from 1 to 64."],
    [{ queues: 65 }, 'queues is 65'],
    [{ macAddress: 'aa:bb' }, 'macAddress is aa:bb: give one like'],
    [{ lineRate: 0 }, 'lineRate is 0'],
    [{ lineRate: Number.NaN }, 'lineRate is NaN'],
    [{ receiveBuffer: 100 }, 'receiveBuffer is 100'],
    [{ transmitBuffer: 2 ** 40 }, 'transmitBuffer is'],
    [{ rssTableSize: 100 }, 'rssTableSize is 100: give a power of two.'],
    [{ rssTableSize: 1024 }, 'rssTableSize is 1024'],
    [{ latencies: { dmaWrite: -1 } }, 'latencies.dmaWrite is -1'],
  ])('%o are refused', (options, message) => {
    const memory = new LinearMemory(64);
    expect(() => new Nic({ memory, clock: new VirtualClock(), ...options })).toThrow(message);
  });
});
