import { describe, expect, test } from 'vitest';
import { LineRate } from '../src/index.ts';

describe('line rate', () => {
  // Frames a second of 64 bytes (FCS included): bits a second / 8 / 84.
  test.each([
    [1e9, 1.488],
    [10e9, 14.881],
    [25e9, 37.202],
    [40e9, 59.524],
    [100e9, 148.81],
  ])('%d b/s carry %d million 64-byte frames a second', (rate, millions) => {
    expect(1e3 / new LineRate(rate).slotTime(60)).toBeCloseTo(millions, 2);
  });

  test('1518-byte frames: 812 744 a second at 10 Gb/s', () => {
    expect(Math.floor(1e9 / new LineRate(10e9).slotTime(1514))).toBe(812_743);
  });

  test('shorter frames take as long as the shortest; the gap follows the frame', () => {
    const line = new LineRate(10e9);
    expect(line.slotTime(14)).toBe(line.slotTime(60));
    expect(line.slotTime(61) - line.slotTime(60)).toBeCloseTo(0.8, 9);
    expect(line.slotTime(60) - line.frameTime(60)).toBeCloseTo(9.6, 9);
  });
});
