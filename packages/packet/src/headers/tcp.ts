import { be16, be32, bits, struct, u8 } from '@hookline/layout';

/** TCP without options (RFC 9293 section 3.1), 20 bytes. */
export const TcpHeader = struct(
  'tcp',
  {
    sourcePort: be16,
    destinationPort: be16,
    sequenceNumber: be32,
    acknowledgmentNumber: be32,
    ...bits(u8, {
      /** Length of the header in 32-bit words: 5 without options, at most 15. */
      dataOffset: 4,
      reserved: 4,
    }),
    /** `TCP_FLAGS` added together. */
    flags: u8,
    window: be16,
    /** Over the pseudo-header, the header and the data. */
    checksum: be16,
    urgentPointer: be16,
  },
  { packed: true },
);

/** The control bits (RFC 9293 section 3.1). */
export const TCP_FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;
export type TcpFlag = keyof typeof TCP_FLAGS;

/** Kinds of TCP option, from IANA's TCP parameters. */
export const TCP_OPTION = {
  END: 0,
  NO_OPERATION: 1,
  MAXIMUM_SEGMENT_SIZE: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
} as const;
