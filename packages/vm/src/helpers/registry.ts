import type { HelperName } from '@hookline/bpf';
import type { Helper } from './helper.ts';
import { mapHelpers } from './maps.ts';

/** The helpers that are simulated. */
export const HELPER_FUNCTIONS: Readonly<Partial<Record<HelperName, Helper>>> = {
  ...mapHelpers,
};
