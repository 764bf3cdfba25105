/** Python 3.10: names in its case and out of the way of its keywords, open enums, integers of any size. */
import type { Language } from '../../language.ts';
import { snakeCase } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';
import type { Imports } from './imports.ts';

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** The line length of the formatter. */
export const longest = 140;

/** Beside a text, the quotes and the indent that it has at most. */
const width = 100;

/** Words of one paragraph in lines of at most `room` characters. */
function wrap(paragraph: string, room: number): readonly string[] {
  const lines: string[] = [];
  const hanging = paragraph.startsWith('- ') ? '  ' : '';
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : hanging + word);
  }
  return lines;
}

/** In double quotes, or in single ones where that spares escapes, as the formatter wants it. */
export function literal(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return text.includes('"') && !text.includes("'") ? `'${escaped}'` : `"${escaped.replaceAll('"', '\\"')}"`;
}

export const python: Language & { readonly names: { type(name: string): string } } = {
  comment: '#',
  doc(text, indent = '') {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('"""', '\\"""');
    const lines = escaped.split('\n').flatMap((paragraph) => (paragraph === '' ? [''] : wrap(paragraph, width)));
    const only = lines.length === 1 && !escaped.endsWith('"');
    if (only) return `${indent}"""${escaped}"""`;
    return [`"""`, ...lines, `"""`].map((line) => `${indent}${line}`.trimEnd()).join('\n');
  },
  names: {
    member: (name) => {
      const snake = snakeCase(name).replaceAll('-', '_');
      return keywords.has(snake) ? `${snake}_` : snake;
    },
    method: (name) => {
      const snake = snakeCase(name).replaceAll('-', '_');
      return keywords.has(snake) ? `${snake}_` : snake;
    },
    constant: (name) => snakeCase(name).replaceAll('-', '_').toUpperCase(),
    type: (name) => name,
  },
  scalar(scalar, refer) {
    switch (scalar.kind) {
      case 'boolean':
        return 'bool';
      case 'string':
        return 'str';
      case 'bytes':
        return 'bytes';
      case 'decimal':
      case 'integer':
        return 'int';
      case 'json':
        return refer('json', scalar.shape === 'object' ? 'JsonObject' : 'JsonValue');
      case 'never':
        return 'Never';
      default:
        return scalar satisfies never;
    }
  },
  list: (element) => `Sequence[${element}]`,
  orNull: (type) => `${type} | None`,
  member(name, type, form) {
    switch (form) {
      case 'required':
        return `${name}: ${type}`;
      case 'nullable':
        return `${name}: ${type} | None`;
      case 'optional':
      case 'lenient':
        return `${name}: ${type} | None = None`;
      default:
        return form satisfies never;
    }
  },
};

export const { doc } = python;

/** On one line where the formatter would have it so, else what stands inside the brackets on its own. */
export function bracketed(indent: string, head: string, inner: string, tail: string): readonly string[] {
  const line = `${indent}${head}${inner}${tail}`;
  return line.length <= longest ? [line] : [`${indent}${head}`, `${indent}    ${inner}`, `${indent}${tail}`];
}

export const folder = 'clients/python/peinit/generated';

/** `about` is the docstring of the module. */
export const pythonFile = (name: string, from: string, about: string, imports: Imports, body: readonly string[]): PrintedFile => ({
  path: `${folder}/${name}.py`,
  content: [`${python.comment} ${generatedMark(from)}`, doc(about), '', ...imports.lines(), ...body].join('\n').trimEnd(),
});
