import { encode, type Js } from '@hookline/layout';
import { ARP_OPERATION, ArpHeader } from '../headers/arp.ts';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { ethernet } from './ethernet.ts';
import type { Layer } from './layer.ts';

/** ARP for IPv4 over Ethernet. Open fields make the request of 192.0.2.1 for 192.0.2.2, which is broadcast. */
export function arp(fields: Partial<Js<typeof ArpHeader>> = {}): Layer {
  const header = {
    hardwareType: 1,
    protocolType: ETHER_TYPE.IPV4,
    hardwareLength: 6,
    protocolLength: 4,
    operation: ARP_OPERATION.REQUEST,
    senderHardwareAddress: '02:00:00:00:00:01',
    senderProtocolAddress: '192.0.2.1',
    targetHardwareAddress: '00:00:00:00:00:00',
    targetProtocolAddress: '192.0.2.2',
    ...fields,
  };
  return {
    kind: 'layer',
    name: 'arp',
    payload: '',
    etherType: ETHER_TYPE.ARP,
    ...(header.operation === ARP_OPERATION.REQUEST ? { wishes: { hardwareDestination: 'ff:ff:ff:ff:ff:ff' } } : {}),
    wrap: (layer) => ethernet({}, layer),
    assemble: () => encode(ArpHeader, header),
  };
}
