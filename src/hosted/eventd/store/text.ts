/** A condition on text: by SQL for most of the rows that do not meet it, and exactly for a line. */
export interface TextCondition {
  /** About a column, with one parameter; it may let more through. */
  readonly prefilter: Prefilter;
  matches(text: string): boolean;
}

export interface Prefilter {
  readonly sql: string;
  readonly parameter: string | Uint8Array | bigint;
}

/** SQLite tries each place of a row, so what it looks for is short: a row of equal characters would take it seconds otherwise. */
const mostCharacters = 32;

/**
 * `withZeros` is true of rows whose text has zero characters, at which LIKE stops. Without case LIKE and the comparison both know the
 * letters of ASCII only.
 */
export function textCondition(text: string, ignoreCase: boolean, column: string, withZeros: string | null): TextCondition {
  const beginning = beginningOf(text);
  if (!ignoreCase) {
    return {
      prefilter: { sql: `instr(${column}, ?) > 0`, parameter: Buffer.from(beginning) },
      matches: (line) => line.includes(text),
    };
  }
  const folded = foldLetters(text);
  const like = `${column} LIKE ? ESCAPE '\\'`;
  // A zero character would end the pattern.
  const [start = ''] = beginning.split('\0');
  return {
    prefilter: { sql: withZeros === null ? like : `(${like} OR ${withZeros})`, parameter: `%${start.replaceAll(/[\\%_]/g, '\\$&')}%` },
    matches: (line) => foldLetters(line).includes(folded),
  };
}

/** Ends between two characters. */
function beginningOf(text: string): string {
  const last = text.charCodeAt(mostCharacters - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? mostCharacters - 1 : mostCharacters);
}

const foldLetters = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Names where `*` stands for any characters. */
export const matchesAny = (patterns: readonly string[], name: string): boolean => patterns.some((pattern) => matches(pattern, name));

/** Each part where it comes first behind the one before it: so none is ever looked for twice. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let end = first.length;
  for (const part of parts) {
    const at = name.indexOf(part, end);
    if (at < 0) return false;
    end = at + part.length;
  }
  return name.length >= end + last.length && name.endsWith(last);
}
