/** Markdown: tables, and the schema's names in words. */

import { maxSafe, presenceOf } from '../../derive.ts';
import { typeRange } from '../../extract-fields.ts';
import type { FieldModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

export const page = (path: string, from: string, body: readonly string[]): PrintedFile => ({
  path,
  content: [`<!-- ${generatedMark(from)} -->`, '', ...body]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd(),
});

export const code = (text: string): string => (text === '' ? '' : text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Text of a comment in running Markdown: what looks like a tag is not one. */
export const prose = (text: string): string => text.replaceAll('<', '&lt;');

/** A cell: no line breaks, no column ends. */
const cell = (text: string): string => text.replaceAll('\n\n', '<br>').replaceAll('\n', ' ').replaceAll('|', '\\|');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  // Columns that say nothing anywhere are left out.
  const kept = head.map((_, column) => rows.some((row) => (row[column] ?? '') !== ''));
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .filter((_, column) => kept[column] === true)
      .map(cell)
      .join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

const typeWords = (field: FieldModel): string => {
  const { type } = field;
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return field.wire?.decimalString === true ? 'decimal string' : 'integer';
    case 'enum':
      return type.of.name === 'ErrorCode' ? `[error code](errors.md)` : code(type.of.name);
    case 'message':
      return code(type.of.name);
    case 'json':
      if (field.wire !== null && field.wire.payloadOf !== '') return 'what [the event](events.md) says';
      return type.shape === 'object' ? 'object, free-form' : 'any JSON value';
    default:
      return type.kind;
  }
};

/** Members of a JSON message as a table; a sentence where there are none. */
export function membersTable(fields: readonly FieldModel[], request = false): readonly string[] {
  if (fields.length === 0) return ['No members.', ''];
  return table(
    ['Member', 'Type', 'Presence', 'Bounds', 'Meaning'],
    fields.map((field) => [
      code(field.member),
      `${field.list ? 'list of ' : ''}${typeWords(field)}${field.wire?.nullElements === true ? ' or null' : ''}`,
      presenceWords(field, request),
      boundWords(field),
      prose(field.comment),
    ]),
  );
}

const presenceWords = (field: FieldModel, request: boolean): string => {
  switch (presenceOf(field)) {
    case 'nullable':
      return request ? 'optional, or null' : 'always, or null';
    case 'optional':
      return 'optional';
    default:
      return request ? 'required' : 'always';
  }
};

function boundWords(field: FieldModel): string {
  const { type, wire } = field;
  if (wire === null) return '';
  if (type.kind === 'integer') {
    const whole = typeRange(type);
    const safe = wire.range.min === 0n && wire.range.max === maxSafe;
    const stated = !safe && (wire.range.min !== whole.min || wire.range.max !== whole.max);
    return stated ? `${wire.range.min} to ${wire.range.max}` : '';
  }
  if (wire.words !== '') return wire.words;
  return [wire.maxLength > 0 ? `${wire.maxLength} characters` : '', wire.pattern === '' ? '' : code(wire.pattern)]
    .filter((part) => part !== '')
    .join(', ');
}
