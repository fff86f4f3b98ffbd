import type { MapOf } from '@hookline/bpf';
import { perCpuArray, type Uint, variable, when } from '@hookline/builder';
import { u32, u64 } from '@hookline/layout';
import type { Buckets } from './counters-config.ts';

/** How many values from `from` to `to`, both included, there were. */
export interface Bucket {
  readonly from: bigint;
  readonly to: bigint;
  readonly count: bigint;
}

const LARGEST = 2n ** 64n - 1n;
/** 0, 1, 2 to 3, 4 to 7, ... */
const POWERS: readonly bigint[] = Array.from({ length: 64 }, (_, i) => 1n << BigInt(i));

/** The first values of all buckets but the first, which begins with 0. */
function boundsOf(buckets: Buckets): readonly bigint[] {
  if (buckets === false) return [];
  return buckets === 'powersOfTwo' ? POWERS : buckets.map(BigInt);
}

/** A counter for each bucket; every CPU counts for itself. */
export function histogramMap(name: string, buckets: Buckets) {
  return perCpuArray(name, { value: u64, maxEntries: boundsOf(buckets).length + 1 });
}

export type HistogramMap = ReturnType<typeof histogramMap>;

/** In a program: counts a value. */
export function countValue(histogram: HistogramMap, buckets: Buckets, value: Uint<'u64'>): void {
  const bounds = boundsOf(buckets);
  const slot = variable(u32, 0);
  // A search by halves, written out: no more questions than the number of buckets has bits.
  const search = (from: number, to: number): void => {
    if (from === to) {
      slot.set(from);
      return;
    }
    const middle = Math.floor((from + to) / 2);
    const bound = bounds[middle] ?? LARGEST;
    when(value.lt(bound), () => search(from, middle)).otherwise(() => search(middle + 1, to));
  };
  search(0, bounds.length);
  when(histogram.lookup(slot), (count) => {
    count.add(1);
  });
}

/** In the control plane: the buckets with what all CPUs have counted together. */
export function readHistogram(histogram: MapOf<HistogramMap>, buckets: Buckets): readonly Bucket[] {
  if (buckets === false) return [];
  const bounds = boundsOf(buckets);
  return [0n, ...bounds].map((from, slot) => ({
    from,
    to: (bounds[slot] ?? LARGEST + 1n) - 1n,
    count: (histogram.get(slot) ?? []).reduce((sum, count) => sum + count, 0n),
  }));
}

export function resetHistogram(histogram: MapOf<HistogramMap>, buckets: Buckets): void {
  for (let slot = 0; slot <= boundsOf(buckets).length; slot++) {
    histogram.set(slot, histogram.get(slot)?.map(() => 0n) ?? []);
  }
}
