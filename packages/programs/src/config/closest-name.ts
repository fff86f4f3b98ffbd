/** The name that was probably meant: at most two letters off and less than half of the word, capitals aside. */
export function closestName(wrong: string, names: readonly string[]): string | undefined {
  const scored = names
    .map((name) => ({ name, distance: editDistance(wrong.slice(0, 64).toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= 2 && distance * 2 < name.length)
    .toSorted((a, b) => a.distance - b.distance);
  return scored[0]?.name;
}

/** `did you mean protocol?`, or the list of what there is. */
export function suggest(wrong: string, names: readonly string[]): string {
  const closest = closestName(wrong, names);
  return closest === undefined ? `use one of ${names.join(', ')}.` : `did you mean '${closest}'?`;
}

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      current.push(Math.min(replace, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
