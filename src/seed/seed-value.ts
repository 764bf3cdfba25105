import type { FieldRow } from '../../gen/options/rows.ts';
import type { RegistryType } from '../../gen/registry/types.ts';
import { registryTypeNames } from '../../gen/registry/types.ts';
import { encodeData } from '../registry/data.ts';
import { RegistryFailure } from '../registry/failure.ts';
import { fieldAt } from './fields.ts';
import type { SeedEntry, SeedNode } from './seed-node.ts';

/** A value of a seed in the wire's form. */
export interface SeedValue {
  readonly name: string;
  readonly type: RegistryType;
  readonly data: string | number | string[];
}

/** What is wrong with a value, for the reader to add file, line and key. */
export class SeedValueProblem extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

type Typed = Pick<SeedValue, 'type' | 'data'>;

const dwordMax = 0xffff_ffffn;

function integer(value: bigint, line: number): Typed {
  if (value >= 0n && value <= dwordMax) return { type: 'DWORD', data: Number(value) };
  const remedy = value > 0n ? `; a larger one is written {qword: "${value}"}` : '';
  throw new SeedValueProblem(line, `${value} is not between 0 and ${dwordMax}${remedy}`);
}

function list(items: readonly SeedNode[]): Typed {
  const data = items.map((item, index) => {
    if (item.kind === 'string') return item.text;
    const found = item.kind === 'integer' ? `the number ${item.value}; write it in quotes` : describe(item);
    throw new SeedValueProblem(item.line, `item ${index + 1} of the list must be a string, it is ${found}`);
  });
  return { type: 'MULTI_SZ', data };
}

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

function text(node: SeedNode, form: string): string {
  if (node.kind === 'string') return node.text;
  throw new SeedValueProblem(node.line, `${form} takes a string, not ${describe(node)}`);
}

/** Data of {type, data}: as on the registry's wire. */
function wireData(node: SeedNode): string | number | string[] {
  if (node.kind === 'string') return node.text;
  if (node.kind === 'integer') return Number(node.value);
  if (node.kind === 'list') return node.items.map((item) => text(item, 'a list as data'));
  throw new SeedValueProblem(node.line, `data is a string, a number or a list, not ${describe(node)}`);
}

const isTypeName = (name: string): name is RegistryType => (registryTypeNames as readonly string[]).includes(name);

/** The forms that are maps. */
function special(entries: readonly SeedEntry[], line: number): Typed {
  const names = entries
    .map(({ name }) => name)
    .sort()
    .join(', ');
  const [first] = entries;
  switch (names) {
    case 'qword': {
      const node = first?.node;
      if (node?.kind === 'integer') return { type: 'QWORD', data: String(node.value) };
      return { type: 'QWORD', data: node === undefined ? '' : text(node, 'qword') };
    }
    case 'hex': {
      const digits = first === undefined ? '' : text(first.node, 'hex');
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits))
        throw new SeedValueProblem(line, 'hex takes pairs of hexadecimal digits without separators');
      return { type: 'BINARY', data: Buffer.from(digits, 'hex').toString('base64') };
    }
    case 'sddl':
      throw new SeedValueProblem(
        line,
        'security descriptors are not supported yet, so {sddl: ...} is refused; leave the value out, and the default descriptor applies',
      );
    case 'data, type': {
      const type = text(member(entries, 'type') ?? { kind: 'null', line }, 'type');
      if (!isTypeName(type)) throw new SeedValueProblem(line, `type is one of ${registryTypeNames.join(', ')}, not ${type}`);
      return { type, data: wireData(member(entries, 'data') ?? { kind: 'null', line }) };
    }
    default:
      throw new SeedValueProblem(
        line,
        `a map here is {qword: "..."}, {hex: "..."} or {type: ..., data: ...}, not {${names}}; subkeys are written as paths of their own`,
      );
  }
}

/** Names of enums become their numbers, true and false of yes-or-no values 1 and 0. */
function fromWord(path: readonly string[], name: string, node: SeedNode): Typed | null {
  if (node.kind !== 'string' && node.kind !== 'boolean') return null;
  const field = fieldAt(path, name);
  if (node.kind === 'boolean') {
    if (field?.kind === 'boolean') return { type: 'DWORD', data: node.value ? 1 : 0 };
    throw new SeedValueProblem(
      node.line,
      `the registry has no type for ${node.value}; write ${node.value ? 1 : 0} for a number, or "${node.value}" in quotes for a string`,
    );
  }
  if (field?.kind !== 'enum') return null;
  const found = Object.entries(field.names).find(([, word]) => word === node.text);
  if (found !== undefined) return { type: 'DWORD', data: Number(found[0]) };
  const choices = Object.entries(field.names).map(([number, word]) => `${word} (${number})`);
  throw new SeedValueProblem(node.line, `${inShort(node.text)} is not one of ${choices.join(', ')}`);
}

function typed(path: readonly string[], name: string, node: SeedNode): Typed {
  const worded = fromWord(path, name, node);
  if (worded !== null) return worded;
  switch (node.kind) {
    case 'string':
      return { type: 'SZ', data: node.text };
    case 'integer':
      return integer(node.value, node.line);
    case 'list':
      return list(node.items);
    case 'map':
      return special(node.entries, node.line);
    default:
      throw new SeedValueProblem(
        node.line,
        `the value is ${describe(node)}; a value is a string, a list, an integer or a map of a known form`,
      );
  }
}

/** The value `name` of the key `path`. Throws SeedValueProblem. */
export function seedValue(path: readonly string[], name: string, node: SeedNode): SeedValue {
  const { type, data } = typed(path, name, node);
  // Whoever writes a type by name means it.
  if (node.kind !== 'map') checkField(path, name, node, type);
  try {
    encodeData(type, data);
  } catch (error) {
    if (error instanceof RegistryFailure) throw new SeedValueProblem(node.line, error.message);
    throw error;
  }
  return { name, type, data };
}

/** A field of a service or of the machine must have its type, else peinit would refuse all changes until it has. */
function checkField(path: readonly string[], name: string, node: SeedNode, type: RegistryType): void {
  const field = fieldAt(path, name);
  if (field === null || field.type.toUpperCase() === type) return;
  throw new SeedValueProblem(
    node.line,
    `takes ${wantedForm(field, node)}, not ${node.kind === 'string' ? inShort(node.text) : describe(node)}`,
  );
}

function wantedForm({ type }: FieldRow, node: SeedNode): string {
  switch (type) {
    case 'multi_sz':
      return node.kind === 'string' ? `a list, [${inShort(node.text)}]` : 'a list of strings';
    case 'sz':
      return node.kind === 'integer' ? `a string, "${node.value}"` : 'a string';
    case 'dword':
      return 'a number';
    case 'qword':
      return '{qword: "..."}';
    default:
      return `a value of type ${type.toUpperCase()}, {type: ${type.toUpperCase()}, data: ...}`;
  }
}

/** A word in quotes; of a long one the beginning says enough. */
const inShort = (text: string): string => JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}...`);
