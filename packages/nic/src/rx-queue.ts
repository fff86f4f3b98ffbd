import type { LinearMemory } from '@hookline/machine';
import { copyFrame } from './copy-frame.ts';
import { RSS_TYPE, RX_STATUS } from './descriptors.ts';
import { Ring } from './ring.ts';

const DONE = RX_STATUS.DESCRIPTOR_DONE | RX_STATUS.END_OF_PACKET;
/** Destination and source address: what stands before a VLAN tag. */
const ADDRESSES = 12;
const TAG = 4;

/** A receive queue: writes frames into the buffers that the driver hands over through its ring. */
export class RxQueue {
  readonly ring: Ring;
  readonly #memory: LinearMemory;
  /** Bytes of every buffer. */
  bufferSize = 0;
  /** Whether a frame without a descriptor is dropped at once, rather than wait and hold up those behind it. */
  dropsWithoutDescriptor = false;
  /** Whether the outermost 802.1Q tag is moved from the frame into the descriptor. */
  stripsVlan = false;
  packets = 0;
  bytes = 0;
  /** Frames dropped for want of a descriptor. */
  drops = 0;

  constructor(memory: LinearMemory, what: string) {
    this.#memory = memory;
    this.ring = new Ring(memory, what);
  }

  /**
   * Writes a frame into the buffer of the next descriptor, which must be there, and the descriptor back.
   *
   * @param type an RSS type
   * @param hash as a signed 32-bit integer
   * @throws NicError when the descriptor points outside memory
   */
  receive(bytes: Uint8Array, offset: number, length: number, type: number, hash: number): void {
    const ring = this.ring;
    const words = this.#memory.words;
    const descriptor = ring.headAddress >>> 2;
    const buffer = (words[descriptor] as number) >>> 0;
    ring.checkBuffer(buffer, words[descriptor + 1] as number, length);
    let written = length;
    let status = DONE;
    let vlan = 0;
    if (this.stripsVlan && length >= ADDRESSES + TAG && bytes[offset + 12] === 0x81 && bytes[offset + 13] === 0) {
      status |= RX_STATUS.VLAN_PACKET;
      vlan = ((bytes[offset + 14] as number) << 8) | (bytes[offset + 15] as number);
      written -= TAG;
      copyFrame(this.#memory, bytes, offset, buffer, ADDRESSES);
      copyFrame(this.#memory, bytes, offset + ADDRESSES + TAG, buffer + ADDRESSES, written - ADDRESSES);
    } else {
      copyFrame(this.#memory, bytes, offset, buffer, length);
    }
    words[descriptor] = type;
    words[descriptor + 1] = type === RSS_TYPE.NONE ? 0 : hash;
    words[descriptor + 2] = status;
    words[descriptor + 3] = written | (vlan << 16);
    ring.advance();
    this.packets++;
    this.bytes += written;
  }
}
