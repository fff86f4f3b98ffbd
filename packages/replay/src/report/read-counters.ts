import type { Row } from '@hookline/bpf';
import { type SimulatedDevice, type SimulatedHost, TC_NAMES, VERDICT_NAMES } from '@hookline/host';
import type { Counters, CpuReport, QueueReport } from './report.ts';

/** What all items have together. */
export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function named<N extends string>(names: readonly N[], value: (index: number) => number): Record<N, number> {
  return Object.fromEntries(names.map((name, index) => [name, value(index)])) as Record<N, number>;
}

function queueReports(device: SimulatedDevice): QueueReport[] {
  const nic = device.nic.statistics();
  return device.queues.map((queue) => {
    const of = (name: string): number => nic[name] ?? 0;
    const { xdp_drops, xdp_pass, xdp_tx, xdp_redirects, xdp_aborted } = queue.xdp.toRecord();
    return {
      queue: queue.index,
      cpu: queue.cpu,
      rx_packets: of(`rx_queue_${queue.index}_packets`),
      rx_bytes: of(`rx_queue_${queue.index}_bytes`),
      rx_drops: of(`rx_queue_${queue.index}_drops`),
      tx_packets: of(`tx_queue_${queue.index}_packets`),
      xdp_drops,
      xdp_pass,
      xdp_tx,
      xdp_redirects,
      xdp_aborted,
      interrupts: device.nic.interrupts(queue.index),
      polls: queue.polls,
    };
  });
}

function cpuReports(host: SimulatedHost): CpuReport[] {
  return host.softirqs.map(({ stat }, cpu) => ({
    cpu,
    processed: stat.processed,
    timeSqueeze: stat.timeSqueeze,
    interrupts: stat.interrupts,
    polls: stat.polls,
    busy: host.clock.now === 0 ? 0 : Math.min(1, stat.busy / host.clock.now),
  }));
}

/** Frames that died in a device, by its counters. */
export function deviceDrops(host: SimulatedHost): Record<string, number> {
  const drops: Record<string, number> = {};
  for (const device of host.devices()) {
    const counters = { ...device.nic.ledger().dropped, tx_errors: device.nic.statistics().tx_errors ?? 0 };
    for (const [name, count] of Object.entries(counters)) {
      if (count > 0) drops[name] = (drops[name] ?? 0) + count;
    }
  }
  return drops;
}

/**
 * Reads everything that a host counts.
 *
 * @param device which received the captures
 * @param rows of the program, as they are now
 * @param sentBytes bytes that the wire has carried to the device
 */
export function readCounters(
  host: SimulatedHost,
  device: SimulatedDevice,
  rows: readonly Row[],
  sentBytes: number,
): Counters {
  const ledger = device.nic.ledger();
  const devices = host.devices();
  return {
    frames: {
      sent: ledger.wire,
      received: ledger.received,
      missed: ledger.dropped.rx_missed_errors + ledger.dropped.rx_no_dma_resources,
      sentBytes,
      delivered: host.delivered,
      deliveredBytes: host.deliveredBytes,
      transmitted: sum(devices, ({ nic }) => nic.statistics().tx_packets ?? 0),
    },
    verdicts: named(VERDICT_NAMES, (index) => sum(device.queues, (queue) => queue.xdp.verdicts[index] ?? 0)),
    tc: named(TC_NAMES, (index) => host.stack.verdicts[index] ?? 0),
    rows: rows.map(({ label, action, packets, bytes }) => ({
      label,
      action,
      packets: Number(packets),
      bytes: Number(bytes),
    })),
    drops: { ...deviceDrops(host), ...host.drops.toRecord() },
    virtualTimeNs: host.clock.now,
    queues: queueReports(device),
    cpus: cpuReports(host),
    ethtool: Object.fromEntries(devices.map((each) => [each.name, each.statistics()])),
  };
}
