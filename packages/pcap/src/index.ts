export type { ByteSink } from './byte-sink.ts';
export type { Capture, CaptureFormat, Packet } from './capture.ts';
export { CaptureError, type CaptureErrorCode, type CapturePlace } from './capture-error.ts';
export type { CaptureInterface, TimestampResolution } from './capture-interface.ts';
export {
  CaptureWriter,
  createCapture,
  encodeCapture,
  type PacketToWrite,
  type WriterOptions,
} from './capture-writer.ts';
export type { InterfaceDescription } from './encoder.ts';
export {
  fromPcapParser,
  type PcapParser,
  type PcapParserGlobalHeader,
  type PcapParserPacket,
} from './from-pcap-parser.ts';
export { LINK_TYPE, linkTypeName } from './link-types.ts';
export { type CaptureSource, type OpenOptions, openCapture } from './open-capture.ts';
export { type Direction, PacketBatch } from './packet-batch.ts';
