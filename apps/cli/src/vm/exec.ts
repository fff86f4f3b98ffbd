import { decode } from '@hookline/bpf';
import { LinearMemory, Random } from '@hookline/machine';
import { Vm } from '@hookline/vm';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** More than any program or packet; what is longer was piped in by mistake. */
const MAX_HEX = 64 * 2 ** 20;

function parseHex(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new CliError('BAD_ARGUMENT', `${what} is no hex: give two digits for each byte; white space is allowed.`);
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('latin1')) {
    text += chunk;
    if (text.length > MAX_HEX) {
      throw new CliError(
        'BAD_ARGUMENT',
        `standard input is longer than ${MAX_HEX} characters: give one program as hex.`,
      );
    }
  }
  return text;
}

/** Runs the program on standard input and prints r0 as hex, without prefix or leading zeros. */
export async function execute(memoryHex: string | undefined, session: Session): Promise<void> {
  const bytes = parseHex(memoryHex ?? '', 'the memory');
  const instructions = decode(parseHex(await readStandardInput(), 'the program on standard input'));
  const vm = new Vm({ memory: new LinearMemory(), cpus: 1, clock: { now: 0 }, random: new Random(1) });
  await session.stdout.line(vm.execute(instructions, bytes).toString(16));
}
