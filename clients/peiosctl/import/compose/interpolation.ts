/** Variables in a Compose file: $NAME, ${NAME}, with - and :- a default, with + and :+ an alternative, $$ for a dollar. */
import type { Data } from './data.ts';
import { isList, isObject } from './data.ts';

const form = /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])([^}]*))?\})/g;

export function interpolate(
  data: Data,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly data: Data; readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const fill = (text: string): string =>
    text.replaceAll(form, (_, plain?: string, braced?: string, operator?: string, word = '') => {
      const name = plain ?? braced;
      if (name === undefined) return '$';
      const value = environment[name];
      const there = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
      if (operator?.endsWith('+') === true) return there ? word : '';
      if (there) return value;
      if (operator?.endsWith('-') === true) return word;
      missing.add(name);
      return '';
    });
  const walk = (part: Data): Data => {
    if (typeof part === 'string') return fill(part);
    if (isList(part)) return part.map(walk);
    return isObject(part) ? Object.fromEntries(Object.entries(part).map(([key, value]) => [key, walk(value)])) : part;
  };
  return { data: walk(data), missing: [...missing] };
}
