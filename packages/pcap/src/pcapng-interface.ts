import type { CaptureInterface } from './capture-interface.ts';
import {
  IF_DESCRIPTION,
  IF_FCSLEN,
  IF_NAME,
  IF_TSOFFSET,
  IF_TSRESOL,
  readOptions,
  readText,
} from './pcapng-options.ts';
import { resolutionFromByte } from './timestamp-scale.ts';

/** Most bytes kept of a name: interface descriptions are remembered for the whole capture. */
const NAME_LIMIT = 1024;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface OptionReader {
  /** Length that the value must have, undefined for text. */
  readonly length: number | undefined;
  readonly read: (found: Mutable<CaptureInterface>, value: Uint8Array, littleEndian: boolean) => void;
}

/** Options of an Interface Description Block that matter for reading packets (draft-ietf-opsawg-pcapng, 4.2). */
const OPTIONS: ReadonlyMap<number, OptionReader> = new Map<number, OptionReader>([
  [IF_NAME, { length: undefined, read: (found, value) => (found.name = readText(value.subarray(0, NAME_LIMIT))) }],
  [
    IF_DESCRIPTION,
    { length: undefined, read: (found, value) => (found.description = readText(value.subarray(0, NAME_LIMIT))) },
  ],
  [IF_TSRESOL, { length: 1, read: (found, value) => (found.resolution = resolutionFromByte(value[0] ?? 0)) }],
  [IF_FCSLEN, { length: 1, read: (found, value) => (found.fcsLength = fcsOctets(value[0] ?? 0)) }],
  [
    IF_TSOFFSET,
    {
      length: 8,
      read: (found, value, littleEndian) => {
        const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
        found.timestampOffset = view.getBigInt64(0, littleEndian);
      },
    },
  ],
]);

/**
 * Reads the body of an Interface Description Block (without type and lengths).
 *
 * @returns the interface, or a sentence that says what is wrong with it.
 */
export function parseInterface(body: Uint8Array, littleEndian: boolean): CaptureInterface | string {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const found: Mutable<CaptureInterface> = {
    linkType: view.getUint16(0, littleEndian),
    snapLength: view.getUint32(4, littleEndian),
    name: undefined,
    description: undefined,
    fcsLength: undefined,
    resolution: { base: 10, exponent: 6 },
    timestampOffset: 0n,
  };
  const options = readOptions(body.subarray(8), littleEndian);
  if (options === undefined) return 'an option of an interface runs past the end of its block';
  for (const { code, value } of options) {
    const option = OPTIONS.get(code);
    if (option === undefined) continue;
    if (option.length !== undefined && value.length !== option.length) {
      return `interface option ${code} has ${value.length} bytes instead of ${option.length}`;
    }
    option.read(found, value, littleEndian);
  }
  return found;
}

/** The draft counts `if_fcslen` in bits, its own example and Wireshark in octets: from 16 on it can only be bits. */
function fcsOctets(value: number): number {
  return value >= 16 ? value >>> 3 : value;
}
