import type { SimulatedHost } from '@hookline/host';
import type { CaptureWriter } from '@hookline/pcap';

const PER_SECOND = 1e9;

/** Writes what leaves the host into a capture: an interface for what each device sends and one for what its stack takes. */
export class OutputCapture {
  readonly #writer: CaptureWriter;
  /** When virtual time 0 was, in the capture that is replayed. */
  #seconds = 0;
  #nanoseconds = 0;

  /** @param writer without interfaces */
  constructor(writer: CaptureWriter, host: SimulatedHost) {
    this.#writer = writer;
    const stackInterface = new Map<string, number>();
    for (const device of host.devices()) {
      const sent = writer.addInterface({ name: device.name, description: `sent by ${device.name}` });
      const accepted = writer.addInterface({ name: `${device.name}-stack`, description: `let pass by ${device.name}` });
      stackInterface.set(device.name, accepted);
      device.nic.attachSink({
        transmit: (bytes, offset, length, time) => this.#write(bytes, offset, length, time, sent),
      });
    }
    host.onDeliver((device, bytes, offset, length) => {
      this.#write(bytes, offset, length, host.now, stackInterface.get(device.name) as number);
    });
  }

  /** Sets what virtual time 0 is in the output's timestamps. */
  startAt(seconds: number, nanoseconds: number): void {
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  #write(bytes: Uint8Array, offset: number, length: number, time: number, index: number): void {
    const nanoseconds = this.#nanoseconds + Math.floor(time);
    const carry = Math.floor(nanoseconds / PER_SECOND);
    this.#writer.writeRecord(
      bytes,
      offset,
      length,
      length,
      this.#seconds + carry,
      nanoseconds - carry * PER_SECOND,
      index,
      0,
    );
  }
}
