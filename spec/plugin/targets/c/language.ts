/** C11, in headers that C++ reads too: plain structs, text with its length, and a flag beside each number that may be absent. */
import type { Language } from '../../language.ts';
import { snakeCase } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

/** Words of C and C++, and macros of their headers, that a member may not have as its name. */
const reserved = new Set(
  (
    'alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const const_cast consteval ' +
    'constexpr constinit continue co_await co_return co_yield decltype default delete do double dynamic_cast else enum errno explicit ' +
    'export extern false float for friend goto if inline int linux long mutable namespace new noexcept not not_eq nullptr operator or ' +
    'or_eq private protected public register reinterpret_cast requires restrict return short signed sizeof static static_assert ' +
    'static_cast stderr stdin stdout struct switch template this thread_local throw true try typedef typeid typename typeof union unix ' +
    'unsigned using virtual void volatile wchar_t while xor xor_eq'
  ).split(' '),
);

const plain = (name: string): string => snakeCase(name).replaceAll(/[^a-z0-9]+/g, '_');

export const c: Language = {
  comment: '//',
  doc(text, indent = '') {
    const lines = text.replaceAll('*/', '* /').replaceAll('/*', '/ *').split('\n');
    if (lines.length === 1) return `${indent}/** ${lines[0]} */`;
    return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n');
  },
  names: {
    member: (name) => (reserved.has(plain(name)) ? `${plain(name)}_` : plain(name)),
    method: plain,
    constant: (name) => plain(name).toUpperCase(),
  },
  scalar(scalar) {
    switch (scalar.kind) {
      case 'boolean':
        return 'bool';
      case 'string':
        return 'peinit_text';
      case 'json':
        return 'const peinit_json *';
      case 'integer':
        return `${scalar.unsigned ? 'u' : ''}int${scalar.bits}_t`;
      case 'decimal':
        return 'uint64_t';
      case 'bytes':
      case 'never':
        throw new Error(`C has no member of the kind ${scalar.kind}`);
      default:
        return scalar satisfies never;
    }
  },
  // Elements stand in the list itself, whatever they are.
  list: (element) => `struct { const ${element.replace(/^const (.*) \*$/, '$1')} *items; size_t count; }`,
  orNull: (type) => type,
  member(name, type, form) {
    const declared = `${type}${type.endsWith('*') ? '' : ' '}${name};`;
    return form !== 'required' && needsFlag(type) ? `${declared}\n  bool has_${name};` : declared;
  },
};

/** Whatever else is absent has no bytes, no items, or is NULL. */
export const needsFlag = (type: string): boolean => /^(?:bool|u?int\d+_t)$/.test(type);

export const { doc } = c;

export const cFile = (path: string, from: string, body: readonly string[]): PrintedFile => ({
  path: `clients/c/generated/${path}`,
  content: `${[`${c.comment} ${generatedMark(from)}`, ...body].join('\n').trimEnd()}`,
});

/** A header that may be included twice, and from C++. */
export const headerFile = (path: string, from: string, includes: readonly string[], body: readonly string[]): PrintedFile => {
  const guard = `PEINIT_${c.names.constant(path.replace(/^.*\//, ''))}`;
  return cFile(path, from, [
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    ...includes.map((name) => `#include ${name}`),
    '',
    '#ifdef __cplusplus',
    'extern "C" {',
    '#endif',
    '',
    ...body,
    '#ifdef __cplusplus',
    '}',
    '#endif',
    '',
    '#endif',
  ]);
};
