import { describe, expect, test } from 'vitest';
import { type NicOptions, REGISTER } from '../src/index.ts';
import { TestDriver } from './test-driver.ts';
import { ListSource, machine, numbered } from './traffic.ts';

/** From the time a frame may begin until it is written back: 72 bytes at 0.8 ns and the DMA. */
const LATENCY = 72 * 0.8 + 260;

/** A machine that notes its interrupts; frames come at the given times. */
function interrupted(options: Omit<NicOptions, 'memory' | 'clock'> = {}) {
  const { nic, clock } = machine(options);
  const driver = new TestDriver(nic, { ringSize: 64 });
  const raised: { vector: number; time: number }[] = [];
  nic.onInterrupt((vector) => raised.push({ vector, time: Math.round((clock.now - LATENCY) * 100) / 100 }));
  const frames = (...times: number[]) => {
    nic.attachSource(new ListSource(times.map((time, n) => ({ time, bytes: numbered(n) }))));
  };
  const times = () => raised.map(({ time }) => time);
  return { nic, clock, driver, raised, times, frames };
}

describe('moderation', () => {
  test('the first frame interrupts at once; then there are 50 us between two interrupts', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIAM, 0);
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000, 59_000, 70_000, 111_000, 300_000);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000, 60_000, 110_000, 160_000, 300_000]);
    expect(nic.interrupts(0)).toBe(5);
  });

  test('an interval of 0 interrupts with every frame', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIAM, 0);
    nic.write(REGISTER.EITR, 0);
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 10_100, 10_200, 70_000);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000, 10_100, 10_200, 70_000]);
  });

  test('rx-frames raises a vector within its interval', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIAM, 0);
    nic.write(REGISTER.EIFR, 3);
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000, 12_000, 13_000, 14_000, 15_000, 100_000);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000, 13_000, 63_000, 113_000]);
  });

  test('a setting counts for its own vector, from the next cause on', () => {
    const { nic, clock, times, frames } = interrupted({ queues: 2 });
    nic.write(REGISTER.EIAM, 0);
    nic.write(REGISTER.EITR + 1, 1);
    nic.write(REGISTER.EITR + 0, 20);
    nic.write(REGISTER.EIMS, 3);
    for (let entry = 0; entry < 128; entry++) nic.write(REGISTER.RETA + entry, 0);
    frames(10_000, 11_000, 40_000);
    clock.runUntil(20_000);
    nic.write(REGISTER.EITR + 0, 5);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000, 30_000, 40_000]);
    expect([nic.read(REGISTER.EITR), nic.read(REGISTER.EITR + 1)]).toEqual([5, 1]);
  });
});

describe('masking', () => {
  test('a raised vector is disabled until the driver enables it, then reports what came meanwhile', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000, 300_000);
    clock.runUntil(200_000);
    expect(times()).toEqual([10_000]);
    expect([nic.read(REGISTER.EIMS), nic.read(REGISTER.EICR)]).toEqual([0, 1]);
    nic.write(REGISTER.EIMS, 1);
    clock.runUntil(250_000);
    expect(times()).toEqual([10_000, Math.round((200_000 - LATENCY) * 100) / 100]);
  });

  test('enabling does not break the interval', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000);
    clock.runUntil(20_000);
    nic.write(REGISTER.EIMS, 1);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000, 60_000]);
  });

  test('causes that the driver has cleared raise nothing', () => {
    const { nic, clock, driver, times, frames } = interrupted();
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000);
    clock.runUntil(20_000);
    nic.write(REGISTER.EICR, 1);
    expect(driver.poll(0)).toBe(2);
    nic.write(REGISTER.EIMS, 1);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000]);
  });

  test('a vector that is disabled while it waits for its interval is not raised', () => {
    const { nic, clock, times, frames } = interrupted();
    nic.write(REGISTER.EIAM, 0);
    nic.write(REGISTER.EIMS, 1);
    frames(10_000, 11_000);
    clock.runUntil(20_000);
    nic.write(REGISTER.EIMC, 1);
    clock.runUntil(1e6);
    expect(times()).toEqual([10_000]);
    expect(nic.read(REGISTER.EICR)).toBe(1);
  });

  test('nothing is raised before the driver enables it', () => {
    const { clock, times, frames } = interrupted();
    frames(10_000);
    clock.runUntil(1e6);
    expect(times()).toEqual([]);
  });

  test('64 vectors are enabled by two words, each its own', () => {
    const { nic, clock, raised, frames } = interrupted({ queues: 64 });
    for (let entry = 0; entry < 128; entry++) nic.write(REGISTER.RETA + entry, 45);
    nic.write(REGISTER.EIMS + 0, 0xffff_ffff);
    expect([nic.read(REGISTER.EIMS), nic.read(REGISTER.EIMS + 1)]).toEqual([0xffff_ffff, 0]);
    frames(10_000);
    clock.runUntil(20_000);
    expect(raised).toEqual([]);
    nic.write(REGISTER.EIMS + 1, 2 ** 31 + 2 ** 13);
    clock.runUntil(30_000);
    expect(raised.map(({ vector }) => vector)).toEqual([45]);
    expect(nic.read(REGISTER.EIMS + 1)).toBe(2 ** 31);
  });
});
