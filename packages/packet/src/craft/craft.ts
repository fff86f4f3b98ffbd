import { assemble, CraftError, concat, type Layer } from './layer.ts';

export interface CraftOptions {
  /** `none` leaves an IP packet without a frame, as link type RAW holds it. Default `ethernet`. */
  readonly link?: 'ethernet' | 'none';
  /** Zeros behind the packet up to this many bytes: 60 makes the smallest frame that Ethernet allows. Default none. */
  readonly minimumLength?: number;
}

/**
 * The bytes of a packet: `craft(tcp({ destinationPort: 23 }))`. Headers that are missing around the outermost layer get
 * their usual values; lengths, next-protocol fields and checksums are filled in. What a layer's author gave stays as
 * given, right or wrong.
 *
 * @throws CraftError CRAFT_INVALID; LayoutError LAYOUT_VALUE with the path of a field whose value does not fit
 */
export function craft(layer: Layer, options: CraftOptions = {}): Uint8Array {
  const { link = 'ethernet', minimumLength = 0 } = options;
  const bare = link === 'none';
  if (layer?.kind !== 'layer') {
    throw new CraftError(`craft: a ${typeof layer} is no header: give one, like tcp({ destinationPort: 80 }).`);
  }
  let outermost = layer;
  while (outermost.wrap && !(bare && isIp(outermost))) outermost = outermost.wrap(outermost);
  if (bare && !isIp(outermost)) {
    throw new CraftError(
      `craft: ${layer.name} is no IP packet: leave link: 'none' out, or put it inside ipv4 or ipv6.`,
    );
  }
  const bytes = assemble(outermost, {});
  return bytes.length < minimumLength ? concat(bytes, new Uint8Array(minimumLength - bytes.length)) : bytes;
}

function isIp(layer: Layer): boolean {
  return layer.name === 'ipv4' || layer.name === 'ipv6';
}
