/** TypeScript: names as in the schema, strings for enums, a number wherever it is exact. */
import type { Language } from '../../language.ts';
import { camelCase, lowerFirst } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';
import { memberName } from './literals.ts';

export const typescript: Language = {
  comment: '//',
  doc(text, indent = '') {
    const lines = text.replaceAll('*/', '*\\/').split('\n');
    if (lines.length === 1) return `${indent}/** ${lines[0]} */`;
    return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n');
  },
  // Members may have the name of a reserved word, and methods of a class too.
  names: { member: memberName, method: camelCase, constant: lowerFirst },
  scalar(scalar, refer) {
    switch (scalar.kind) {
      case 'boolean':
        return 'boolean';
      case 'string':
      case 'decimal':
        return 'string';
      case 'bytes':
        return 'Uint8Array';
      case 'integer':
        if (scalar.safe) return 'number';
        return scalar.json ? 'number | bigint' : 'bigint';
      case 'json':
        return refer('json', scalar.shape === 'object' ? 'JsonObject' : 'JsonValue');
      case 'never':
        return 'never';
      default:
        return scalar satisfies never;
    }
  },
  list: (element) => `readonly ${element.includes(' ') ? `(${element})` : element}[]`,
  orNull: (type) => `${type} | null`,
  member(name, type, form) {
    switch (form) {
      case 'required':
        return `${name}: ${type}`;
      case 'nullable':
        return `${name}: ${type} | null`;
      case 'optional':
        return `${name}?: ${type} | undefined`;
      case 'lenient':
        return `${name}?: ${type} | null | undefined`;
      default:
        return form satisfies never;
    }
  },
};

export const { doc } = typescript;

/** Empty lines at the ends of `body` are removed. */
export const typescriptFile = (path: string, from: string, body: readonly string[]): PrintedFile => ({
  path,
  content: [`${typescript.comment} ${generatedMark(from)}`, ...body].join('\n').trimEnd(),
});
