import { wholeNumber } from '../config/numbers.ts';
import { checkedBy, read, record } from '../config/zod-schema.ts';
import { bucketPlan } from '../token-bucket.ts';
import { MAX_ENTRIES, MAX_RATE, MAX_RETRY, type SynGuardConfig } from './syn-guard-config.ts';

const threshold = record('threshold', {
  perSecond: read(wholeNumber('a rate', 1, MAX_RATE)),
  burst: read(wholeNumber('a burst', 1, MAX_RATE)),
}).superRefine(({ perSecond, burst }, context) => {
  try {
    bucketPlan(perSecond, burst);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message, path: ['burst'] });
  }
});

const entries = wholeNumber('a number of entries', 1, MAX_ENTRIES);
const milliseconds = wholeNumber('a time in milliseconds', 1, MAX_RETRY);

const config = record('configuration', {
  threshold,
  destinations: read(entries).prefault(4096),
  pending: read(entries).prefault(131_072),
  // RFC 6298 section 2.1: the first retransmission comes after one second.
  retry: record('time of a retry', {
    from: read(milliseconds).prefault(800),
    to: read(milliseconds).prefault(10_000),
  })
    .refine(({ from, to }) => from <= to, {
      error: 'The time ends before it begins: give from and to in rising order.',
    })
    .prefault({}),
});

/** Reads what a file holds; `SynGuardConfig` is what comes out, `examples/syn-guard.yaml` shows what may go in. */
export const synGuardSchema = checkedBy<SynGuardConfig>(config);
