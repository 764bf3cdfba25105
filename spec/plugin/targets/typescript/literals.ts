/** Literals of TypeScript. */
import type { TableValue } from '../../fact-rows.ts';

/** A string in single quotes. */
export const literal = (text: string): string => {
  const quoted = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${quoted.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
};

const isName = (name: string): boolean => /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name);

/** A member name, quoted where TypeScript needs it. */
export const memberName = (name: string): string => (isName(name) ? name : literal(name));

/** Access to a member of `object`. */
export const access = (object: string, name: string): string => (isName(name) ? `${object}.${name}` : `${object}[${literal(name)}]`);

/** A value of a table. Members that are undefined are left out. */
export function tsLiteral(value: TableValue, indent = ''): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return literal(value);
  if (typeof value === 'bigint') return `${value}n`;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return oneOrMany(
      '[',
      ']',
      (value as readonly TableValue[]).map((element) => tsLiteral(element, inner)),
      indent,
    );
  const entries = Object.entries(value as { readonly [name: string]: TableValue | undefined }).filter(
    (entry): entry is [string, TableValue] => entry[1] !== undefined,
  );
  return oneOrMany(
    '{',
    '}',
    entries.map(([name, member]) => `${memberName(name)}: ${tsLiteral(member, inner)}`),
    indent,
  );
}

/** On one line where that is short enough. */
function oneOrMany(open: string, close: string, parts: readonly string[], indent: string): string {
  if (parts.length === 0) return `${open}${close}`;
  const gap = open === '{' ? ' ' : '';
  const line = `${open}${gap}${parts.join(', ')}${gap}${close}`;
  if (line.length + indent.length <= 120 && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}${close}`;
}
