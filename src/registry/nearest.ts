/** A typing error or two away. */
const longestDistance = 2;

/** The candidate that was probably meant; null where none is near. Cheap enough for some thousand candidates. */
export function nearest(word: string, candidates: Iterable<string>, fold: (text: string) => string = lower): string | null {
  const folded = fold(word);
  // Of a short word two errors leave nothing.
  const most = Math.min(longestDistance, Math.floor(folded.length / 2));
  let best: string | null = null;
  let least = most + 1;
  for (const candidate of candidates) {
    const other = fold(candidate);
    if (Math.abs(other.length - folded.length) >= least) continue;
    const found = distance(folded, other);
    if (found < least) [best, least] = [candidate, found];
  }
  return best;
}

const lower = (text: string): string => text.toLowerCase();

/** Letters to add, remove, replace or swap with their neighbour to make one word of the other. */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, above] = [above, line];
  }
  return above[to.length] ?? 0;
}
