import { be16, bits, mac, struct } from '@hookline/layout';

/** Ethernet II (IEEE 802.3 clause 3.2), 14 bytes, without preamble and frame check sequence. */
export const EthernetHeader = struct(
  'ethernet',
  {
    destination: mac,
    source: mac,
    /** What follows, an `ETHER_TYPE`; below 1536 it is the length of an 802.3 frame instead. */
    etherType: be16,
  },
  { packed: true },
);

/**
 * An IEEE 802.1Q tag as it is read after the outer EtherType (0x8100, or 0x88a8 for a service tag): tag control
 * information, then the EtherType of what follows, 4 bytes. It begins 14 bytes into the frame.
 */
export const VlanTag = struct(
  'vlan',
  {
    ...bits(be16, {
      /** Priority code point, 0 to 7. */
      priority: 3,
      /** Drop eligible indicator. */
      dropEligible: 1,
      /** 0 is a priority tag without a VLAN, 4095 is reserved. */
      vlanId: 12,
    }),
    etherType: be16,
  },
  { packed: true },
);
