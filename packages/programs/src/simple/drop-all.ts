import { DROP } from '@hookline/builder';
import { countPacket } from '../counts.ts';
import { countingService } from './counting-service.ts';

/** Drops every packet: the most packets a second that there can be. Never put it on the interface that you came by. */
export const dropAll = countingService({
  name: 'drop-all',
  summary: 'Drops and counts every packet.',
  rows: [{ label: 'all packets', action: 'drop' }],
  body: (_packet, length, counters) => {
    countPacket(counters, 0, length);
    return DROP;
  },
});
