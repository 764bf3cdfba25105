/** What a YAML file holds. */
import type { Entry } from '../conversion.ts';

export type Data = string | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

export interface ComposeEntry extends Entry {
  readonly data: Data;
}

export const isObject = (value: unknown): value is Record<string, Data> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Data): value is readonly Data[] => Array.isArray(value);

/** A value on one line. */
export const textOf = (data: Data): string => (typeof data === 'string' ? data : data === null ? '' : JSON.stringify(data));

/** A list, or a single value as one. */
export const listOf = (data: Data): readonly string[] => (isList(data) ? data.map(textOf) : data === null ? [] : [textOf(data)]);

/** A map, or a list of KEY=VALUE, as pairs; null: there is no value. */
export function pairsOf(data: Data): readonly (readonly [key: string, value: string | null])[] {
  if (isObject(data)) return Object.entries(data).map(([key, value]) => [key, value === null ? null : textOf(value)]);
  return listOf(data).map((item) => {
    const equal = item.indexOf('=');
    return equal < 0 ? [item, null] : [item.slice(0, equal), item.slice(equal + 1)];
  });
}
