import { be16, bytes, mac, struct, u8 } from '@hookline/layout';

/** An IEEE 802.3 frame's header with a length, 14 bytes: what Ethernet is where `etherType` would be up to 1500. */
export const Ieee8023Header = struct('ieee8023', { destination: mac, source: mac, length: be16 }, { packed: true });

/** Logical link control with a one-byte control field (IEEE 802.2), 3 bytes. */
export const LlcHeader = struct(
  'llc',
  { destinationServicePoint: u8, sourceServicePoint: u8, control: u8 },
  { packed: true },
);

/** The subnetwork access protocol behind service points 0xaa (RFC 1042), 5 bytes. */
export const SnapHeader = struct('snap', { organisation: bytes(3), etherType: be16 }, { packed: true });
