import { type ContextFields, PROGRAM_TYPES, type TestRunOptions, type TestRunResult } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import type { VmProgram } from '../vm-program.ts';
import { XdpFrame } from '../xdp-frame.ts';
import { BUFFER_SIZE, refuseRun, TAILROOM, testBuffer } from './buffer.ts';

const HEADROOM = 256;
const SHORTEST = 14;
/** What fits one buffer: the kernel would put more into fragments, which are not simulated. */
const LONGEST = BUFFER_SIZE - HEADROOM - TAILROOM;
const LOOPBACK_IFINDEX = 1;

/** bpf_prog_test_run_xdp in net/bpf/test_run.c. */
export function testRunXdp(
  engine: Engine,
  program: VmProgram,
  bytes: Uint8Array,
  { context = {}, repeat = 1 }: TestRunOptions,
): TestRunResult {
  const metadata = metadataOf(program, bytes, context);
  const { memory } = engine;
  const frame = new XdpFrame();
  frame.hardStart = testBuffer(memory);
  frame.dataMeta = frame.hardStart + HEADROOM - metadata;
  frame.data = frame.dataMeta + metadata;
  frame.dataEnd = frame.dataMeta + bytes.length;
  frame.frameEnd = frame.hardStart + BUFFER_SIZE - TAILROOM;
  frame.ingressIfindex = context.ingressIfindex || LOOPBACK_IFINDEX;
  frame.rxQueueIndex = context.rxQueueIndex ?? 0;
  memory.bytes.set(bytes, frame.dataMeta);
  let verdict = 0;
  const start = performance.now();
  for (let i = 0; i < Math.max(repeat, 1); i++) verdict = program.runXdp(frame, 0);
  const nanoseconds = ((performance.now() - start) * 1e6) / Math.max(repeat, 1);
  return {
    verdict,
    frame: memory.bytes.slice(frame.data, frame.dataEnd),
    context: {
      data: frame.data - frame.dataMeta,
      dataEnd: frame.dataEnd - frame.dataMeta,
      dataMeta: 0,
      ingressIfindex: context.ingressIfindex ?? 0,
      rxQueueIndex: context.rxQueueIndex ?? 0,
      egressIfindex: 0,
    },
    nanoseconds,
  };
}

/** Checks the input as the kernel does; gives the bytes of metadata that it begins with. */
function metadataOf(program: VmProgram, bytes: Uint8Array, context: ContextFields): number {
  const refuse = (problem: string): Error => refuseRun(program.spec.name, problem);
  const known = new Set(PROGRAM_TYPES.xdp.context.map(({ key }) => key));
  const unknown = Object.keys(context).find((key) => !known.has(key));
  if (unknown !== undefined) throw refuse(`xdp_md has no field ${unknown}: give ${[...known].join(', ')}.`);
  const metadata = context.data ?? 0;
  if (bytes.length - metadata < SHORTEST || bytes.length - metadata > LONGEST) {
    throw refuse(`a frame of ${bytes.length - metadata} bytes: give ${SHORTEST} to ${LONGEST}.`);
  }
  if (metadata < 0 || metadata % 4 !== 0 || metadata > HEADROOM - 40) {
    throw refuse(`${metadata} bytes of metadata: give a multiple of 4, at most 216.`);
  }
  if ((context.dataMeta ?? 0) !== 0 || (context.dataEnd ?? bytes.length) !== bytes.length) {
    throw refuse(`dataMeta must be 0 and dataEnd the number of bytes, ${bytes.length}: leave both out.`);
  }
  if ((context.egressIfindex ?? 0) !== 0) throw refuse('egressIfindex cannot be set: leave it out.');
  if ((context.rxQueueIndex ?? 0) !== 0 && !context.ingressIfindex) {
    throw refuse('a queue without an interface: give ingressIfindex too.');
  }
  return metadata;
}
