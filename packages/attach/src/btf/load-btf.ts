import { BpfError, type BpfPlace, errnoName } from '@hookline/bpf';
import { attributes, BTF_LOAD } from '../syscall/attributes.ts';
import { bpf, COMMAND, pointerTo } from '../syscall/bpf-syscall.ts';
import { FileDescriptor } from '../syscall/file-descriptor.ts';
import { kernelError } from '../syscall/kernel-error.ts';
import { logText } from '../syscall/log-text.ts';

const LOG_SIZE = 64 * 1024;
const LOG_LEVEL = 1;

/**
 * Gives the kernel a description of types. Maps and programs that refer to it keep it: the descriptor may be closed as
 * soon as they are made.
 *
 * @param whose "map 'denied'"
 * @throws BpfError with the kernel's reason
 */
export function loadBtf(btf: Uint8Array, whose: string, place: BpfPlace): FileDescriptor {
  const result = bpf(COMMAND.btfLoad, attributes(BTF_LOAD, { btf: pointerTo(btf), size: btf.length }));
  if (result >= 0) return new FileDescriptor(result, `the types of ${whose}`);
  const log = new Uint8Array(LOG_SIZE);
  bpf(
    COMMAND.btfLoad,
    attributes(BTF_LOAD, {
      btf: pointerTo(btf),
      size: btf.length,
      logLevel: LOG_LEVEL,
      logSize: log.length,
      logBuf: pointerTo(log),
    }),
  );
  const reason = logText(log).trim().split('\n').at(-1);
  const what = `The kernel does not take the types of ${whose}`;
  if (!reason) throw kernelError(-result, what, place);
  const code = errnoName(-result);
  throw new BpfError(code, `${what} (${code}), it says "${reason}": use letters, digits and _ in its names.`, place);
}
