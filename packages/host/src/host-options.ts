import type { KernelVersion } from '@hookline/vm';
import { type CostModel, DEFAULT_COSTS } from './cost-model.ts';
import { HostError } from './host-error.ts';
import { DEFAULT_LIMITS, type SoftirqLimits } from './softirq.ts';

/** What a simulated host is made of; every value has a default. */
export interface HostOptions {
  /** CPUs, 1 to 64, each with its own softirq; 4. Vectors are spread over them in turn. */
  readonly cpus?: number;
  /** Where all random numbers come from; 1. */
  readonly seed?: number | bigint;
  /** Whose helpers' behaviour is followed where kernels differ. */
  readonly kernel?: KernelVersion;
  readonly costs?: Partial<CostModel>;
  readonly limits?: Partial<SoftirqLimits>;
  /** Packet buffers of all devices together, 4 KiB each, committed when touched; 16 384. */
  readonly packetBuffers?: number;
  /** 64 KiB pages of the machine's memory; all 65 536 (4 GiB, committed when touched). */
  readonly memoryPages?: number;
  /** Takes the lines of `bpf_trace_printk`. */
  readonly trace?: (line: string) => void;
}

/** What is left when the rest of the machine has got its share of 4 GiB. */
const MOST_BUFFERS = 1_000_000;
/** A second: no step of a packet's way takes as long. */
const MOST_NANOSECONDS = 1e9;

/** `HostOptions`, checked and complete where they have numbers. */
export interface HostProfile {
  readonly cpus: number;
  readonly packetBuffers: number;
  readonly costs: CostModel;
  readonly limits: SoftirqLimits;
}

/** @throws HostError HOST_OPTION that names the option and what it may be */
export function checkHostOptions(options: HostOptions): HostProfile {
  const { cpus = 4, packetBuffers = 16_384 } = options;
  const costs = { ...DEFAULT_COSTS, ...options.costs };
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  checkWhole('cpus', cpus, 1, 64);
  checkWhole('packetBuffers', packetBuffers, 1, MOST_BUFFERS);
  checkWhole('limits.weight', limits.weight, 1, 65_536);
  checkWhole('limits.netdevBudget', limits.netdevBudget, 1, 0x7fff_ffff);
  checkWhole('limits.netdevBudgetUsecs', limits.netdevBudgetUsecs, 1, 0x7fff_ffff);
  for (const [name, value] of Object.entries(costs)) {
    if (!(value >= 0 && value <= MOST_NANOSECONDS)) {
      throw refused(`costs.${name}`, value, `nanoseconds from 0 to ${MOST_NANOSECONDS}`);
    }
  }
  return { cpus, packetBuffers, costs, limits };
}

/** @throws HostError HOST_OPTION */
export function checkWhole(option: string, value: number, least: number, most: number, multiple = 1): void {
  if (Number.isInteger(value) && value >= least && value <= most && value % multiple === 0) return;
  const what = multiple === 1 ? 'a whole number' : `a multiple of ${multiple}`;
  throw refused(option, value, `${what} from ${least} to ${most}`);
}

function refused(option: string, value: number, allowed: string): HostError {
  return new HostError('HOST_OPTION', `${option} is ${value}: give ${allowed}.`);
}
