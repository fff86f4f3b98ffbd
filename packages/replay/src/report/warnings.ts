import type { ShapeOptions } from '../ingest/shape-options.ts';
import type { ShapeCounts } from '../ingest/shaper.ts';

type Sentence = (count: string, options: ShapeOptions) => string;

const CUT: Record<ShapeOptions['cut'], string> = {
  pad: 'filled up with zeros',
  keep: 'sent as short as they are',
  skip: 'left out',
};
const OVERSIZE: Record<ShapeOptions['oversize'], string> = {
  segment: 'cut into segments where they are TCP',
  keep: 'sent as they are',
  skip: 'left out',
};

/** What is worth a word, by counter; the option that changes it is named. */
const SENTENCES: Partial<Record<keyof ShapeCounts, Sentence>> = {
  otherDirection: (n, { direction }) => `${n} went the other way and were left out (--direction ${direction}).`,
  outgoing: (n) =>
    `${n} were sent by the capturing host itself and were replayed as received (--direction in leaves them out).`,
  wrapped: (n) => `${n} had no Ethernet header; one was put in front.`,
  unwrappable: (n) => `${n} had no Ethernet header and hold no protocol that could have one: left out.`,
  cut: (n, { cut }) => `${n} were cut by the capture's snaplen: ${CUT[cut]} (--cut pad|keep|skip).`,
  oversize: (n, { oversize }) =>
    `${n} were longer than the MTU, as GSO and GRO make them: ${OVERSIZE[oversize]} (--oversize segment|keep|skip).`,
  partialChecksums: (n, { checksums }) =>
    `${n} have a checksum that the sender left to its NIC: ${checksums === 'repair' ? 'repaired' : 'kept'} (--checksums keep|repair).`,
  fcsStripped: (n) => `${n} ended in a frame check sequence, which was taken off (--fcs auto|strip|keep).`,
  runts: (n) => `${n} were shorter than an Ethernet header: left out.`,
  withoutTimestamp: (n) => `${n} have no timestamp and were sent with the packet before.`,
};

/** Sentences for the report, in the order of the table. */
export function warnings(counts: ShapeCounts, options: ShapeOptions, backward: number): string[] {
  const sentences = Object.entries(SENTENCES).flatMap(([key, sentence]) => {
    const count = counts[key as keyof ShapeCounts];
    return count === 0 ? [] : [sentence(`${count} of ${counts.packets} packets`, options)];
  });
  if (backward > 0) {
    sentences.push(`${backward} of ${counts.packets} packets are older than the packet before and were sent with it.`);
  }
  return sentences;
}
