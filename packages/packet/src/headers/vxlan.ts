import { be32, bits, struct } from '@hookline/layout';

/** VXLAN (RFC 7348 section 5), 8 bytes, after UDP to port 4789; an Ethernet frame follows. */
export const VxlanHeader = struct(
  'vxlan',
  {
    ...bits(be32, {
      /** 0x08 says that `vni` is valid. */
      flags: 8,
      reserved: 24,
    }),
    ...bits(be32, {
      /** VXLAN network identifier. */
      vni: 24,
      reserved2: 8,
    }),
  },
  { packed: true },
);

/** The UDP port that IANA gave to VXLAN. */
export const VXLAN_PORT = 4789;
