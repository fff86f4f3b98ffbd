import type { CountersConfig } from './counters-config.ts';
import { countersSchema } from './schema.ts';

/** What `examples/counters.yaml` says, for a start without any file. */
export const DEFAULT_CONFIG: CountersConfig = countersSchema.parse({
  protocols: true,
  tcpFlags: true,
  ports: { sides: 'destination', watch: [22, 53, 80, 443], learn: 256 },
  prefixes: {
    source: ['198.51.100.0/24', '2001:db8:0:2::/64'],
    destination: ['198.51.100.80', '2001:db8:0:2::80'],
  },
  flows: { entries: 1024, events: { perSecond: 100, burst: 100 } },
  sizes: [64, 128, 256, 512, 1024, 1515],
  interArrival: 'powersOfTwo',
});
