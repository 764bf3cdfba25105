import type { FieldRow } from '../../gen/options/rows.ts';
import type { RegistryType } from '../../gen/registry/types.ts';
import { registryTypeNames } from '../../gen/registry/types.ts';
import { encodeData } from '../registry/data.ts';
import { RegistryFailure } from '../registry/failure.ts';
import { nearest } from '../registry/nearest.ts';
import { encodeDescriptor } from '../security/descriptor.ts';
import { parseSddl } from '../security/sddl.ts';
import { fieldAt } from './fields.ts';
import { foldWord, foreignWord } from './foreign-words.ts';
import type { SeedEntry, SeedNode } from './seed-node.ts';

/** A value of a seed in the wire's form. */
export interface SeedValue {
  readonly name: string;
  readonly type: RegistryType;
  readonly data: string | number | string[];
  /** Where its name stands in its file. */
  readonly line: number;
}

/** What is wrong with a value, for the reader to add file, line and key. */
export class SeedValueProblem extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

type EnumField = Extract<FieldRow, { kind: 'enum' }>;

type Typed = Pick<SeedValue, 'type' | 'data'>;

const dwordMax = 0xffff_ffffn;

function integer(value: bigint, line: number, show: Showing): Typed {
  if (value >= 0n && value <= dwordMax) return { type: 'DWORD', data: Number(value) };
  const remedy = value > 0n ? `; a larger one is written {qword: "${show.known ? value : '...'}"}` : '';
  throw new SeedValueProblem(line, `${show.known ? value : 'the number'} is not between 0 and ${dwordMax}${remedy}`);
}

const emptyRemedy =
  'a REG_MULTI_SZ ends at an empty string, so none is taken. Leave it out; where a program needs an empty argument, start it by ' +
  `/bin/sh with the arguments -c and "exec PROGRAM ''"`;

function list(items: readonly SeedNode[], show: Showing): Typed {
  const data = items.map((item, index) => {
    if (item.kind === 'string') {
      if (item.text === '') throw new SeedValueProblem(item.line, `item ${index + 1} of the list is empty; ${emptyRemedy}`);
      return item.text;
    }
    const found = item.kind === 'integer' ? `${show.node(item)}; write it in quotes` : show.node(item);
    throw new SeedValueProblem(item.line, `item ${index + 1} of the list must be a string, it is ${found}`);
  });
  return { type: 'MULTI_SZ', data };
}

/** How messages name what stands in a file: a value that may be a password is not shown. */
interface Showing {
  readonly known: boolean;
  node(node: SeedNode): string;
  /** A text in quotes; of a long one the beginning says enough. */
  text(text: string): string;
}

const longest = 80;

const openly: Showing = {
  known: true,
  node: describe,
  text: (text) => JSON.stringify(text.length <= longest ? text : `${text.slice(0, longest)}...`),
};

const silently: Showing = {
  known: false,
  node(node) {
    if (node.kind === 'integer') return 'a number';
    return node.kind === 'other' ? 'something that no value can be' : describe(node);
  },
  text: () => 'a string',
};

/** Of a field that the schema does not know nobody can say what it holds: it may be a secret one, misspelt. */
const showingOf = (field: FieldRow | null): Showing => (field === null || field.secret ? silently : openly);

function describe(node: SeedNode): string {
  switch (node.kind) {
    case 'map':
      return 'a map';
    case 'list':
      return 'a list';
    case 'string':
      return 'a string';
    case 'integer':
      return `the number ${node.value}`;
    case 'boolean':
      return `${node.value}; write it in quotes`;
    case 'null':
      return 'empty';
    case 'other':
      return node.words;
    default: {
      const never: never = node;
      return String(never);
    }
  }
}

function member(entries: readonly SeedEntry[], name: string): SeedNode | null {
  return entries.find((entry) => entry.name === name)?.node ?? null;
}

function text(node: SeedNode, form: string, show: Showing): string {
  if (node.kind === 'string') return node.text;
  throw new SeedValueProblem(node.line, `${form} takes a string, not ${show.node(node)}`);
}

/** Data of {type, data}: as on the registry's wire. */
function wireData(node: SeedNode, show: Showing): string | number | string[] {
  if (node.kind === 'string') return node.text;
  if (node.kind === 'integer') return Number(node.value);
  if (node.kind === 'list') return node.items.map((item) => text(item, 'a list as data', show));
  throw new SeedValueProblem(node.line, `data is a string, a number or a list, not ${show.node(node)}`);
}

const isTypeName = (name: string): name is RegistryType => (registryTypeNames as readonly string[]).includes(name);

const formOf = (entries: readonly SeedEntry[]): string =>
  entries
    .map(({ name }) => name)
    .sort()
    .join(', ');

function descriptor(sddl: string, line: number): Typed {
  const read = parseSddl(sddl);
  if ('problem' in read) throw new SeedValueProblem(line, `sddl, character ${read.at + 1}: ${read.problem}`);
  return { type: 'BINARY', data: Buffer.from(encodeDescriptor(read)).toString('base64') };
}

