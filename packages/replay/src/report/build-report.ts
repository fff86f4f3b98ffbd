import type { Row } from '@hookline/bpf';
import { type SimulatedDevice, type SimulatedHost, TC_NAMES, VERDICT_NAMES } from '@hookline/host';
import { ReplayError } from '../replay-error.ts';
import type { Conservation, CpuReport, QueueReport, Report } from './report.ts';

function sum<T>(items: readonly T[], value: (item: T) => number): number {
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
function deviceDrops(host: SimulatedHost): Record<string, number> {
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
 * Adds up where every frame went.
 *
 * @throws ReplayError REPLAY_CONSERVATION when frames were lost or made without a cause: a bug in the simulation
 */
export function checkConservation(host: SimulatedHost): Conservation {
  const devices = host.devices();
  const ledgers = devices.map((device) => device.nic.ledger());
  const queues = devices.flatMap((device) => device.queues);
  const transmitted = sum(devices, (device) => device.nic.statistics().tx_packets ?? 0);
  const failed = sum(devices, (device) => device.nic.statistics().tx_errors ?? 0);
  const wire = sum(ledgers, (ledger) => ledger.wire);
  const dropped = sum(Object.values(deviceDrops(host)), (count) => count) + host.drops.total;
  const held =
    sum(ledgers, (ledger) => ledger.held) +
    sum(queues, (queue) => queue.receive.held) +
    (sum(queues, (queue) => queue.transmit.accepted) - transmitted - failed);
  const created = { broadcast: host.broadcasts };
  const result = { wire, created, transmitted, delivered: host.delivered, dropped, held };
  const out = transmitted + host.delivered + dropped + held;
  if (wire + created.broadcast !== out) {
    throw new ReplayError(
      'REPLAY_CONSERVATION',
      `${wire + created.broadcast} frames came in, but ${out} are accounted for: ${JSON.stringify(result)}. ` +
        'This is a bug in the simulation: please report it with the capture.',
    );
  }
  return result;
}

/** The parts of a report that the host does not know. */
export interface ReplayFacts extends Pick<Report, 'program' | 'hook' | 'captures' | 'warnings' | 'error'> {
  readonly rows: readonly Row[];
  readonly rxRing: number;
  readonly sentBytes: number;
}

/** Reads a host's counters into a report. */
export function buildReport(host: SimulatedHost, device: SimulatedDevice, facts: ReplayFacts): Report {
  const ledger = device.nic.ledger();
  const conservation = checkConservation(host);
  const { rows, rxRing, sentBytes, ...rest } = facts;
  return {
    ...rest,
    device: { name: device.name, queues: device.queues.length, lineRate: device.nic.line.bitsPerSecond, rxRing },
    frames: {
      sent: ledger.wire,
      received: ledger.received,
      missed: ledger.dropped.rx_missed_errors + ledger.dropped.rx_no_dma_resources,
      sentBytes,
      delivered: host.delivered,
      deliveredBytes: host.deliveredBytes,
      transmitted: conservation.transmitted,
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
    ethtool: Object.fromEntries(host.devices().map((each) => [each.name, each.statistics()])),
    conservation,
  };
}
