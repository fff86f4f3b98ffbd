import { fileURLToPath } from 'node:url';
import type { BpfObject, LoadedObject, Row, Service } from '@hookline/bpf';
import type { DeviceOptions, HostOptions } from '@hookline/host';
import type { CaptureSource, CaptureWriter, OpenOptions } from '@hookline/pcap';
import type { Pace } from './ingest/pace.ts';
import type { ShapeOptions } from './ingest/shape-options.ts';
import type { CapturePoint } from './points/capture-points.ts';

/** A program in a replay: an object, and which of its programs goes on which hook of the receiving device. */
export interface ReplayProgram {
  /** For the report. */
  readonly name: string;
  readonly object: BpfObject;
  /** Key in `object.programs` of what runs at the XDP hook. */
  readonly xdp?: string;
  /** Key in `object.programs` of what runs at TC ingress. */
  readonly tc?: string;
  /** Fills the maps before the first frame. */
  ready?(loaded: LoadedObject): void;
  /** The report's rows per rule, after the last frame. */
  rows?(loaded: LoadedObject): readonly Row[];
}

/** What is replayed, through what, and how. Only `captures` has no default. */
export interface ReplayOptions {
  /** One after the other. */
  readonly captures: readonly CaptureInput[];
  /** Without one, everything is delivered to the stack. */
  readonly program?: ReplayProgram;
  /** Default: the capture's own timing. */
  readonly pace?: Pace;
  /** Passes over all captures; 1. A stream can be read once only. */
  readonly loop?: number;
  /** Packets to read at most, over all passes; all. */
  readonly limit?: number;
  readonly shape?: Partial<ShapeOptions>;
  /** The device that receives; `eth0` with 4 queues at 10 Gb/s. */
  readonly device?: DeviceOptions;
  /** Further devices, as targets of redirects. */
  readonly otherDevices?: readonly DeviceOptions[];
  readonly host?: HostOptions;
  /** Takes what the devices send and the stack accepts, one pcapng interface each. The caller closes it. */
  readonly output?: CaptureWriter;
  /** Where packets are captured on their way; the output then holds these, an interface for each point of each device. */
  readonly points?: readonly CapturePoint[];
  /** Virtual nanoseconds between two samples; none without it. */
  readonly sampleInterval?: number;
  /** How captures are read; the report does not depend on it. */
  readonly reading?: Omit<OpenOptions, 'name'>;
}

export interface CaptureInput {
  readonly source: CaptureSource;
  /** For the report and for errors; by default the path. */
  readonly name?: string;
}

/** Whether a capture can be read a second time. */
export function isRereadable(source: CaptureSource): boolean {
  return typeof source === 'string' || source instanceof URL || source instanceof Uint8Array;
}

/** The name of a capture before it is open. */
export function nameOf({ source, name }: CaptureInput): string {
  if (name !== undefined) return name;
  if (typeof source === 'string') return source;
  if (source instanceof URL) return fileURLToPath(source);
  return source instanceof Uint8Array ? '<bytes>' : '<stream>';
}

/** A ready-made program with a configuration, on one of its two hooks. */
export function serviceProgram<Config, Control>(
  service: Service<Config, Control>,
  config: Config,
  hook: 'xdp' | 'tc' = 'xdp',
): ReplayProgram {
  const object = service.build(config);
  const type = hook === 'xdp' ? 'xdp' : 'sched_cls';
  const key = Object.entries(object.programs).find(([, program]) => program.type === type)?.[0];
  return {
    name: service.name,
    object,
    ...(key === undefined ? {} : { [hook]: key }),
    ready: (loaded) => {
      service.control(loaded, config);
    },
    rows: (loaded) => service.report(loaded, config),
  };
}
