/** The pieces that the generated encoders build JSON text of. Names, punctuation and order are theirs; values are written here. */

/** A JSON value as peinit handles it: integers beyond 2^53 as bigint. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;

/** A JSON object; members that are undefined are left out. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** Anything but printable ASCII without the quote and the backslash. */
const special = /[^ !#-[\]-~]/;

/** A string in quotes. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
export const quote = (text: string): string => (special.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`);

/** An integer in digits; what is no number becomes null, as JSON.stringify has it. */
export const integer = (value: number | bigint): string => (typeof value === 'bigint' || Number.isFinite(value) ? `${value}` : 'null');

/** Looks empty to everyone but `list`. */
class ReadyList<T> extends Array<T> {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** Elements that are JSON already, joined by commas (SQLite wrote them, say): for a member that an encoder takes as a list. */
export const readyList = <T>(text: string): readonly T[] => new ReadyList(text);

/** Lists that never change are written once, and told from others by being frozen; each is of one kind of elements. */
const written = new WeakMap<readonly unknown[], string>();

/** A list, its elements written by `one`, unless they are ready. */
export function list<T>(values: readonly T[], one: (value: T) => string): string {
  if (values.length === 0) return values instanceof ReadyList ? `[${values.text}]` : '[]';
  if (!Object.isFrozen(values)) return writeList(values, one);
  const known = written.get(values);
  if (known !== undefined) return known;
  const text = writeList(values, one);
  written.set(values, text);
  return text;
}

function writeList<T>(values: readonly T[], one: (value: T) => string): string {
  let text = '';
  for (const value of values) text += text === '' ? one(value) : `,${one(value)}`;
  return `[${text}]`;
}

/** A free-form value, members in the order they were added. */
export function json(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
    case 'bigint':
      return integer(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default: {
      if (value === null) return 'null';
      if (isList(value)) return list(value, json);
      let text = '';
      for (const [name, member] of Object.entries(value))
        if (member !== undefined) text += `${text === '' ? '' : ','}${quote(name)}:${json(member)}`;
      return `{${text}}`;
    }
  }
}

const isList = (value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] => Array.isArray(value);
