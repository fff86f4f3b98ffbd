export { ACCEPT } from './address-filter.ts';
export {
  DESCRIPTOR_SIZE,
  RSS_TYPE,
  type RssType,
  RX_STATUS,
  rxHash,
  rxHashType,
  rxLength,
  rxReadDescriptor,
  rxStatus,
  rxVlan,
  rxWriteBackDescriptor,
  TX_COMMAND,
  TX_STATUS,
  txDescriptor,
  txStatus,
  writeRxDescriptor,
  writeTxDescriptor,
} from './descriptors.ts';
export { DEFAULT_INTERRUPT_INTERVAL } from './interrupts.ts';
export { FCS_SIZE, LineRate, MIN_FRAME } from './line-rate.ts';
export { Nic } from './nic.ts';
export { NicError, type NicErrorCode } from './nic-error.ts';
export { DEFAULT_LATENCIES, MAX_FRAME, MAX_QUEUES, type NicLatencies, type NicOptions } from './nic-options.ts';
export { REGISTER, RXDCTL, SRRCTL, TXDCTL } from './registers.ts';
export { RING_ALIGNMENT, RING_SIZE } from './ring.ts';
export { RSS_FIELDS, RSS_TABLE_SIZE } from './rss.ts';
export type { ReceiveDrop, ReceiveLedger } from './statistics.ts';
export { MICROSOFT_RSS_KEY, RSS_KEY_SIZE, Toeplitz } from './toeplitz.ts';
export { FRAME_FLAG, type FrameSink, type FrameSource, type WireFrame } from './wire.ts';
