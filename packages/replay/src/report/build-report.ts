import type { Row } from '@hookline/bpf';
import type { SimulatedDevice, SimulatedHost } from '@hookline/host';
import { ReplayError } from '../replay-error.ts';
import { deviceDrops, readCounters, sum } from './read-counters.ts';
import type { Conservation, Report } from './report.ts';

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
  const conservation = checkConservation(host);
  const { rows, rxRing, sentBytes, program, hook, captures, warnings, error } = facts;
  const { name, queues, nic } = device;
  return {
    program,
    hook,
    device: { name, queues: queues.length, lineRate: nic.line.bitsPerSecond, rxRing },
    captures,
    ...readCounters(host, device, rows, sentBytes),
    conservation,
    warnings,
    error,
  };
}
