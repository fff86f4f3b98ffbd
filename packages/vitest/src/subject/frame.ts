import { craft, type Layer } from '@hookline/packet';
import { MatcherError } from '../matcher-error.ts';

/** A frame from the destination MAC address on, without FCS, or a header that becomes one: `tcp({ destinationPort: 23 })`. */
export type Frame = Uint8Array | Layer;

/** The shortest frame on a wire without its FCS (IEEE 802.3, clause 4.4.2). */
const SHORTEST = 60;

/**
 * The bytes of a frame. A header gets the headers around it, and the zeros that a sender adds to a short frame; bytes stay
 * as they are.
 *
 * @throws MatcherError MATCHER_FRAME for anything else; what `craft` refuses, as it says it
 */
export function frameBytes(frame: unknown): Uint8Array {
  if (frame instanceof Uint8Array) return frame;
  if ((frame as Partial<Layer> | null | undefined)?.kind === 'layer') {
    return craft(frame as Layer, { minimumLength: SHORTEST });
  }
  const given = frame === null ? 'null' : typeof frame;
  throw new MatcherError(
    'MATCHER_FRAME',
    `Something of type ${given} is no frame: give a Uint8Array, or a header like tcp({ destinationPort: 23 }).`,
  );
}
