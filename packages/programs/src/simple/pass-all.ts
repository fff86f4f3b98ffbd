import { PASS } from '@hookline/builder';
import { countPacket } from '../counts.ts';
import { countingService } from './counting-service.ts';

/** Passes every packet: what a link costs without any work. */
export const passAll = countingService({
  name: 'pass-all',
  summary: 'Passes and counts every packet.',
  rows: [{ label: 'all packets', action: 'pass' }],
  body: (_packet, length, counters) => {
    countPacket(counters, 0, length);
    return PASS;
  },
});
