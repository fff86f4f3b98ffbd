import { DROP_REASONS } from '@hookline/host';
import type { ReceiveDrop } from '@hookline/nic';
import type { Counters } from './report.ts';

/** Fields that name an item of a list, the first that it has; none of them counts anything. */
const NAMES: readonly string[] = ['label', 'queue', 'cpu'];
/** What a device drops; the host's own reasons follow. */
const DEVICE_DROPS: Readonly<Record<ReceiveDrop | 'tx_errors', 0>> = {
  rx_missed_errors: 0,
  rx_no_dma_resources: 0,
  rx_crc_errors: 0,
  rx_length_errors: 0,
  rx_over_errors: 0,
  rx_steer_missed_packets: 0,
  tx_errors: 0,
};
const REASONS: readonly string[] = [...Object.keys(DEVICE_DROPS), ...DROP_REASONS];
const LISTS = ['frames', 'verdicts', 'tc', 'rows', 'drops', 'queues', 'cpus', 'ethtool'] as const;

/**
 * Every counter under the path that it has in the report: `virtualTimeNs`, `frames.sent`, `verdicts.DROP`,
 * `rows.rule 1: drop telnet.packets`, `queues.0.rx_packets`, `ethtool.eth0.rx_missed_errors`. Reasons for which nothing
 * was dropped are there with 0, so that the names do not depend on the traffic.
 */
export function flatCounters(counters: Counters): Record<string, number> {
  const flat: Record<string, number> = { virtualTimeNs: counters.virtualTimeNs };
  for (const list of LISTS) {
    if (list === 'drops') for (const reason of REASONS) flat[`drops.${reason}`] = 0;
    flatten(counters[list], list, flat);
  }
  return flat;
}

function flatten(value: object, path: string, flat: Record<string, number>): void {
  for (const [key, part] of Object.entries(value)) {
    if (typeof part === 'number' && !NAMES.includes(key)) {
      flat[`${path}.${key}`] = part;
    } else if (typeof part === 'object' && part !== null) {
      const name = NAMES.map((field) => part[field]).find((found) => found !== undefined);
      flatten(part, `${path}.${name ?? key}`, flat);
    }
  }
}
