/**
 * One registry value by its row in the schema's tables: type, emptiness, bounds, names of numbers, syntax. For definitions and settings
 * alike.
 */
import type { FieldRow } from '../../../gen/options/rows.ts';
import type { RegistryValue } from '../../registry/value.ts';
import type { Problem } from './problem.ts';
import { good, oneOf, quote } from './problem.ts';
import { syntaxParsers } from './syntax.ts';
import type { ValueIndex } from './values.ts';
import { foldValueName } from './values.ts';

export type Reading =
  | { readonly kind: 'value'; readonly value: unknown; readonly warnings?: readonly ValueProblem[] }
  /** Empty text that counts as no value. DEF-061. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'problems'; readonly problems: readonly ValueProblem[] };

export interface ValueProblem extends Problem {
  /** The entry of a list; null: the value as a whole. */
  readonly entry: number | null;
  /** Another type than the schema's. CMD-023. */
  readonly undecodable: boolean;
}

/** `beside`: all values of the key, for bounds that count only beside another value. */
export function readValue(row: FieldRow, value: RegistryValue, beside: ValueIndex): Reading {
  const { data } = value;
  const type = row.type.toUpperCase();
  if (row.kind === 'list' && row.commaText && value.type === 'SZ' && typeof data === 'string')
    return readTexts(row, commaParted(data), true);
  if (value.type !== type) return wrongType(row, `is of type ${value.type}`);
  switch (row.kind) {
    case 'string':
      if (typeof data !== 'string') break;
      if (data === '') return row.emptyIsAbsent ? { kind: 'absent' } : invalid('is empty', emptyRemedy(row));
      return readTexts(row, [data], false);
    case 'list':
      return isList(data) ? readTexts(row, data, true) : wrongType(row, 'is not a list of strings');
    case 'bytes':
      if (data instanceof Uint8Array) return { kind: 'value', value: data };
      break;
    case 'boolean':
      if (!isDword(data)) break;
      return data < 2 ? { kind: 'value', value: data === 1 } : invalid(`is ${data}, but must be 0 or 1`, correct(row));
    case 'enum': {
      if (!isDword(data)) break;
      const name = row.names[data];
      if (name !== undefined) return { kind: 'value', value: name };
      const all = Object.entries(row.names).map(([number, text]) => `${number} (${text})`);
      return invalid(`is ${data}, but must be ${oneOf(all)}`, correct(row));
    }
    case 'number':
      if (!isDword(data)) break;
      return readNumber(row, data, beside);
    case 'bigint':
      if (typeof data !== 'bigint' || data < 0n || data >= 1n << 64n) break;
      return readNumber(row, data, beside);
    default:
      return row satisfies never;
  }
  return wrongType(row, 'holds data of another type');
}

/** As a table of filesystems has them; nothing stands for an empty list. D-13. */
const commaParted = (text: string): readonly string[] => (text === '' ? [] : text.split(','));

const isList = (data: RegistryValue['data']): data is readonly string[] =>
  Array.isArray(data) && data.every((entry) => typeof entry === 'string');

const isDword = (data: RegistryValue['data']): data is number =>
  typeof data === 'number' && Number.isInteger(data) && data >= 0 && data < 2 ** 32;

function readNumber(row: Extract<FieldRow, { kind: 'number' | 'bigint' }>, value: number | bigint, beside: ValueIndex): Reading {
  const unit = row.unit === '' ? '' : ` ${row.unit}`;
  if (value < row.min && (row.onlyWith === null || beside.find(foldValueName(row.onlyWith)) !== null)) {
    const reason = row.onlyWith === null ? '' : ` beside ${row.onlyWith}`;
    return invalid(`is ${value}, but must be at least ${row.min}${unit}${reason}`, correct(row));
  }
  return value > row.max ? invalid(`is ${value}, but must be at most ${row.max}${unit}`, correct(row)) : { kind: 'value', value };
}

function readTexts(row: Extract<FieldRow, { kind: 'string' | 'list' }>, texts: readonly string[], list: boolean): Reading {
  const parse = row.syntax === null ? null : syntaxParsers[row.syntax];
  const values: unknown[] = [];
  const problems: ValueProblem[] = [];
  const warnings: ValueProblem[] = [];
  for (let entry = 0; entry < texts.length; entry++) {
    const text = texts[entry] as string;
    const placed = (problem: Problem): ValueProblem => {
      const what = row.secret ? problem.what : `${quote(text)} ${problem.what}`;
      return { what, remedy: problem.remedy, entry: list ? entry : null, undecodable: false };
    };
    if (text.includes('\0')) {
      problems.push(placed({ what: 'holds a NUL character', remedy: 'Remove it.' }));
      continue;
    }
    const parsed = parse?.(text) ?? good(text);
    if (!parsed.ok) problems.push(placed(parsed));
    else {
      values.push(parsed.value);
      if (parsed.warnings !== undefined) warnings.push(...parsed.warnings.map(placed));
    }
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  const value = list ? values : values[0];
  return warnings.length === 0 ? { kind: 'value', value } : { kind: 'value', value, warnings };
}

const wanted: { readonly [type: string]: string } = {
  sz: 'a text',
  multi_sz: 'a list of texts, also for a single one',
  dword: 'a number',
  qword: 'a number',
};

const wrongType = (row: FieldRow, what: string): Reading => ({
  kind: 'problems',
  problems: [
    {
      what: `${what}, but must be REG_${row.type.toUpperCase()}`,
      remedy: `Write ${wanted[row.type] ?? 'it again with that type'}.`,
      entry: null,
      undecodable: true,
    },
  ],
});

const invalid = (what: string, remedy: string): Reading => ({
  kind: 'problems',
  problems: [{ what, remedy, entry: null, undecodable: false }],
});

const emptyRemedy = (row: FieldRow): string => (row.required ? 'Give it a text.' : 'Give it a text, or remove the value.');

const correct = (row: FieldRow): string => {
  if (row.required || row.default === null) return row.required ? 'Correct it.' : 'Correct it, or remove the value.';
  const shown = row.kind === 'boolean' ? Number(row.default) : row.default;
  return `Correct it, or remove the value for the default, ${shown}.`;
};
