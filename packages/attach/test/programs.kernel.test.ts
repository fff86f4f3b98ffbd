import { asm, type Instruction } from '@hookline/bpf';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { KernelHost, pinToCpu, probeKernel, VerifierError } from '../src/index.ts';
import { openKernelFiles } from './open-files.ts';
import { objectOf, program, returning } from './programs.ts';

const skip = inject('kernel') !== '';
const FRAME = Uint8Array.from({ length: 60 }, (_, i) => i);
const HELPER = { adjustHead: 44, adjustMeta: 54, adjustTail: 65 };
let host: KernelHost;
let before: string[];

beforeEach(() => {
  before = openKernelFiles();
  host = new KernelHost();
});
afterEach(() => {
  host[Symbol.dispose]();
  expect(openKernelFiles()).toEqual(before);
});

/** Calls a helper that moves the packet by `delta` and returns its answer. */
function moving(helper: number, delta: number) {
  return program('xdp', asm.mov(2, { immediate: delta }), asm.call(helper), asm.exit());
}

test.skipIf(skip)('the probe finds nothing to complain about where these tests run', () => {
  expect(probeKernel()).toBe('');
});

test.skipIf(skip)('a test run gives the raw verdict, the frame and the time', () => {
  const { programs } = host.load(objectOf(returning('xdp', 77)));
  const result = programs.main.testRun(FRAME, { repeat: 100 });
  expect(result.verdict).toBe(77);
  expect(result.frame).toEqual(FRAME);
  expect(result.nanoseconds).toBeGreaterThan(0);
  expect(host.load(objectOf(returning('sched_cls', -1))).programs.main.testRun(FRAME).verdict).toBe(0xffff_ffff);
});

test.skipIf(skip)('XDP: data and dataEnd are offsets from the first byte given', () => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  const result = programs.main.testRun(FRAME, { context: { data: 8 } });
  expect(result.context).toEqual({
    data: 8,
    dataEnd: 60,
    dataMeta: 0,
    ingressIfindex: 0,
    rxQueueIndex: 0,
    egressIfindex: 0,
  });
  expect(result.frame).toEqual(FRAME.subarray(8));
});

test.skipIf(skip)('XDP: the frame is what lies between data and dataEnd after the program moved them', () => {
  const head = host.load(objectOf(moving(HELPER.adjustHead, 14))).programs.main.testRun(FRAME);
  expect(head.verdict).toBe(0);
  expect(head.frame).toEqual(FRAME.subarray(14));
  const grown = host.load(objectOf(moving(HELPER.adjustHead, -20))).programs.main.testRun(FRAME);
  expect(grown.frame).toHaveLength(80);
  expect(grown.frame.subarray(20)).toEqual(FRAME);
  const tail = host.load(objectOf(moving(HELPER.adjustTail, -10))).programs.main.testRun(FRAME);
  expect(tail.frame).toEqual(FRAME.subarray(0, 50));
  const meta = host.load(objectOf(moving(HELPER.adjustMeta, -4))).programs.main.testRun(FRAME);
  expect(meta.context).toMatchObject({ data: 4, dataEnd: 64 });
  expect(meta.frame).toEqual(FRAME);
});

test.skipIf(skip)('TC: what the program writes into the context comes back', () => {
  const SK_BUFF = { mark: 8, priority: 32, cb: 48 };
  const mark = program(
    'sched_cls',
    asm.load(4, 2, 1, SK_BUFF.mark),
    asm.alu32('add', 2, { immediate: 1 }),
    asm.store(4, 1, SK_BUFF.mark, 2),
    asm.load(4, 3, 1, SK_BUFF.cb + 4),
    asm.store(4, 1, SK_BUFF.priority, 3),
    asm.mov(0, { immediate: 0 }),
    asm.exit(),
  );
  const result = host.load(objectOf(mark)).programs.main.testRun(FRAME, { context: { mark: 41, cb1: 9 } });
  expect(result.context).toMatchObject({ mark: 42, priority: 9, cb0: 0, cb1: 9 });
  expect(result.frame).toEqual(FRAME);
});

