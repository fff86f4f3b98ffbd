import { be16, struct, u8 } from '@hookline/layout';
import { ARP_OPERATION, ArpHeader } from '../../headers/arp.ts';
import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { after, type Dissector, readHeader } from '../view.ts';

/** The fields that say how long the addresses behind them are. */
const Start = struct(
  'arp',
  { hardwareType: be16, protocolType: be16, hardwareLength: u8, protocolLength: u8, operation: be16 },
  { packed: true },
);

export const arp: Dissector = {
  name: 'arp',
  dissect(view) {
    const start = readHeader('arp', Start, view);
    if (!start.header) return { layer: start.layer };
    const { protocolType, hardwareLength, protocolLength, operation } = start.header;
    if (protocolType !== ETHER_TYPE.IPV4 || hardwareLength !== 6 || protocolLength !== 4) {
      return { layer: start.layer, line: { text: `ARP, operation ${operation}` }, rest: after(view, Start.size) };
    }
    const { layer, header } = readHeader('arp', ArpHeader, view);
    if (!header) return { layer };
    const { senderProtocolAddress: sender, senderHardwareAddress, targetProtocolAddress: target } = header;
    const texts: Readonly<Record<number, string>> = {
      [ARP_OPERATION.REQUEST]: `Request who-has ${target} tell ${sender}`,
      [ARP_OPERATION.REPLY]: `Reply ${sender} is-at ${senderHardwareAddress}`,
    };
    const text = `ARP, ${texts[operation] ?? `operation ${operation}`}, length ${ArpHeader.size}`;
    return { layer, line: { text }, rest: after(view, layer.length) };
  },
};
