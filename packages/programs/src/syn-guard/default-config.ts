import { synGuardSchema } from './schema.ts';
import type { SynGuardConfig } from './syn-guard-config.ts';

/** What `examples/syn-guard.yaml` says, for a start without any file. */
export const DEFAULT_CONFIG: SynGuardConfig = synGuardSchema.parse({
  threshold: { perSecond: 50, burst: 100 },
  destinations: 1024,
  pending: 16_384,
  retry: { from: 800, to: 10_000 },
});
