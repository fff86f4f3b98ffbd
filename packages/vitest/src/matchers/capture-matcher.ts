import { writeFile } from 'node:fs/promises';
import { dissect } from '@hookline/packet';
import { openCapture } from '@hookline/pcap';
import type { Report } from '@hookline/replay';
import { diffPackets } from '../failure/packet-diff.ts';
import { formatRows, type Row } from '../failure/rows.ts';
import { evidenceOf } from '../replay/evidence.ts';
import { pathInTest } from '../replay/test-path.ts';
import { alignPackets, type Difference } from './align-packets.ts';
import type { MatcherResult } from './matcher-result.ts';

/** Which packets are compared. */
export interface CaptureOptions {
  /**
   * What one device sends, `eth0`, or what its stack takes, `eth0-stack`; everything that left the host by default. Both
   * captures are narrowed to it, except an expected one that has no such name.
   */
  readonly interface?: string;
}

const MOST_DIFFERENCES = 5;

/** Whether the packets that left the host are those of a capture: the same bytes in the same order, whatever the times. */
export async function toMatchCapture(
  this: { readonly isNot: boolean },
  report: unknown,
  expected: string | URL | Uint8Array,
  { interface: name }: CaptureOptions = {},
): Promise<MatcherResult> {
  const { output } = evidenceOf(report);
  const wanted = await packetsOf(expected instanceof Uint8Array ? expected : pathInTest(expected), name, true);
  const got = await packetsOf(output, name, false);
  const differences = alignPackets(wanted, got);
  const file = expected instanceof Uint8Array ? 'the expected capture' : String(expected);
  return {
    pass: differences.length === 0,
    message: () => {
      const counts = `${wanted.length} expected, ${got.length} left the host`;
      const title = `Expected the packets that left the host ${this.isNot ? 'not ' : ''}to match ${file}: ${counts}`;
      if (differences.length === 0) return `${title}, and none differs.`;
      const more = differences.length - MOST_DIFFERENCES;
      const rest = more > 0 ? `\n\n... and ${more} more` : '';
      const shown = differences.slice(0, MOST_DIFFERENCES).map(describeDifference).join('\n\n');
      return `${title}, and ${differences.length} ${differences.length === 1 ? 'differs' : 'differ'}.\n\n${shown}${rest}`;
    },
  };
}

/**
 * Writes what left the host into a capture file (pcapng): how an expected capture comes about, to be looked at before it
 * is kept.
 *
 * @param file relative to the folder of the test
 */
export async function writeOutput(report: Report, file: string | URL): Promise<void> {
  await writeFile(pathInTest(file), evidenceOf(report).output);
}

async function packetsOf(
  source: string | Uint8Array,
  name: string | undefined,
  isExpected: boolean,
): Promise<Uint8Array[]> {
  const capture = await openCapture(source);
  const all: { readonly bytes: Uint8Array; readonly from: string | undefined }[] = [];
  for await (const { bytes, interfaceIndex } of capture)
    all.push({ bytes, from: capture.interfaces[interfaceIndex]?.name });
  const isNamed = capture.interfaces.some((one) => one.name === name);
  const narrow = name !== undefined && (isNamed || !isExpected);
  return all.filter(({ from }) => !narrow || from === name).map(({ bytes }) => bytes);
}

function describeDifference({ kind, number, expected, got }: Difference): string {
  const summary = (bytes: Uint8Array): string => dissect(bytes).summary;
  if (expected === undefined || got === undefined) {
    return formatRows([[`Packet ${number}`, `${kind}: ${summary((expected ?? got) as Uint8Array)}`]]);
  }
  const rows: Row[] = [
    [`Packet ${number}`, `expected ${summary(expected)}`],
    ['', `got      ${summary(got)}`],
    ...diffPackets(expected, got).map((line): Row => ['', line]),
  ];
  return formatRows(rows);
}
