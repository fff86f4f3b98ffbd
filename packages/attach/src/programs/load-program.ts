import { ERRNO, FUNC_INFO_SIZE, LINE_INFO_SIZE, PROGRAM_TYPES, type ProgramBtf, type ProgramSpec } from '@hookline/bpf';
import { attributes, fieldOf, objectName, PROG_LOAD } from '../syscall/attributes.ts';
import { bpf, COMMAND, pointerTo } from '../syscall/bpf-syscall.ts';
import { FileDescriptor } from '../syscall/file-descriptor.ts';
import { logText } from '../syscall/log-text.ts';
import { loadError } from './load-error.ts';

/** As often as libbpf: a signal may interrupt the verifier (`sys_bpf_prog_load`). */
const ATTEMPTS = 5;
const FIRST_LOG_SIZE = 64 * 1024;
/** UINT_MAX >> 2 is the kernel's limit; no verifier says this much. */
const LARGEST_LOG = 64 * 1024 * 1024;
/** BPF_LOG_LEVEL1: every instruction that the verifier goes over on the way to the refusal. */
const LOG_LEVEL = 1;

/** A program that is ready for the kernel. */
export interface LinkedProgram {
  readonly spec: ProgramSpec;
  /** Encoded instructions with file descriptors for the maps. */
  readonly code: Uint8Array;
  /** Its functions and source lines, and the types that they refer to, already in the kernel. */
  readonly types?: { readonly btf: ProgramBtf; readonly fd: FileDescriptor };
}

function request(program: LinkedProgram, log: Uint8Array | undefined): Uint8Array {
  const { spec, code, types } = program;
  const type = PROGRAM_TYPES[spec.type];
  return attributes(PROG_LOAD, {
    progType: type.number,
    expectedAttachType: type.expectedAttachType,
    insnCnt: code.length / 8,
    insns: pointerTo(code),
    license: pointerTo(new TextEncoder().encode(`${spec.license}\0`)),
    progName: objectName(spec.name),
    ...(log === undefined ? {} : { logLevel: LOG_LEVEL, logSize: log.length, logBuf: pointerTo(log) }),
    ...(types === undefined
      ? {}
      : {
          progBtfFd: types.fd.number,
          funcInfo: pointerTo(types.btf.funcInfo),
          funcInfoRecSize: FUNC_INFO_SIZE,
          funcInfoCnt: types.btf.funcInfo.length / FUNC_INFO_SIZE,
          lineInfo: pointerTo(types.btf.lineInfo),
          lineInfoRecSize: LINE_INFO_SIZE,
          lineInfoCnt: types.btf.lineInfo.length / LINE_INFO_SIZE,
        }),
  });
}

/** @returns a file descriptor or the negative errno, and the block that the kernel wrote into */
function attempt(program: LinkedProgram, log?: Uint8Array): { readonly result: number; readonly block: Uint8Array } {
  let block = request(program, log);
  let result = bpf(COMMAND.programLoad, block);
  for (let tries = 1; result === -ERRNO.EAGAIN && tries < ATTEMPTS; tries++) {
    block = request(program, log);
    result = bpf(COMMAND.programLoad, block);
  }
  return { result, block };
}

/**
 * Loads a program. The first attempt asks for no log, because one that does not fit the buffer makes even a valid
 * program fail (ENOSPC); only a refusal is repeated with a log, whose buffer grows as long as the kernel asks.
 *
 * @throws VerifierError with the source position and the verifier's reason; BpfError where the verifier was not reached
 */
export function loadProgram(program: LinkedProgram): FileDescriptor {
  const what = `program '${program.spec.name}'`;
  const first = attempt(program);
  if (first.result >= 0) return new FileDescriptor(first.result, what);
  for (let size = FIRST_LOG_SIZE; ; ) {
    const log = new Uint8Array(size);
    const { result, block } = attempt(program, log);
    if (result >= 0) return new FileDescriptor(result, what);
    if (result !== -ERRNO.ENOSPC || size >= LARGEST_LOG) throw loadError(program.spec, -first.result, logText(log));
    size = Math.min(LARGEST_LOG, Math.max(fieldOf(PROG_LOAD, block, 'logTrueSize'), size * 4));
  }
}
