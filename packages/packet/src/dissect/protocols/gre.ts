import { be16, be32, struct } from '@hookline/layout';
import { GreHeader } from '../../headers/gre.ts';
import { verifyPlain } from '../verify.ts';
import { after, type Dissector, readFields, readHeader } from '../view.ts';

const Checksum = struct('gre_checksum', { checksum: be16, reserved1: be16 }, { packed: true });
const Key = struct('gre_key', { key: be32 }, { packed: true });
const SequenceNumber = struct('gre_sequence_number', { sequenceNumber: be32 }, { packed: true });

export const gre: Dissector = {
  name: 'gre',
  dissect(view) {
    const { layer, header } = readHeader('gre', GreHeader, view);
    if (!header) return { layer };
    const { version, protocolType } = header;
    const line = { text: `GREv${version}, length ${view.claimedEnd - view.start}` };
    // Version 1 is PPTP's (RFC 2637), with fields of its own.
    if (version !== 0) return { layer, line, rest: after(view, layer.length) };
    if (header.checksumPresent || header.routingPresent) {
      if (!readFields(layer, Checksum, view)) return { layer, line };
      if (header.checksumPresent) layer.checksum = verifyPlain(view, view.start, view.end);
    }
    let text = 'GREv0';
    if (header.keyPresent) {
      const key = readFields(layer, Key, view);
      if (!key) return { layer, line };
      text += `, key=0x${key.key.toString(16)}`;
    }
    if (header.sequenceNumberPresent) {
      const sequence = readFields(layer, SequenceNumber, view);
      if (!sequence) return { layer, line };
      text += `, seq ${sequence.sequenceNumber}`;
    }
    const rest = after(view, layer.length);
    const whole = { text: `${text}, length ${view.claimedEnd - view.start}` };
    // A list of routes follows (RFC 1701), of which nothing is left on today's networks.
    if (header.routingPresent) return { layer, line: whole, rest };
    return { layer, line: whole, rest, next: { table: 'etherType', key: protocolType } };
  },
};
