import {
  type ContextFields,
  checkTestRun,
  ERRNO,
  type ProgramSpec,
  type ProgramType,
  type TestRunOptions,
  type TestRunResult,
} from '@hookline/bpf';
import { attributes, fieldOf, PROG_TEST_RUN } from '../syscall/attributes.ts';
import { bpf, COMMAND, pointerTo } from '../syscall/bpf-syscall.ts';
import { kernelError, type Remedies } from '../syscall/kernel-error.ts';
import { decodeContext, encodeContext } from './context.ts';

/** XDP: the linear part of a test run's packet is one page at most, whatever it grows to. */
const ROOM_TO_GROW = 4096;

const REMEDIES: Remedies = {
  EINVAL:
    'give XDP at least 14 bytes, TC 14 to 3712 (34 with EtherType IPv4, 54 with IPv6), metadata as a multiple of 4 of ' +
    'at most 252 bytes, and an rx queue that the device has.',
  ENODEV: 'there is no device with this ifindex in the network namespace.',
  E2BIG: 'the frame is longer than the kernel takes: shorten it.',
  EINTR: 'a signal interrupted it: lower `repeat`.',
};

interface Defaults {
  /** What the kernel needs in the context to begin with. */
  before(frame: Uint8Array, given: ContextFields): ContextFields;
  /** The packet's first byte within what the kernel gives back. */
  start(context: ContextFields): number;
}

const DEFAULTS: Readonly<Record<ProgramType, Defaults>> = {
  xdp: {
    before: (frame, given) => ({ data: 0, dataEnd: frame.length, ...given }),
    start: (context) => context.data ?? 0,
  },
  sched_cls: {
    before: (_frame, given) => given,
    start: () => 0,
  },
};

/**
 * BPF_PROG_TEST_RUN (Documentation/bpf/bpf_prog_run.rst): the program runs in the kernel, on a packet that never
 * touches a device.
 */
export function testRun(spec: ProgramSpec, fd: number, frame: Uint8Array, options: TestRunOptions): TestRunResult {
  checkTestRun(spec, options);
  const { before, start } = DEFAULTS[spec.type];
  const contextIn = encodeContext(spec.type, before(frame, options.context ?? {}));
  const contextOut = new Uint8Array(contextIn.length);
  for (let size = frame.length + ROOM_TO_GROW; ; ) {
    const output = new Uint8Array(size);
    const block = attributes(PROG_TEST_RUN, {
      progFd: fd,
      dataSizeIn: frame.length,
      dataIn: pointerTo(frame),
      dataSizeOut: size,
      dataOut: pointerTo(output),
      repeat: options.repeat ?? 1,
      ctxSizeIn: contextIn.length,
      ctxIn: pointerTo(contextIn),
      ctxSizeOut: contextOut.length,
      ctxOut: pointerTo(contextOut),
    });
    const result = bpf(COMMAND.programTestRun, block);
    const length = fieldOf(PROG_TEST_RUN, block, 'dataSizeOut');
    if (result === -ERRNO.ENOSPC && length > size) {
      size = length;
      continue;
    }
    if (result < 0) {
      throw kernelError(-result, `The kernel cannot test program '${spec.name}'`, { program: spec.name }, REMEDIES);
    }
    const context = decodeContext(spec.type, contextOut);
    return {
      verdict: fieldOf(PROG_TEST_RUN, block, 'retval'),
      frame: output.slice(start(context), length),
      context,
      nanoseconds: fieldOf(PROG_TEST_RUN, block, 'duration'),
    };
  }
}
