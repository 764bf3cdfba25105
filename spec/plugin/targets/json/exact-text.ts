/** JSON with all digits of integers that a double would round. */

/** Stands before them while they are strings; no text of the schema begins with it. */
const mark = '\u0001integer:';
const marked = /"\\u0001integer:(-?\d+)"/g;

export const exactText = (value: unknown, indent: number): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${mark}${inner}` : inner), indent).replaceAll(marked, '$1');
