export type NicErrorCode = 'NIC_OPTION' | 'NIC_REGISTER' | 'NIC_RING' | 'NIC_DMA' | 'NIC_SOURCE';

/**
 * Thrown when a device is set up or driven in a way that real hardware answers with a hang or a bus error: an impossible
 * option, an unknown register, a ring that is none, a descriptor that points outside memory; and for a frame that no wire
 * carries. Always the mistake of a driver, of a frame source or of whoever built the machine, never a consequence of traffic.
 */
export class NicError extends Error {
  readonly code: NicErrorCode;

  constructor(code: NicErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
