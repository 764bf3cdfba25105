/** JSON with 64-bit numbers: an integer that a double does not hold exactly is read as bigint. The same on every runtime. */

/** A JSON value; integers beyond 2^53 are bigint. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

const manyDigits = /\d{16}/;
/** Digits where an integer may stand; in a text they may look so as well. */
const largeIntegers = /[[:,\s]-?(\d{16,})(?=[\],}\s])/g;
/** Strings and integers of JSON text; a number with a fraction or an exponent is no integer. */
const stringsAndIntegers = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
/** Begins a string that stands for an integer; nobody else knows it. */
const mark = `${crypto.randomUUID()}:`;

/** Whether an integer may be in it that a double does not hold; few texts have one, and reading them takes several times as long. */
function mayBeLarge(text: string): boolean {
  if (!manyDigits.test(text)) return false;
  for (const [, digits] of text.matchAll(largeIntegers)) if (!Number.isSafeInteger(Number(digits))) return true;
  return false;
}

/** Throws a SyntaxError where it is no JSON. */
export function parseJson(text: string): unknown {
  if (!mayBeLarge(text)) return JSON.parse(text);
  const marked = text.replace(stringsAndIntegers, (found) =>
    /^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found)) ? `"${mark}${found}"` : found,
  );
  return JSON.parse(marked, (_, value) => (typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value));
}

const marks = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/** JSON text of a value with bigints. */
export const formatJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${mark}${inner}` : inner)).replace(marks, '$1');
