/** Rust: open enums, Option for what may be missing, and text that rustfmt leaves as it is. */
import type { Language, Scalar } from '../../language.ts';
import { pascalCase, snakeCase } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';
import { rustName } from './names.ts';

const docWidth = 100;
/** clients/rust/rustfmt.toml says the same. */
const lineWidth = 140;

/** What Markdown and rustdoc would take for something else. */
const plain = (text: string): string => text.replaceAll(/[\\[\]<>*]/g, '\\$&');

/** A text in lines that are not too long; none of them begins a list. */
const wrapped = (text: string, room: number): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const lines = [''];
    for (const word of plain(line).split(' ')) {
      const last = lines.at(-1) ?? '';
      if (last !== '' && last.length + 1 + word.length > room && !/^([-+]|\d+[.)])$/.test(word)) lines.push(word);
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return lines;
  });

function scalar(one: Scalar): string {
  switch (one.kind) {
    case 'boolean':
      return 'bool';
    case 'string':
    // As it came: digits are no fewer for being text.
    case 'decimal':
      return 'String';
    case 'bytes':
      return 'Vec<u8>';
    case 'integer':
      return `${one.unsigned ? 'u' : 'i'}${one.bits}`;
    case 'json':
      return one.shape === 'object' ? 'Map<String, Value>' : 'Value';
    case 'never':
      return '()';
    default:
      return one satisfies never;
  }
}

export const rustLanguage: Language = {
  comment: '//',
  doc: (text, indent = '') =>
    wrapped(text, docWidth - indent.length - 4)
      .map((line) => `${indent}/// ${line}`.trimEnd())
      .join('\n'),
  names: { member: rustName, method: rustName, constant: (name) => snakeCase(pascalCase(name)).toUpperCase() },
  scalar,
  list: (element) => `Vec<${element}>`,
  orNull: (type) => `Option<${type}>`,
  member: (name, type, form) => `pub ${name}: ${form === 'required' ? type : `Option<${type}>`}`,
};

export const { doc } = rustLanguage;

/** A string literal. */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll(/\\u([0-9a-f]{4})/g, '\\u{$1}');

/** A function, its parameters on one line where they fit. */
export function printFunction(
  head: string,
  parameters: readonly string[],
  result: string,
  body: readonly string[],
  indent = '    ',
): readonly string[] {
  const arrow = result === '' ? '' : ` -> ${result}`;
  const line = `${indent}${head}(${parameters.join(', ')})${arrow} {`;
  const opening =
    line.length <= lineWidth
      ? [line]
      : [`${indent}${head}(`, ...parameters.map((parameter) => `${indent}    ${parameter},`), `${indent})${arrow} {`];
  return [...opening, ...body.map((each) => `${indent}    ${each}`), `${indent}}`];
}

/** Names of other modules, by the path that a file takes them from. */
const uses: readonly (readonly [name: string, path: string])[] = [
  ['Map', 'serde_json::Map'],
  ['Value', 'serde_json::Value'],
  ['Deserialize', 'serde::Deserialize'],
  ['Serialize', 'serde::Serialize'],
];

/** Without comments, literals and paths, which may speak of anything. */
const code = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('//'))
    .join('\n')
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');

export function rustFile(path: string, from: string, body: readonly string[], intro: string): PrintedFile {
  const text = body.join('\n').trimEnd();
  const said = code(text);
  const named = (crate: string): readonly string[] =>
    uses.filter(([name, whole]) => whole.startsWith(crate) && new RegExp(`(?<![A-Za-z0-9_:])${name}\\b`).test(said)).map(([name]) => name);
  const line = (crate: string): readonly string[] => {
    const names = [...named(`${crate}::`)].sort();
    if (names.length === 0) return [];
    return [`use ${crate}::${names.length === 1 ? names.join('') : `{${names.join(', ')}}`};`];
  };
  const imports = [...line('serde'), ...line('serde_json')];
  return {
    path,
    content: [
      `// ${generatedMark(from)}`,
      ...wrapped(intro, docWidth - 4).map((one) => `//! ${one}`.trimEnd()),
      '',
      ...(imports.length === 0 ? [] : [...imports, '']),
      text,
    ].join('\n'),
  };
}
