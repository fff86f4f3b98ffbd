/** Block types (draft-ietf-opsawg-pcapng, section 11.1). The Section Header's reads the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const OBSOLETE_PACKET = 2;
export const SIMPLE_PACKET = 3;
export const ENHANCED_PACKET = 6;

/** Byte-order magic of a section header, as its writer's byte order stores it. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type, length, and length again: the shortest block. */
export const SHORTEST_BLOCK = 12;
export const SHORTEST_SECTION_HEADER = 28;
export const SHORTEST_INTERFACE = 20;
export const SHORTEST_PACKET = 32;
export const SHORTEST_SIMPLE_PACKET = 16;

/** From the start of an Enhanced or obsolete Packet Block to its packet. */
export const PACKET_DATA = 28;
/** From the start of a Simple Packet Block to its packet. */
export const SIMPLE_PACKET_DATA = 12;
