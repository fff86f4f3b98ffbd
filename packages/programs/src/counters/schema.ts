import { wholeNumber } from '../config/numbers.ts';
import { readPrefix } from '../config/prefixes.ts';
import { switchable } from '../config/switchable.ts';
import { checkedBy, oneOrMore, read, record, show, word } from '../config/zod-schema.ts';
import { bucketPlan } from '../token-bucket.ts';
import {
  type Buckets,
  type CountersConfig,
  MAX_BOUNDS,
  MAX_FLOWS,
  MAX_LEARNED_PORTS,
  MAX_PREFIXES,
  MAX_WATCHED_PORTS,
} from './counters-config.ts';

const MAX_PORT = 0xffff;
const MAX_EVENT_RATE = 1_000_000;
const MAX_BOUND = Number.MAX_SAFE_INTEGER;

function readSwitch(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`${show(value)} is no switch: write true or false.`);
  return value;
}

function readBuckets(value: unknown): Buckets {
  if (value === false || value === 'powersOfTwo') return value;
  if (!Array.isArray(value)) {
    throw new Error(
      `${show(value)} is no choice of buckets: write false, powersOfTwo, or a list like [64, 512, 1518].`,
    );
  }
  if (value.length === 0 || value.length > MAX_BOUNDS) {
    throw new Error(`There are ${value.length} bounds: give 1 to ${MAX_BOUNDS}, or write powersOfTwo.`);
  }
  const bounds = value.map(wholeNumber('a bound', 1, MAX_BOUND));
  const wrong = bounds.findIndex((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? 0));
  if (wrong >= 0)
    throw new Error(`${bounds[wrong]} is not above ${bounds[wrong - 1]}: write the bounds in rising order.`);
  return bounds;
}

const ports = record('choice of ports', {
  sides: oneOrMore(word('source', 'destination'), 2).prefault('destination'),
  watch: oneOrMore(wholeNumber('a port', 0, MAX_PORT), MAX_WATCHED_PORTS).prefault([]),
  learn: read(wholeNumber('a number of ports', 0, MAX_LEARNED_PORTS)).prefault(1024),
}).transform(({ sides, watch, learn }) => ({ sides: [...new Set(sides)], watch: [...new Set(watch)], learn }));

const prefixList = oneOrMore(readPrefix, MAX_PREFIXES)
  .prefault([])
  .transform((list) => [...new Set(list)]);
const prefixes = record('choice of prefixes', { source: prefixList, destination: prefixList });

const events = record('rate of events', {
  perSecond: read(wholeNumber('a rate of events', 1, MAX_EVENT_RATE)).prefault(100),
  burst: read(wholeNumber('a burst of events', 1, MAX_EVENT_RATE)).prefault(100),
}).superRefine(({ perSecond, burst }, context) => {
  try {
    bucketPlan(perSecond, burst);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message, path: ['burst'] });
  }
});
const flows = record('choice of flows', {
  entries: read(wholeNumber('a number of flows', 1, MAX_FLOWS)).prefault(4096),
  events: switchable(events).prefault({}),
});

const config = record('configuration', {
  protocols: read(readSwitch).prefault(true),
  tcpFlags: read(readSwitch).prefault(true),
  ports: switchable(ports).prefault({}),
  prefixes: switchable(prefixes).prefault(false),
  flows: switchable(flows).prefault({}),
  sizes: read(readBuckets).prefault('powersOfTwo'),
  interArrival: read(readBuckets).prefault('powersOfTwo'),
});

/** Reads what a file holds; `CountersConfig` is what comes out, `examples/counters.yaml` shows what may go in. */
export const countersSchema = checkedBy<CountersConfig>(config);
