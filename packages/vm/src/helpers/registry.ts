import type { HelperName } from '@hookline/bpf';
import { checksumHelpers } from './csum-diff.ts';
import { eventHelpers } from './events.ts';
import type { Helper } from './helper.ts';
import { loopHelpers } from './loops.ts';
import { machineHelpers } from './machine.ts';
import { mapHelpers } from './maps.ts';
import { redirectHelpers } from './redirects.ts';
import { skbHelpers } from './skb.ts';
import { textHelpers } from './text.ts';
import { xdpHelpers } from './xdp.ts';

/** The helpers that are simulated, by name. Tail calls are the interpreter's own (frames.ts). */
export const HELPER_FUNCTIONS: Readonly<Partial<Record<HelperName, Helper>>> = {
  ...checksumHelpers,
  ...eventHelpers,
  ...loopHelpers,
  ...machineHelpers,
  ...mapHelpers,
  ...redirectHelpers,
  ...skbHelpers,
  ...textHelpers,
  ...xdpHelpers,
};
