import { be16, bytes, mac, struct, u8 } from '@hookline/layout';
import { EthernetHeader, VlanTag } from '../../headers/ethernet.ts';
import { after, type Dissector, limited, malformed, readFields, readHeader } from '../view.ts';

/** IEEE 802.3 clause 3.2.6: values up to this are a length, values from 1536 a type. */
const LARGEST_LENGTH = 1500;

const LengthHeader = struct('ieee8023', { destination: mac, source: mac, length: be16 }, { packed: true });

function hex(number: number): string {
  return `0x${number.toString(16).padStart(4, '0')}`;
}

export const ethernet: Dissector = {
  name: 'ethernet',
  dissect(view) {
    const { bytes: all, start, end } = view;
    const typeOrLength = end - start < 14 ? 0xffff : ((all[start + 12] as number) << 8) | (all[start + 13] as number);
    if (typeOrLength <= LARGEST_LENGTH) return ieee8023.dissect(view);
    const { layer, header } = readHeader('ethernet', EthernetHeader, view);
    if (!header) return { layer };
    const { source, destination, etherType } = header;
    return {
      layer,
      line: { text: `${source} > ${destination}, ethertype ${hex(etherType)}, length ${view.claimedEnd - start}` },
      rest: after(view, layer.length),
      next: { table: 'etherType', key: etherType },
    };
  },
};

const ieee8023: Dissector = {
  name: 'ieee8023',
  dissect(view) {
    const { layer, header } = readHeader('ieee8023', LengthHeader, view);
    if (!header) return { layer };
    const { source, destination, length } = header;
    const rest = after(view, layer.length);
    if (rest.start + length > view.claimedEnd) malformed(layer, `length ${length} reaches behind the packet`);
    return {
      layer,
      line: { text: `${source} > ${destination}, 802.3, length ${length}` },
      rest: limited(rest, length),
      next: { table: 'ieee8022', key: 0 },
    };
  },
};

export const vlan: Dissector = {
  name: 'vlan',
  dissect(view) {
    const { layer, header } = readHeader('vlan', VlanTag, view);
    if (!header) return { layer };
    const rest = after(view, layer.length);
    const line = { text: `vlan ${header.vlanId}` };
    if (header.etherType <= LARGEST_LENGTH) {
      return { layer, line, rest: limited(rest, header.etherType), next: { table: 'ieee8022', key: 0 } };
    }
    return { layer, line, rest, next: { table: 'etherType', key: header.etherType } };
  },
};

const LlcHeader = struct('llc', { destinationServicePoint: u8, sourceServicePoint: u8, control: u8 }, { packed: true });
const SnapHeader = struct('snap', { organisation: bytes(3), etherType: be16 }, { packed: true });
const SNAP = 0xaa;

/** Logical link control (IEEE 802.2) with the SNAP extension (RFC 1042), which leads back to EtherTypes. */
export const llc: Dissector = {
  name: 'llc',
  dissect(view) {
    const { layer, header } = readHeader('llc', LlcHeader, view);
    if (!header) return { layer };
    const { destinationServicePoint, sourceServicePoint, control } = header;
    const line = { text: `LLC, dsap ${hex(destinationServicePoint)}, ssap ${hex(sourceServicePoint)}` };
    if (destinationServicePoint !== SNAP || sourceServicePoint !== SNAP || control !== 3) {
      return { layer, line, rest: after(view, layer.length) };
    }
    const snap = readFields(layer, SnapHeader, view);
    if (!snap) return { layer, line };
    const rest = after(view, layer.length);
    if (snap.organisation.some((byte) => byte !== 0)) return { layer, line, rest };
    return { layer, line, rest, next: { table: 'etherType', key: snap.etherType } };
  },
};
