import { IP_PROTOCOL } from '../../headers/ip-protocol.ts';
import { TCP_FLAGS, TCP_OPTION, TcpHeader } from '../../headers/tcp.ts';
import type { DissectedField } from '../dissection.ts';
import { type OptionStyle, readOptions } from '../options.ts';
import { verifyWithPseudoHeader } from '../verify.ts';
import { after, type Dissector, malformed, noteShort, readHeader } from '../view.ts';

const OPTIONS: OptionStyle = {
  single: new Set([TCP_OPTION.END, TCP_OPTION.NO_OPERATION]),
  last: TCP_OPTION.END,
  size: (length) => length,
  names: {
    [TCP_OPTION.END]: 'end',
    [TCP_OPTION.NO_OPERATION]: 'noOperation',
    [TCP_OPTION.MAXIMUM_SEGMENT_SIZE]: 'maximumSegmentSize',
    [TCP_OPTION.WINDOW_SCALE]: 'windowScale',
    [TCP_OPTION.SACK_PERMITTED]: 'sackPermitted',
    [TCP_OPTION.SACK]: 'sack',
    [TCP_OPTION.TIMESTAMPS]: 'timestamps',
  },
  values: {
    [TCP_OPTION.MAXIMUM_SEGMENT_SIZE]: (data) => (data.byteLength === 2 ? data.getUint16(0) : undefined),
    [TCP_OPTION.WINDOW_SCALE]: (data) => (data.byteLength === 1 ? data.getUint8(0) : undefined),
    [TCP_OPTION.TIMESTAMPS]: (data) =>
      data.byteLength === 8 ? `val ${data.getUint32(0)} ecr ${data.getUint32(4)}` : undefined,
  },
};

/** tcpdump's letters, in its order. */
const LETTERS: Readonly<Record<keyof typeof TCP_FLAGS, string>> = {
  FIN: 'F',
  SYN: 'S',
  RST: 'R',
  PSH: 'P',
  ACK: '.',
  URG: 'U',
  ECE: 'E',
  CWR: 'W',
};

function flagLetters(flags: number): string {
  const letters = Object.entries(TCP_FLAGS)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => LETTERS[name as keyof typeof TCP_FLAGS]);
  return letters.join('') || 'none';
}

const SHORT: Readonly<Record<string, string>> = {
  end: 'eol',
  noOperation: 'nop',
  maximumSegmentSize: 'mss',
  windowScale: 'wscale',
  sackPermitted: 'sackOK',
  timestamps: 'TS',
};

function optionText({ name, value }: DissectedField): string {
  const short = SHORT[name] ?? name;
  return typeof value === 'object' ? short : `${short} ${value}`;
}

export const tcp: Dissector = {
  name: 'tcp',
  dissect(view) {
    const { layer, header } = readHeader('tcp', TcpHeader, view);
    if (!header) return { layer };
    const { sourcePort, destinationPort, sequenceNumber, acknowledgmentNumber, flags, window } = header;
    const ports = [sourcePort, destinationPort] as const;
    const size = header.dataOffset * 4;
    layer.checksum = verifyWithPseudoHeader(view, IP_PROTOCOL.TCP, view.end);
    if (size < TcpHeader.size) {
      malformed(layer, `dataOffset ${header.dataOffset} is less than 5`);
      return { layer, line: { ports, text: `Flags [${flagLetters(flags)}]` } };
    }
    if (view.start + size > view.end) noteShort(layer, view, size, 'the header');
    readOptions(layer, view, view.start + size, OPTIONS);
    const length = Math.max(0, view.claimedEnd - view.start - size);
    const last = (sequenceNumber + length) >>> 0;
    const parts = [
      `Flags [${flagLetters(flags)}]`,
      `seq ${sequenceNumber}${length > 0 ? `:${last}` : ''}`,
      ...(flags & TCP_FLAGS.ACK ? [`ack ${acknowledgmentNumber}`] : []),
      `win ${window}`,
      ...(flags & TCP_FLAGS.URG ? [`urg ${header.urgentPointer}`] : []),
      ...(layer.options.length > 0 ? [`options [${layer.options.map(optionText).join(',')}]`] : []),
      `length ${length}`,
    ];
    return { layer, line: { ports, text: parts.join(', ') }, rest: after(view, size) };
  },
};
