/** JSON without loss: integers beyond 2^53 are kept as they were written. */

export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source: string }) => unknown;

const exact: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;

/** Throws a SyntaxError where it is none. */
export const parseJson = (text: string): Json => JSON.parse(text, exact as (key: string, value: unknown) => unknown) as Json;

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** One line of JSON. */
export const printJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner), indent);

/** Whether a line has no blank outside of its texts. */
export const isCompact = (line: string): boolean => !/\s/.test(line.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
