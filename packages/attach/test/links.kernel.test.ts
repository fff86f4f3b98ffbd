import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { KernelHost } from '../src/index.ts';
import { openKernelFiles } from './open-files.ts';
import { objectOf, returning } from './programs.ts';

const skip = inject('kernel') !== '';
// A pair of their own: these tests touch no interface that was there before them.
const DEVICE = `hl${process.pid % 1_000_000}a`;
const PEER = `hl${process.pid % 1_000_000}b`;
let host: KernelHost;
let before: string[];

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

beforeAll(() => {
  if (!skip)
    ip('link', 'add', DEVICE, 'address', '02:00:00:00:0a:01', 'mtu', '1400', 'type', 'veth', 'peer', 'name', PEER);
});
afterAll(() => {
  if (!skip) ip('link', 'delete', DEVICE);
});
beforeEach(() => {
  before = openKernelFiles();
  host = new KernelHost();
});
afterEach(() => {
  host[Symbol.dispose]();
  expect(openKernelFiles()).toEqual(before);
  if (!skip) expect(ip('-details', 'link', 'show', DEVICE)).not.toMatch(/xdp/);
});

test.skipIf(skip)('devices are listed with their addresses', () => {
  const found = host.devices().find(({ name }) => name === DEVICE);
  expect(found).toEqual({ name: DEVICE, ifindex: expect.any(Number), mac: '02:00:00:00:0a:01', mtu: 1400 });
  expect(host.devices().map(({ name }) => name)).toContain('lo');
});

test.skipIf(skip).each([
  ['native', /\bxdp\b/],
  ['generic', /xdpgeneric/],
] as const)('an XDP link in %s mode goes on and comes off', (mode, shown) => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  const link = host.attachXdp(programs.main, DEVICE, { mode });
  expect(ip('link', 'show', DEVICE)).toMatch(shown);
  expect(link.info()).toMatchObject({ hook: 'xdp', mode, device: { name: DEVICE }, program: programs.main });
  link.detach();
  link.detach();
  expect(ip('link', 'show', DEVICE)).not.toMatch(/xdp/);
});

test.skipIf(skip)('an occupied hook is an error that says how to see who is there', () => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  host.attachXdp(programs.main, DEVICE, { mode: 'generic' });
  expect(() => host.attachXdp(programs.main, DEVICE, { mode: 'generic' })).toThrow(
    expect.objectContaining({ code: 'EBUSY', message: expect.stringContaining(`ip link show ${DEVICE}`) }),
  );
  expect(() => host.attachXdp(programs.main, DEVICE, { mode: 'native' })).toThrow(/take it off/);
});

test.skipIf(skip)('a program is replaced in place, and only if it is the expected one', () => {
  const { programs: a } = host.load(objectOf(returning('xdp', 2)));
  const { programs: b } = host.load(objectOf(returning('xdp', 1)));
  const link = host.attachXdp(a.main, DEVICE, { mode: 'generic' });
  expect(() => link.update(a.main, { expected: b.main })).toThrow(
    expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('info()') }),
  );
  link.update(b.main, { expected: a.main });
  expect(link.info().program).toBe(b.main);
  link.update(a.main);
  expect(link.info().program).toBe(a.main);
});

test.skipIf(skip).each(['ingress', 'egress'] as const)('a TC program attaches to %s', (direction) => {
  const { programs } = host.load(objectOf(returning('sched_cls', 0)));
  const link = host.attachTc(programs.main, DEVICE, { direction });
  expect(link.info()).toMatchObject({ hook: 'tc', direction });
  expect(() => host.attachTc(programs.main, DEVICE, { direction })).toThrow(
    expect.objectContaining({ code: 'EEXIST' }),
  );
  link.detach();
  host.attachTc(programs.main, DEVICE, { direction });
});

test.skipIf(skip)('an unknown device is an error with the names that there are', () => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  expect(() => host.attachXdp(programs.main, 'nosuch0')).toThrow(
    expect.objectContaining({ code: 'ENODEV', message: expect.stringContaining(DEVICE) }),
  );
});

test.skipIf(skip)('disposing of the host takes its programs off', () => {
  const other = new KernelHost();
  other.attachXdp(other.load(objectOf(returning('xdp', 2))).programs.main, DEVICE, { mode: 'generic' });
  expect(() => host.attachXdp(other.load(objectOf(returning('xdp', 2))).programs.main, PEER).detach()).not.toThrow();
  other[Symbol.dispose]();
  expect(ip('link', 'show', DEVICE)).not.toMatch(/xdp/);
});