/** The forms that are maps. */
function special(entries: readonly SeedEntry[], line: number, show: Showing): Typed {
  const names = formOf(entries);
  const [first] = entries;
  switch (names) {
    case 'qword': {
      const node = first?.node;
      if (node?.kind === 'integer') return { type: 'QWORD', data: String(node.value) };
      return { type: 'QWORD', data: node === undefined ? '' : text(node, 'qword', show) };
    }
    case 'hex': {
      const digits = first === undefined ? '' : text(first.node, 'hex', show);
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits))
        throw new SeedValueProblem(line, 'hex takes pairs of hexadecimal digits without separators');
      return { type: 'BINARY', data: Buffer.from(digits, 'hex').toString('base64') };
    }
    case 'sddl':
      return descriptor(text(first?.node ?? { kind: 'null', line }, 'sddl', show), line);
    case 'data, type': {
      const type = text(member(entries, 'type') ?? { kind: 'null', line }, 'type', show);
      if (!isTypeName(type)) throw new SeedValueProblem(line, `type is one of ${registryTypeNames.join(', ')}, not ${show.text(type)}`);
      return { type, data: wireData(member(entries, 'data') ?? { kind: 'null', line }, show) };
    }
    default:
      throw new SeedValueProblem(
        line,
        `a map here is {qword: "..."}, {hex: "..."}, {sddl: "..."} or {type: ..., data: ...}${show.known ? `, not {${names}}` : ''}; ` +
          'subkeys are written as paths of their own',
      );
  }
}

/** Names of enums become their numbers, true and false of yes-or-no values 1 and 0. */
function fromWord(field: FieldRow | null, node: SeedNode, show: Showing): Typed | null {
  if (node.kind !== 'string' && node.kind !== 'boolean') return null;
  if (field?.kind === 'boolean') {
    if (node.kind === 'boolean') return { type: 'DWORD', data: node.value ? 1 : 0 };
    throw new SeedValueProblem(node.line, `takes true or false, 1 or 0, not ${show.text(node.text)}`);
  }
  if (node.kind === 'boolean') {
    const elsewhere = field === null ? null : foreignWord(field.name, String(node.value));
    if (elsewhere !== null) throw new SeedValueProblem(node.line, `is ${node.value}; ${elsewhere}`);
    if (field?.kind === 'enum') throw new SeedValueProblem(node.line, noChoice(field, String(node.value), show));
    throw new SeedValueProblem(
      node.line,
      `the registry has no type for ${node.value}; write ${node.value ? 1 : 0} for a number, or "${node.value}" in quotes for a string`,
    );
  }
  if (field?.kind !== 'enum') return null;
  const found = Object.entries(field.names).find(([, word]) => word === node.text);
  if (found !== undefined) return { type: 'DWORD', data: Number(found[0]) };
  throw new SeedValueProblem(node.line, noChoice(field, node.text, show));
}

function noChoice(field: EnumField, word: string, show: Showing): string {
  const choices = Object.entries(field.names).map(([number, name]) => `${name} (${number})`);
  const meant = nearest(word, Object.values(field.names), foldWord);
  const hint = foreignWord(field.name, word) ?? (meant === null ? null : `is ${meant} meant?`);
  return `${show.text(word)} is not one of ${choices.join(', ')}${hint === null ? '' : `; ${hint}`}`;
}

function typed(field: FieldRow | null, node: SeedNode, show: Showing): Typed {
  const worded = fromWord(field, node, show);
  if (worded !== null) return worded;
  if (node.kind === 'map') refuseMapOfVariables(field, node);
  switch (node.kind) {
    case 'string':
      return { type: 'SZ', data: node.text };
    case 'integer':
      return integer(node.value, node.line, show);
    case 'list':
      return list(node.items, show);
    case 'map':
      return special(node.entries, node.line, show);
    default:
      throw new SeedValueProblem(
        node.line,
        `the value is ${show.node(node)}; a value is a string, a list, an integer or a map of a known form`,
      );
  }
}

/** The maps that are values, by their names in order. */
const forms: ReadonlySet<string> = new Set(['qword', 'hex', 'sddl', 'data, type']);

/** Variables are a map elsewhere. */
function refuseMapOfVariables(field: FieldRow | null, { line, entries }: Extract<SeedNode, { kind: 'map' }>): void {
  const isForm = forms.has(formOf(entries));
  if (isForm || field?.kind !== 'list' || field.syntax !== 'environment') return;
  throw new SeedValueProblem(line, 'takes a list, each item KEY=VALUE as one string, not a map');
}

/** The value `name` of the key `path`. Throws SeedValueProblem. */
export function seedValue(path: readonly string[], name: string, node: SeedNode): Omit<SeedValue, 'line'> {
  const field = fieldAt(path, name);
  const show = showingOf(field);
  const { type, data } = typed(field, node, show);
  // Whoever writes a type by name means it.
  if (node.kind !== 'map') checkField(field, node, type, show);
  try {
    encodeData(type, data);
  } catch (error) {
    if (error instanceof RegistryFailure) throw new SeedValueProblem(node.line, error.message);
    throw error;
  }
  return { name, type, data };
}

/** A field of a service or of the machine must have its type, else peinit would refuse all changes until it has. */
function checkField(field: FieldRow | null, node: SeedNode, type: RegistryType, show: Showing): void {
  if (field === null || field.type.toUpperCase() === type) return;
  if (field.kind === 'list' && field.commaText && type === 'SZ') return;
  const found = node.kind === 'string' ? show.text(node.text) : show.node(node);
  throw new SeedValueProblem(node.line, `takes ${wantedForm(field, node, show)}, not ${found}`);
}

function wantedForm(field: FieldRow, node: SeedNode, show: Showing): string {
  const { type } = field;
  switch (type) {
    case 'multi_sz':
      if (field.kind === 'list' && field.syntax === 'environment') return 'a list of strings, each KEY=VALUE';
      return node.kind === 'string' && show.known ? `a list, [${show.text(node.text)}]` : 'a list of strings';
    case 'sz':
      return node.kind === 'integer' && show.known ? `a string, "${node.value}"` : 'a string';
    case 'dword':
      return 'a number';
    case 'qword':
      return '{qword: "..."}';
    default:
      if (field.kind === 'bytes') return 'a security descriptor, {sddl: "O:...G:...D:..."} or {hex: "..."}';
      return `a value of type ${type.toUpperCase()}, {type: ${type.toUpperCase()}, data: ...}`;
  }
}
