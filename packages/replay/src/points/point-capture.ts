import { TC_VERDICTS, XDP_VERDICTS } from '@hookline/bpf';
import { DROP_REASONS, type PacketTap, type SimulatedDevice, type SimulatedHost } from '@hookline/host';
import type { CaptureWriter } from '@hookline/pcap';
import type { SkBuff } from '@hookline/vm';
import type { CapturePoint } from './capture-points.ts';

const PER_SECOND = 1_000_000_000n;
const ADDRESSES = 12;
const XDP_NAMES = namesOf(XDP_VERDICTS);
const TC_NAMES = namesOf(TC_VERDICTS);

/** Captures packets at points of their way: an interface for each point of each device, verdicts and reasons as comments. */
export class PointCapture implements PacketTap {
  readonly #writer: CaptureWriter;
  readonly #host: SimulatedHost;
  /** By device, then by point. */
  readonly #interfaces = new Map<SimulatedDevice, ReadonlyMap<CapturePoint, number>>();
  readonly #receiver: SimulatedDevice;
  /** When virtual time 0 was, in the capture that is replayed: nanoseconds since 1970. */
  #origin = 0n;

  /**
   * @param writer without interfaces
   * @param receiver whose wire the captures come from
   */
  constructor(writer: CaptureWriter, host: SimulatedHost, receiver: SimulatedDevice, points: readonly CapturePoint[]) {
    this.#writer = writer;
    this.#host = host;
    this.#receiver = receiver;
    for (const device of host.devices()) {
      const here = points.filter((point) => point !== 'wire-rx' || device === receiver);
      const interfaces = here.map((point) => {
        const index = writer.addInterface({
          name: `${device.name}-${point}`,
          description: `${point} of ${device.name}`,
        });
        return [point, index] as const;
      });
      this.#interfaces.set(device, new Map(interfaces));
      if (!points.includes('wire-tx')) continue;
      device.nic.attachSink({
        transmit: (bytes, offset, length, time) =>
          this.#write('wire-tx', device, bytes.subarray(offset, offset + length), time),
      });
    }
    host.onPacket(this);
  }

  /** Sets what virtual time 0 is in the output's timestamps. */
  startAt(seconds: number, nanoseconds: number): void {
    this.#origin = BigInt(seconds) * PER_SECOND + BigInt(nanoseconds);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** A frame begins to come in from the wire, at a virtual time. */
  wireRx(bytes: Uint8Array, time: number): void {
    this.#write('wire-rx', this.#receiver, bytes, time);
  }

  xdpEntry(device: SimulatedDevice, data: number, dataEnd: number): void {
    this.#write('xdp-entry', device, this.#bytes(data, dataEnd), this.#host.now);
  }

  xdpExit(device: SimulatedDevice, data: number, dataEnd: number, verdict: number): void {
    const name = XDP_NAMES.get(verdict) ?? `unknown (${verdict})`;
    this.#write('xdp-exit', device, this.#bytes(data, dataEnd), this.#host.now, `verdict ${name}`);
  }

  tc(direction: 'ingress' | 'egress', device: SimulatedDevice, skb: SkBuff, verdict: number): void {
    const name = TC_NAMES.get(verdict) ?? `unknown (${verdict})`;
    this.#write(`tc-${direction}`, device, this.#packet(skb), this.#host.now, `verdict ${name}`);
  }

  dropped(device: SimulatedDevice, data: number, dataEnd: number, reason: number, skb?: SkBuff): void {
    const bytes = skb === undefined ? this.#bytes(data, dataEnd) : this.#packet(skb);
    this.#write('drops', device, bytes, this.#host.now, `reason ${DROP_REASONS[reason]}`);
  }

  #bytes(data: number, dataEnd: number): Uint8Array {
    return this.#host.memory.bytes.subarray(data, dataEnd);
  }

  /** A packet with its VLAN tag, as a packet socket shows it. */
  #packet({ data, dataEnd, vlanPresent, vlanProto, vlanTci }: SkBuff): Uint8Array {
    const bytes = this.#bytes(data, dataEnd);
    if (vlanPresent === 0) return bytes;
    // The type is in network order already.
    const tag = [vlanProto & 0xff, vlanProto >> 8, vlanTci >> 8, vlanTci & 0xff];
    return Uint8Array.of(...bytes.subarray(0, ADDRESSES), ...tag, ...bytes.subarray(ADDRESSES));
  }

  #write(point: CapturePoint, device: SimulatedDevice, bytes: Uint8Array, time: number, comment?: string): void {
    const interfaceIndex = this.#interfaces.get(device)?.get(point);
    if (interfaceIndex === undefined) return;
    this.#writer.write({
      bytes,
      timestamp: this.#origin + BigInt(Math.floor(time)),
      interfaceIndex,
      ...(comment === undefined ? {} : { comments: [comment] }),
    });
  }
}

function namesOf(verdicts: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(verdicts).map(([name, number]) => [number, name]));
}
