/** Why a packet for a virtual service went to no backend; each has a counter. */
export const CATCHES = ['fragment', 'noBackend', 'tooBigAnswered', 'tooBigDropped'] as const;
export type Catch = (typeof CATCHES)[number];

/** What the report says of each. */
export const CATCH_ROWS: Readonly<Record<Catch, { readonly label: string; readonly action: string }>> = {
  fragment: { label: 'fragments to a virtual address', action: 'drop' },
  noBackend: { label: 'no backend', action: 'drop' },
  tooBigAnswered: { label: 'too big for the tunnel', action: 'answer' },
  tooBigDropped: { label: 'too big, not to be answered', action: 'drop' },
};

/** The slot of its counter. */
export function slotOfCatch(what: Catch): number {
  return CATCHES.indexOf(what);
}
