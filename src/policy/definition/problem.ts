/** What is wrong with a value, in words that follow the name of the field or entry. They never quote it: who knows the field may. */
export interface Problem {
  /** "is 7, but must be 0 (Simple) or 1 (Oneshot)". */
  readonly what: string;
  /** A sentence: what the administrator can do. */
  readonly remedy: string;
  /** The part of the text that it is about, where the syntax tells: its first character and the one behind its last. */
  readonly at?: Stretch;
}

export type Stretch = readonly [from: number, to: number];

/** `warnings`: it is taken, and yet may not do what its author meant. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Problem[] }
  | ({ readonly ok: false } & Problem);

export const good = <T>(value: T, warnings: readonly Problem[] = []): Parsed<T> =>
  warnings.length === 0 ? { ok: true, value } : { ok: true, value, warnings };

export const bad = (what: string, remedy: string): Parsed<never> => ({ ok: false, what, remedy });

/** The same of a text that stands in a longer one; of no part of it, where it names none: of all of it. */
export const within = <T>(parsed: Parsed<T>, text: string, offset: number): Parsed<T> => {
  if (parsed.ok) return parsed;
  const [from, to] = parsed.at ?? [0, text.length];
  return { ...parsed, at: [from + offset, to + offset] };
};

const maxQuoted = 80;

/** Text from outside for a message: quoted, on one line, shortened. */
export const quote = (text: string): string => JSON.stringify(text.length > maxQuoted ? `${text.slice(0, maxQuoted)}...` : text);

/** "a", "a or b", "a, b or c". */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
