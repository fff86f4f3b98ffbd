import { be16, be32, encode, type Js, struct, u8 } from '@hookline/layout';
import { internetChecksum } from '../checksum/internet-checksum.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { TCP_FLAGS, TCP_OPTION, type TcpFlag, TcpHeader } from '../headers/tcp.ts';
import { ipv4 } from './ipv4.ts';
import { CraftError, concat, type Layer, type Payload, padded, patch16 } from './layer.ts';
import { upperSum } from './upper-sum.ts';

const SIZE = TcpHeader.size;

/** TCP options by name, written in the order of the object's keys. */
export interface TcpOptions {
  /** Bytes (RFC 9293 section 3.2). */
  readonly maximumSegmentSize?: number;
  /** Bits to shift the window by (RFC 7323 section 2). */
  readonly windowScale?: number;
  readonly sackPermitted?: true;
  /** Left and right edges of the blocks that have arrived (RFC 2018). */
  readonly sack?: readonly (readonly [left: number, right: number])[];
  /** RFC 7323 section 3. */
  readonly timestamps?: { readonly value: number; readonly echoReply: number };
}

export interface TcpFields extends Omit<Partial<Js<typeof TcpHeader>>, 'flags'> {
  /** Names, such as `['SYN', 'ACK']`, or the byte itself. */
  readonly flags?: readonly TcpFlag[] | number;
  /** Padded with end-of-options to a multiple of 4 bytes; bytes are taken as they are. At most 40 bytes. */
  readonly options?: TcpOptions | Uint8Array;
}

const start = { kind: u8, length: u8 };
const packed = { packed: true };
const MaximumSegmentSize = struct('maximum_segment_size', { ...start, size: be16 }, packed);
const WindowScale = struct('window_scale', { ...start, shift: u8 }, packed);
const Timestamps = struct('timestamps', { ...start, value: be32, echoReply: be32 }, packed);
const SackBlock = struct('sack_block', { left: be32, right: be32 }, packed);

const OPTIONS: { readonly [K in keyof TcpOptions]-?: (value: NonNullable<TcpOptions[K]>) => Uint8Array } = {
  maximumSegmentSize: (size) =>
    encode(MaximumSegmentSize, { kind: TCP_OPTION.MAXIMUM_SEGMENT_SIZE, length: MaximumSegmentSize.size, size }),
  windowScale: (shift) => encode(WindowScale, { kind: TCP_OPTION.WINDOW_SCALE, length: WindowScale.size, shift }),
  sackPermitted: () => Uint8Array.of(TCP_OPTION.SACK_PERMITTED, 2),
  sack: (blocks) =>
    concat(
      Uint8Array.of(TCP_OPTION.SACK, 2 + blocks.length * SackBlock.size),
      ...blocks.map(([left, right]) => encode(SackBlock, { left, right })),
    ),
  timestamps: ({ value, echoReply }) =>
    encode(Timestamps, { kind: TCP_OPTION.TIMESTAMPS, length: Timestamps.size, value, echoReply }),
};

function optionBytes(options: TcpOptions): Uint8Array {
  return concat(
    ...Object.entries(options).map(([name, value]) => {
      if (!Object.hasOwn(OPTIONS, name)) {
        throw new CraftError(
          `tcp.options: no option '${name}': give ${Object.keys(OPTIONS).join(', ')}, or a Uint8Array.`,
        );
      }
      return OPTIONS[name as keyof TcpOptions](value as never);
    }),
  );
}

function flagBits(flags: readonly TcpFlag[] | number): number {
  if (typeof flags === 'number') return flags;
  let bits = 0;
  for (const flag of flags) {
    if (!Object.hasOwn(TCP_FLAGS, flag)) {
      throw new CraftError(`tcp.flags: no flag '${flag}': give ${Object.keys(TCP_FLAGS).join(', ')}.`);
    }
    bits |= TCP_FLAGS[flag];
  }
  return bits;
}

/**
 * A TCP segment. Open fields: from port 49152 to port 9 (discard), SYN, window 65535, data offset and checksum.
 *
 * @throws CraftError for an unknown flag or option, or more than 40 bytes of options
 */
export function tcp(fields: TcpFields = {}, payload: Payload = ''): Layer {
  const { options = {}, flags = ['SYN'], ...given } = fields;
  const extra = padded(options instanceof Uint8Array ? options : optionBytes(options), 4);
  if (extra.length > 40) throw new CraftError(`tcp: ${extra.length} bytes of options: give at most 40.`);
  const header = {
    sourcePort: 49152,
    destinationPort: 9,
    sequenceNumber: 0,
    acknowledgmentNumber: 0,
    dataOffset: (SIZE + extra.length) / 4,
    reserved: 0,
    flags: flagBits(flags),
    window: 65535,
    checksum: 0,
    urgentPointer: 0,
    ...given,
  };
  return {
    kind: 'layer',
    name: 'tcp',
    payload,
    protocol: IP_PROTOCOL.TCP,
    wrap: (layer) => ipv4({}, layer),
    assemble: (inner, outer) => {
      const bytes = concat(encode(TcpHeader, header), extra, inner);
      if (given.checksum === undefined) {
        const sum = upperSum(outer, IP_PROTOCOL.TCP, bytes.length);
        patch16(bytes, TcpHeader.offsets.checksum, internetChecksum(bytes, 0, bytes.length, sum));
      }
      return bytes;
    },
  };
}
