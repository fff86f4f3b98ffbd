import { encode, type Js } from '@hookline/layout';
import { VXLAN_PORT, VxlanHeader } from '../headers/vxlan.ts';
import { ethernet } from './ethernet.ts';
import { concat, isLayer, type Layer, type Payload } from './layer.ts';
import { udp } from './udp.ts';

/** VXLAN around an Ethernet frame; a payload that is no frame yet becomes one. */
export function vxlan(fields: Partial<Js<typeof VxlanHeader>> = {}, payload: Payload = ''): Layer {
  const carried = isLayer(payload) && payload.name !== 'ethernet' ? ethernet({}, payload) : payload;
  return {
    kind: 'layer',
    name: 'vxlan',
    payload: carried,
    wishes: { destinationPort: VXLAN_PORT },
    wrap: (layer) => udp({}, layer),
    assemble: (inner) =>
      concat(encode(VxlanHeader, { flags: 0x08, reserved: 0, vni: 1, reserved2: 0, ...fields }), inner),
  };
}
