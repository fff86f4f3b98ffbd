/** Bits of the FCTRL register: which frames pass whatever their destination. */
export const ACCEPT = {
  /** Every unicast destination: promiscuous. */
  UNICAST: 1 << 0,
  MULTICAST: 1 << 1,
  BROADCAST: 1 << 2,
} as const;
export const ACCEPT_ALL = 0b111;

/** What a destination address is. Its numbers are positions in `AddressFilter.counts`. */
const KIND = { unicast: 0, multicast: 1, broadcast: 2 } as const;

/**
 * The MAC's destination filter. It passes what is addressed to the station, and what `accept` says.
 */
export class AddressFilter {
  /** Bits of `ACCEPT`; everything until a driver says otherwise. */
  accept: number = ACCEPT_ALL;
  /** The station's address, 6 bytes. */
  readonly station: Uint8Array;
  /** Frames that passed: unicast, multicast, broadcast. */
  readonly counts: Float64Array = new Float64Array(3);

  constructor(station: Uint8Array) {
    this.station = Uint8Array.from(station);
  }

  /** Whether a frame passes; its first 6 bytes must be there. */
  passes(bytes: Uint8Array, offset: number): boolean {
    const kind = ((bytes[offset] as number) & 1) === 0 ? KIND.unicast : groupKind(bytes, offset);
    if ((this.accept & (1 << kind)) === 0 && !(kind === KIND.unicast && this.#isOurs(bytes, offset))) return false;
    (this.counts[kind] as number)++;
    return true;
  }

  #isOurs(bytes: Uint8Array, offset: number): boolean {
    for (let i = 0; i < 6; i++) {
      if (bytes[offset + i] !== this.station[i]) return false;
    }
    return true;
  }
}

function groupKind(bytes: Uint8Array, offset: number): number {
  for (let i = 0; i < 6; i++) {
    if (bytes[offset + i] !== 0xff) return KIND.multicast;
  }
  return KIND.broadcast;
}
