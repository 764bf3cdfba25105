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

/**
 * `withZeros` is true of rows whose text has zero characters, at which LIKE stops. Without case LIKE and the expression both know the
 * letters of ASCII only.
 */
export function textCondition(text: string, ignoreCase: boolean, column: string, withZeros: string | null): TextCondition {
  if (!ignoreCase) {
    return {
      prefilter: { sql: `instr(${column}, ?) > 0`, parameter: Buffer.from(text) },
      matches: (line) => line.includes(text),
    };
  }
  const expression = anyCase(text);
  const like = `${column} LIKE ? ESCAPE '\\'`;
  // A zero character would end the pattern.
  const [start = ''] = text.split('\0');
  return {
    prefilter: { sql: withZeros === null ? like : `(${like} OR ${withZeros})`, parameter: `%${start.replaceAll(/[\\%_]/g, '\\$&')}%` },
    matches: (line) => expression.test(line),
  };
}

const anyCase = (text: string): RegExp =>
  new RegExp(
    Array.from(text, (character) =>
      /^[a-z]$/i.test(character) ? `[${character.toLowerCase()}${character.toUpperCase()}]` : RegExp.escape(character),
    ).join(''),
  );

/** Names where `*` stands for any characters. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's').test(name));
}
