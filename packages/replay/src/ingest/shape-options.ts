import { ReplayError } from '../replay-error.ts';

/** What to do with packets that no wire has carried as the capture shows them. */
export interface ShapeOptions {
  /** Packets that the capture holds only in part: fill them with zeros, send what there is, or leave them out. */
  readonly cut: 'pad' | 'keep' | 'skip';
  /** Frames above the MTU, as captures taken on a host with GSO or GRO have them: TCP is cut into segments as the NIC did. */
  readonly oversize: 'segment' | 'keep' | 'skip';
  /** Checksums that the sender left to its NIC. Segments always have theirs. */
  readonly checksums: 'keep' | 'repair';
  /** A frame check sequence at the end: `auto` strips it where the capture says that it is there. */
  readonly fcs: 'auto' | 'strip' | 'keep';
  /** `in` leaves out what the capturing host sent itself, `out` the rest; packets without a direction always count. */
  readonly direction: 'both' | 'in' | 'out';
  /** Write the NIC's own address into the destination, so that it accepts the frames without being promiscuous. */
  readonly rewriteDestination: boolean;
}

export const DEFAULT_SHAPE: ShapeOptions = {
  cut: 'pad',
  oversize: 'segment',
  checksums: 'keep',
  fcs: 'auto',
  direction: 'both',
  rewriteDestination: false,
};

const VALUES: { readonly [K in keyof ShapeOptions]: readonly ShapeOptions[K][] } = {
  cut: ['pad', 'keep', 'skip'],
  oversize: ['segment', 'keep', 'skip'],
  checksums: ['keep', 'repair'],
  fcs: ['auto', 'strip', 'keep'],
  direction: ['both', 'in', 'out'],
  rewriteDestination: [false, true],
};

/** @throws ReplayError REPLAY_OPTION for an option or a value that does not exist */
export function checkShape(shape: Partial<ShapeOptions>): void {
  for (const [name, value] of Object.entries(shape)) {
    const values: readonly unknown[] = Object.hasOwn(VALUES, name) ? VALUES[name as keyof ShapeOptions] : [];
    if (values.includes(value)) continue;
    const what =
      values.length === 0
        ? `there is no option shape.${name}: give one of ${Object.keys(VALUES).join(', ')}`
        : `shape.${name} is ${String(value)}: give ${values.join(' or ')}`;
    throw new ReplayError('REPLAY_OPTION', `${what}.`);
  }
}
