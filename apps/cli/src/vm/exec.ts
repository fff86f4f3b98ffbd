import { decode } from '@hookline/bpf';
import { LinearMemory, Random } from '@hookline/machine';
import { Vm } from '@hookline/vm';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';

export interface ExecOptions {
  readonly json?: boolean;
}

/** More than any program or packet; what is longer was piped in by mistake. */
const MAX_HEX = 64 * 2 ** 20;

/**
 * Runs the program on standard input on some memory. Prints r0 as hex, without prefix or leading zeros.
 *
 * @throws CliError BAD_ARGUMENT for what is no hex; BpfError for what is no program or what goes wrong in it
 */
export async function execute(memoryHex: string | undefined, options: ExecOptions, session: Session): Promise<void> {
  const memory = parseHex(memoryHex ?? '', 'the memory');
  const instructions = decode(parseHex(await readStandardInput(), 'the program on standard input'));
  const vm = new Vm({ memory: new LinearMemory(), cpus: 1, clock: { now: 0 }, random: new Random(1) });
  const r0 = vm.execute(instructions, memory).toString(16);
  const result = options.json === true ? JSON.stringify({ r0, memory: Buffer.from(memory).toString('hex') }) : r0;
  await session.stdout.line(result);
}

function parseHex(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const wrong = digits.search(/[^0-9a-f]/i);
  if (wrong >= 0) {
    throw new CliError('BAD_ARGUMENT', `${what} has '${digits[wrong]}' at digit ${wrong + 1}: give hex digits only.`);
  }
  if (digits.length % 2 !== 0) {
    throw new CliError('BAD_ARGUMENT', `${what} has ${digits.length} digits: give two for each byte.`);
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('latin1')) {
    text += chunk;
    if (text.length > MAX_HEX) {
      throw new CliError('BAD_ARGUMENT', `standard input is longer than ${MAX_HEX} characters: give one program.`);
    }
  }
  return text;
}
