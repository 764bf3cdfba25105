import { foldingRuns } from './folding-table.ts';

/**
 * Names are equal when their simple case foldings are (Unicode 16, C and S), without normalisation. Lower-casing is something
 * else: it differs for over 200 code points (final sigma, the long s, Cherokee, the Kelvin sign). PSD-005 2.3.
 */

let table: Map<number, number> | null = null;

function buildTable(): Map<number, number> {
  const built = new Map<number, number>();
  for (const [first, count, step, distance] of foldingRuns) {
    for (let index = 0; index < count; index += 1) {
      const codePoint = first + index * step;
      built.set(codePoint, codePoint + distance);
    }
  }
  return built;
}

const asciiOnly = /^[\x00-\x7f]*$/;

/** The folding of a name: what is compared, never what is shown. */
export function foldName(name: string): string {
  if (asciiOnly.test(name)) return name.toLowerCase();
  table ??= buildTable();
  let folded = '';
  for (const character of name) {
    const codePoint = character.codePointAt(0) ?? 0;
    const target = table.get(codePoint);
    folded += target === undefined ? character : String.fromCodePoint(target);
  }
  return folded;
}

/** Whether two names denote the same thing. */
export function sameName(left: string, right: string): boolean {
  return left === right || foldName(left) === foldName(right);
}
