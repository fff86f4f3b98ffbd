import { internetChecksum, onesComplementSum } from '../checksum/internet-checksum.ts';
import type { ChecksumVerdict } from './dissection.ts';
import type { View } from './view.ts';

/** Whether every byte that the headers around announced is here. */
export function isWhole(view: View): boolean {
  return view.end === view.claimedEnd && !view.ip?.fragment;
}

/** The verdict on a checksum over `[start, end)` that covers nothing else. */
export function verifyPlain(view: View, start: number, end: number): ChecksumVerdict {
  if (!isWhole(view) || end > view.end) return 'unverified';
  return internetChecksum(view.bytes, start, end) === 0 ? 'good' : 'bad';
}

/** The verdict on a checksum over the pseudo-header and `[view.start, end)`. */
export function verifyWithPseudoHeader(view: View, protocol: number, end: number): ChecksumVerdict {
  const { bytes, ip, start } = view;
  if (!ip || !isWhole(view) || end > view.end) return 'unverified';
  const size = ip.version === 4 ? 4 : 16;
  const length = end - start;
  let sum = protocol + (length & 0xffff) + (length >>> 16);
  sum = onesComplementSum(bytes, ip.source, ip.source + size, sum);
  sum = onesComplementSum(bytes, ip.destination, ip.destination + size, sum);
  return internetChecksum(bytes, start, end, sum) === 0 ? 'good' : 'bad';
}
