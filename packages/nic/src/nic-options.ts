import { encode, LayoutError, mac } from '@hookline/layout';
import type { LinearMemory, VirtualClock } from '@hookline/machine';
import { NicError } from './nic-error.ts';
import { RSS_TABLE_SIZE } from './rss.ts';

/** The longest frame of any device here, with FCS: the 9.5 KiB of i40e and ice. */
export const MAX_FRAME = 9728;

/** Queue pairs, and so vectors, of a device. */
export const MAX_QUEUES = 64;

/** How long things take between device and host, in nanoseconds. */
export interface NicLatencies {
  /** From a frame's last bit until its bytes and its descriptor are in memory. */
  readonly dmaWrite: number;
  /** From asking for a frame in memory until it is in the device. */
  readonly dmaRead: number;
  /** From a register write until the device acts on it. */
  readonly doorbell: number;
}

/** Measured on PCIe 3 machines: see the README. */
export const DEFAULT_LATENCIES: NicLatencies = { dmaWrite: 260, dmaRead: 550, doorbell: 150 };

/** What a device is made of. Devices of one machine share its memory and its clock. */
export interface NicOptions {
  readonly memory: LinearMemory;
  readonly clock: VirtualClock;
  /** In the words of error messages; `eth0`. */
  readonly name?: string;
  /** Queue pairs, 1..64; one. */
  readonly queues?: number;
  /** The station's address, which counts only when the device is not promiscuous; `02:00:00:00:00:01`. */
  readonly macAddress?: string;
  /** Bits a second; 10 Gb/s. */
  readonly lineRate?: number;
  /** Bytes in which received frames wait for descriptors; 512 KiB. */
  readonly receiveBuffer?: number;
  /** Bytes in which frames that were read wait for the wire; 160 KiB, the 82599's. */
  readonly transmitBuffer?: number;
  /** Entries of the RSS indirection table, a power of two up to 512; 128. */
  readonly rssTableSize?: number;
  readonly latencies?: Partial<NicLatencies>;
}

/** `NicOptions`, checked and complete. */
export interface NicProfile {
  readonly name: string;
  readonly queues: number;
  readonly macAddress: Uint8Array;
  readonly lineRate: number;
  readonly receiveBuffer: number;
  readonly transmitBuffer: number;
  readonly rssTableSize: number;
  readonly latencies: NicLatencies;
}

/** @throws NicError NIC_OPTION that names the option and what it may be */
export function checkOptions(options: NicOptions): NicProfile {
  const profile: NicProfile = {
    name: options.name ?? 'eth0',
    queues: options.queues ?? 1,
    macAddress: parseMac(options.macAddress ?? '02:00:00:00:00:01'),
    lineRate: options.lineRate ?? 10e9,
    receiveBuffer: options.receiveBuffer ?? 512 * 1024,
    transmitBuffer: options.transmitBuffer ?? 160 * 1024,
    rssTableSize: options.rssTableSize ?? RSS_TABLE_SIZE.default,
    latencies: { ...DEFAULT_LATENCIES, ...options.latencies },
  };
  const { rssTableSize, lineRate } = profile;
  checkInteger('queues', profile.queues, 1, MAX_QUEUES);
  checkInteger('receiveBuffer', profile.receiveBuffer, MAX_FRAME, 64 * 2 ** 20);
  checkInteger('transmitBuffer', profile.transmitBuffer, MAX_FRAME, 64 * 2 ** 20);
  checkInteger('rssTableSize', rssTableSize, 1, RSS_TABLE_SIZE.max);
  if ((rssTableSize & (rssTableSize - 1)) !== 0) throw refused('rssTableSize', rssTableSize, 'a power of two');
  if (!(lineRate >= 1e6 && lineRate <= 1e12)) throw refused('lineRate', lineRate, 'bits a second, 1e6 to 1e12');
  for (const [name, value] of Object.entries(profile.latencies)) {
    if (!(value >= 0 && value <= 1e6)) throw refused(`latencies.${name}`, value, 'nanoseconds, 0 to 1e6');
  }
  return profile;
}

function checkInteger(name: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  throw refused(name, value, `an integer from ${lowest} to ${highest}`);
}

function refused(name: string, value: number | string, allowed: string): NicError {
  return new NicError('NIC_OPTION', `the device's ${name} is ${value}: give ${allowed}.`);
}

function parseMac(text: string): Uint8Array {
  try {
    return encode(mac, text);
  } catch (error) {
    if (error instanceof LayoutError) throw refused('macAddress', text, 'one like 02:00:00:00:00:01');
    throw error;
  }
}
