/** What becomes of a packet. */
export type Fate = 'other' | 'within' | 'returned' | 'held';

const FATES: Readonly<Record<Fate, { readonly label: string; readonly action: 'pass' | 'drop' }>> = {
  other: { label: 'no SYN', action: 'pass' },
  within: { label: 'SYN within the threshold', action: 'pass' },
  returned: { label: 'SYN sent again', action: 'pass' },
  held: { label: 'SYN held back', action: 'drop' },
};
const ORDER = Object.keys(FATES) as Fate[];

export function fateSlot(fate: Fate): number {
  return ORDER.indexOf(fate);
}

export const SLOTS: number = ORDER.length;
/** Labels and actions of all counters, in the order of their slots. */
export const LABELS: readonly { readonly label: string; readonly action: string }[] = ORDER.map((fate) => FATES[fate]);
