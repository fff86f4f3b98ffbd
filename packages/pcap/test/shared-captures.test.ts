import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCapture } from '@hookline/pcap';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../../shared/captures/', import.meta.url));
const present = existsSync(`${folder}expected.tsv`);

interface Expected {
  readonly file: string;
  readonly encapsulation: string;
  readonly packets: number;
  readonly originalBytes: number;
  readonly first: string;
  readonly last: string;
  readonly note: string;
}

const rows: Expected[] = present
  ? readFileSync(`${folder}expected.tsv`, 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '')
      .map((line) => {
        const [file = '', encapsulation = '', packets = '', bytes = '', first = '', last = '', note = ''] =
          line.split('\t');
        return { file, encapsulation, packets: Number(packets), originalBytes: Number(bytes), first, last, note };
      })
  : [];

/** `1340954905.298858` in nanoseconds; undefined for `n/a`. */
function nanoseconds(time: string): bigint | undefined {
  if (time === 'n/a') return undefined;
  const [seconds = '', fraction = ''] = time.split('.');
  return BigInt(seconds + fraction.padEnd(9, '0'));
}

/** Wireshark's `atm-pdus` are SUNATM packets less their pseudo-header of 4 octets, which the file counts. */
const PSEUDO_HEADER: Readonly<Record<string, number>> = { 'atm-pdus': 4 };

/** capinfos 4.0 compares seconds in 32 bits, so over 68 years between packets it loses the order. */
const COMPARABLE_SECONDS = 2n ** 31n;

interface Totals {
  packets: number;
  originalBytes: number;
  earliest: bigint | undefined;
  latest: bigint | undefined;
}

/** Earliest and latest are undefined as soon as one packet has no timestamp, as capinfos reports them. */
async function totalsOf(file: string): Promise<Totals> {
  const totals: Totals = { packets: 0, originalBytes: 0, earliest: undefined, latest: undefined };
  let untimed = false;
  for await (const packet of await openCapture(file)) {
    totals.packets += 1;
    totals.originalBytes += packet.originalLength;
    const { timestamp } = packet;
    if (timestamp === undefined) untimed = true;
    else {
      if (totals.earliest === undefined || timestamp < totals.earliest) totals.earliest = timestamp;
      if (totals.latest === undefined || timestamp > totals.latest) totals.latest = timestamp;
    }
  }
  return untimed ? { ...totals, earliest: undefined, latest: undefined } : totals;
}

const suffix = present ? '' : ' (skipped: no captures at ../shared/captures)';

describe.skipIf(!present)(`captures in the wild agree with capinfos${suffix}`, () => {
  const comparable = rows.filter(({ note, last }) => note === '' && !last.includes('.-'));

  test.each(comparable)('$file', async ({ file, encapsulation, packets, originalBytes, first, last }) => {
    const totals = await totalsOf(folder + file);
    expect(totals.packets).toBe(packets);
    expect(totals.originalBytes - (PSEUDO_HEADER[encapsulation] ?? 0) * packets).toBe(originalBytes);
    const span = ((totals.latest ?? 0n) - (totals.earliest ?? 0n)) / 1_000_000_000n;
    if (span < COMPARABLE_SECONDS) {
      expect([totals.earliest, totals.latest]).toEqual([nanoseconds(first), nanoseconds(last)]);
    } else {
      // Both of its answers are among the packets' times all the same.
      expect(totals.latest).toBeGreaterThanOrEqual(nanoseconds(first) ?? 0n);
      expect(totals.earliest).toBeLessThanOrEqual(nanoseconds(last) ?? 0n);
    }
  });

  test('a fraction of more than a second is the instant it names, where capinfos overflows', async () => {
    // 1418145370 s and 2147483648 ns, by the bytes of the record.
    const totals = await totalsOf(`${folder}tcpdump/timestamp_invalid_nano.pcap`);
    expect(totals.latest).toBe(1_418_145_372_147_483_648n);
  });

  test('what capinfos cannot interpret is readable as a container', async () => {
    const refused = rows.filter(({ note }) => note.startsWith('unreadable'));
    const counts = await Promise.all(refused.map(async ({ file }) => (await totalsOf(folder + file)).packets));
    expect(refused.length).toBeGreaterThan(0);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  test('no row is left out', () => {
    expect(rows.length - comparable.length).toBe(rows.filter(({ note }) => note !== '').length + 1);
  });
});
