import { LINK_TYPE } from '../headers/link-type.ts';
import type { Dissection } from './dissection.ts';
import { REGISTRY } from './registry.ts';
import { type Spoken, summarize } from './summary.ts';
import type { Dissector, View } from './view.ts';

/** More headers than any real packet has; a packet made of tunnels alone stops here. */
const MOST_LAYERS = 64;

/**
 * Takes a packet apart. It never throws, whatever the bytes: what is missing or contradicts itself is noted on its layer.
 *
 * @param linkType what the packet begins with, a LINKTYPE_ value as capture files hold it: EN10MB 1 (the default), NULL
 *   0, LOOP 108, RAW 101 (12, 14), IPV4 228, IPV6 229, LINUX_SLL 113, LINUX_SLL2 276. Others have no layers.
 * @param originalLength bytes that the packet had on the wire, where the capture kept fewer
 */
export function dissect(
  bytes: Uint8Array,
  linkType: number = LINK_TYPE.EN10MB,
  originalLength: number = bytes.length,
): Dissection {
  const spoken: Spoken[] = [];
  const claimedEnd = Math.max(bytes.length, originalLength);
  let view: View = { bytes, start: 0, end: bytes.length, claimedEnd, quoted: false, partial: false };
  let dissector: Dissector | undefined = REGISTRY.linkType[linkType];
  while (dissector && spoken.length < MOST_LAYERS) {
    const { layer, line, rest, next }: ReturnType<Dissector['dissect']> = dissector.dissect(view);
    // A link type without a header, such as RAW, is no layer of its own.
    if (layer.length > 0 || layer.notes.length > 0) spoken.push({ layer, line });
    view = rest ?? { ...view, start: view.end };
    if (!next || (view.start >= view.end && view.claimedEnd <= view.end)) break;
    dissector = REGISTRY[next.table][next.key];
  }
  return {
    linkType,
    layers: spoken.map(({ layer }) => layer),
    payload: { offset: view.start, length: Math.max(0, view.end - view.start) },
    summary: summarize(spoken, claimedEnd),
  };
}