test.skipIf(skip)('a frame that the kernel does not take is an error with the sizes that it takes', () => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  expect(() => programs.main.testRun(new Uint8Array(13))).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('at least 14 bytes') }),
  );
  expect(() => programs.main.testRun(FRAME, { context: { mark: 1 } })).toThrow(/no context field 'mark'/);
  expect(() => programs.main.testRun(FRAME, { context: { ingressIfindex: 0x7fff_ffff } })).toThrow(
    expect.objectContaining({ code: 'ENODEV' }),
  );
});

test.skipIf(skip)('the largest frames that fit one page come back whole', () => {
  const { programs } = host.load(objectOf(returning('xdp', 2)));
  const large = Uint8Array.from({ length: 9000 }, (_, i) => i * 7);
  expect(programs.main.testRun(large.subarray(0, 3520)).frame).toEqual(large.subarray(0, 3520));
  expect(programs.main.testRun(large).frame).toEqual(large);
});

test.skipIf(skip)('a refused program says where its author wrote it and why, and leaves nothing loaded', () => {
  const position = { file: 'edge.ts', line: 12, column: 3 };
  const bad = program('xdp', asm.load(4, 2, 1, 0), { ...asm.load(1, 0, 2, 0), position }, asm.exit());
  let error: unknown;
  try {
    host.load(objectOf(bad));
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(VerifierError);
  expect(error).toMatchObject({
    code: 'EACCES',
    message: expect.stringMatching(/^edge\.ts:12:3 .*R2 offset is outside of the packet/),
    place: { program: 'main', instruction: 1, position },
    log: expect.stringContaining('invalid access to packet'),
  });
});

test.skipIf(skip)('a log longer than the first buffer still ends in the reason', () => {
  // Every instruction is a line of some 60 bytes, so these are more than the first 64 KiB.
  const long: Instruction[] = [asm.load(4, 6, 1, 0)];
  for (let i = 0; i < 4000; i++) long.push(asm.mov(3, { immediate: i }));
  long.push(asm.load(1, 0, 6, 0), asm.exit());
  expect(() => host.load(objectOf(program('xdp', ...long)))).toThrow(
    expect.objectContaining({ place: { program: 'main', instruction: 4001 }, code: 'EACCES' }),
  );
});

test.skipIf(skip)('a thread stays on the CPU it was pinned to, and is free again afterwards', () => {
  const { programs } = host.load(objectOf(program('xdp', asm.call(8), asm.exit())));
  {
    using _pin = pinToCpu(0);
    for (let i = 0; i < 50; i++) expect(programs.main.testRun(FRAME).verdict).toBe(0);
  }
  expect(() => pinToCpu(8000)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test.skipIf(skip)('the log quotes the source line', () => {
  // The first line of this very file.
  const position = { file: import.meta.filename, line: 1, column: 1 };
  const bad = program('xdp', asm.load(4, 2, 1, 0), { ...asm.load(1, 0, 2, 0), position }, asm.exit());
  expect(() => host.load(objectOf(bad))).toThrow(
    expect.objectContaining({ log: expect.stringMatching(/; import \{ asm.* @ .*programs\.kernel\.test\.ts:1/) }),
  );
});

test.skipIf(skip)('a callback loads with the types of its function', () => {
  const functions = [
    { name: 'main', slot: 0, parameters: 1 },
    { name: 'body', slot: 7, parameters: 2 },
  ];
  const loop = program(
    'xdp',
    asm.mov(1, { immediate: 5 }),
    asm.loadFunction(2, 5),
    asm.mov(3, { immediate: 0 }),
    asm.mov(4, { immediate: 0 }),
    asm.call(181),
    asm.exit(),
    asm.mov(0, { immediate: 0 }),
    asm.exit(),
  );
  // bpf_loop returns how often it went round.
  expect(host.load(objectOf({ ...loop, functions })).programs.main.testRun(FRAME).verdict).toBe(5);
});
