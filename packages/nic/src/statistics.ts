import type { Receiver } from './receiver.ts';
import type { Transmitter } from './transmitter.ts';

/** Where every frame that the wire brought has gone. `wire` is always `received` + all of `dropped` + `held`. */
export interface ReceiveLedger {
  readonly wire: number;
  /** Written into a descriptor. */
  readonly received: number;
  /** By the counter's name. */
  readonly dropped: Readonly<Record<ReceiveDrop, number>>;
  /** Waiting in the device for a descriptor. */
  readonly held: number;
}

/** The counters under which a device drops frames. */
export type ReceiveDrop =
  /** The device's buffer was full. */
  | 'rx_missed_errors'
  /** The queue had no descriptor (with DROP_ENABLE), or was disabled. */
  | 'rx_no_dma_resources'
  | 'rx_crc_errors'
  /** Shorter than an Ethernet header, or longer than MAXFRS. */
  | 'rx_length_errors'
  /** Longer than the queue's buffers. */
  | 'rx_over_errors'
  /** Addressed to somebody else (mlx5's name for it). */
  | 'rx_steer_missed_packets';

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

export function receiveLedger(receiver: Receiver): ReceiveLedger {
  return {
    wire: receiver.wireFrames,
    received: sum(receiver.queues, ({ packets }) => packets),
    dropped: {
      rx_missed_errors: receiver.missed,
      rx_no_dma_resources: sum(receiver.queues, ({ drops }) => drops),
      rx_crc_errors: receiver.crcErrors,
      rx_length_errors: receiver.lengthErrors,
      rx_over_errors: receiver.overErrors,
      rx_steer_missed_packets: receiver.filtered,
    },
    held: receiver.buffer.count,
  };
}

/**
 * All counters under the names that `ethtool -S` shows (ixgbe's; igb's for `rx_queue_N_drops`). Bytes are without FCS.
 * `rx_packets` and `tx_packets` count what went through the rings, `rx_pkts_nic` what the MAC accepted.
 */
export function statistics(receiver: Receiver, transmitter: Transmitter): Record<string, number> {
  const { received, dropped } = receiveLedger(receiver);
  const [unicast = 0, multicast = 0, broadcast = 0] = receiver.filter.counts;
  const result: Record<string, number> = {
    rx_packets: received,
    tx_packets: sum(transmitter.queues, ({ packets }) => packets),
    rx_bytes: sum(receiver.queues, ({ bytes }) => bytes),
    tx_bytes: sum(transmitter.queues, ({ bytes }) => bytes),
    rx_pkts_nic: unicast + multicast + broadcast,
    multicast,
    broadcast,
    ...dropped,
    tx_errors: transmitter.errors,
  };
  for (const [queue, { packets, bytes }] of transmitter.queues.entries()) {
    result[`tx_queue_${queue}_packets`] = packets;
    result[`tx_queue_${queue}_bytes`] = bytes;
  }
  for (const [queue, { packets, bytes, drops }] of receiver.queues.entries()) {
    result[`rx_queue_${queue}_packets`] = packets;
    result[`rx_queue_${queue}_bytes`] = bytes;
    result[`rx_queue_${queue}_drops`] = drops;
  }
  return result;
}
