const EDITS_MAX = 2;

/** Levenshtein distance, row by row. */
const editsBetween = (one: string, other: string): number => {
  const first = Array.from({ length: other.length + 1 }, (_, column) => column);
  const last = Array.from(one).reduce<readonly number[]>(
    (above, letter, row) =>
      Array.from(other).reduce<number[]>(
        (current, otherLetter, column) => {
          const kept = (above[column] ?? 0) + (letter === otherLetter ? 0 : 1);
          const changed = 1 + Math.min(above[column + 1] ?? 0, current[column] ?? 0);
          return [...current, Math.min(kept, changed)];
        },
        [row + 1],
      ),
    first,
  );
  return last.at(-1) ?? 0;
};

/** The name that was probably meant, if one is near enough. */
export const closestTo = (name: string, known: readonly string[]): string | undefined => {
  const wanted = name.toLowerCase().replaceAll('-', '_');
  const [nearest] = known
    .filter((candidate) => Math.abs(candidate.length - wanted.length) <= EDITS_MAX)
    .map((candidate) => ({ candidate, edits: editsBetween(wanted, candidate) }))
    .filter(({ edits }) => edits <= EDITS_MAX)
    .sort((a, b) => a.edits - b.edits);
  return nearest?.candidate;
};
