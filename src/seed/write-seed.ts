import type { RegistryType } from '../../gen/registry/types.ts';
import { foldName } from '../registry/folding.ts';
import { decodeDescriptor, encodeDescriptor } from '../security/descriptor.ts';
import { formatSddl, parseSddl } from '../security/sddl.ts';
import { fieldAt } from './fields.ts';
import { securityMember } from './read-seed.ts';

/** A registry tree as a seed file: stable order, and importing it again gives the same values. */

export interface SeedSourceValue {
  readonly name: string;
  readonly type: RegistryType;
  /** In the wire's form. */
  readonly data: unknown;
}

export interface SeedSourceKey {
  /** From the hive on. */
  readonly path: string;
  readonly values: readonly SeedSourceValue[];
  /** Descriptor of the key itself as SDDL; left out: what it inherits when it is made. */
  readonly security?: string | undefined;
}

type Written = string | number | readonly string[] | { readonly [form: string]: unknown };

/** The shortest form that is read back as the same value. */
function written(path: readonly string[], { name, type, data }: SeedSourceValue): Written {
  const field = fieldAt(path, name);
  // What would be read as another value, or refused, has its type said.
  if (field !== null && field.type.toUpperCase() !== type && type !== 'QWORD' && type !== 'BINARY') return { type, data };
  switch (type) {
    case 'SZ':
      return String(data);
    case 'DWORD':
      return (field?.kind === 'enum' ? field.names[Number(data)] : undefined) ?? Number(data);
    case 'MULTI_SZ':
      return Array.isArray(data) ? data.map(String) : [];
    case 'QWORD':
      return { qword: String(data) };
    case 'BINARY':
      return (field?.kind === 'bytes' ? sddlOf(String(data)) : null) ?? { hex: Buffer.from(String(data), 'base64').toString('hex') };
    default:
      return { type, data };
  }
}

/** Null: the bytes are no descriptor, or one that its text does not give back as it is. */
function sddlOf(data: string): Written | null {
  const bytes = Buffer.from(data, 'base64');
  const descriptor = decodeDescriptor(bytes);
  if ('malformed' in descriptor) return null;
  const sddl = formatSddl(descriptor);
  const again = parseSddl(sddl);
  return 'problem' in again || !bytes.equals(encodeDescriptor(again)) ? null : { sddl };
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Depth first, names in the order of their folding. */
function comparePaths(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compareText(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

interface OrderedKey {
  readonly path: string;
  readonly values: readonly (readonly [name: string, value: Written])[];
}

function ordered(keys: readonly SeedSourceKey[]): readonly OrderedKey[] {
  return keys
    .map((key) => ({ key, names: key.path.split('\\'), folded: key.path.split('\\').map(foldName) }))
    .sort((left, right) => comparePaths(left.folded, right.folded))
    .map(({ key, names }) => {
      const values = [...key.values].sort((left, right) => compareText(foldName(left.name), foldName(right.name)));
      const described = key.security === undefined ? [] : [[securityMember, { sddl: key.security }] as const];
      return { path: key.path, values: [...described, ...values.map((value) => [value.name, written(names, value)] as const)] };
    });
}

/** Objects with names as properties would reorder numeric ones, so the outer levels are written by hand. */
function writeJson(keys: readonly OrderedKey[]): string {
  const blocks = keys.map(({ path, values }) => {
    const lines = values.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return `  ${JSON.stringify(path)}: ${lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`}`;
  });
  return blocks.length === 0 ? '{}\n' : `{\n${blocks.join(',\n')}\n}\n`;
}

const plainName = /^[A-Za-z_](?:[A-Za-z0-9_.\\-]|:(?=[A-Za-z0-9]))*$/;
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** Plain where every YAML reader takes it for the same text, else in double quotes as JSON has them. */
function yamlText(text: string): string {
  return plainName.test(text) && !reserved.test(text) ? text : JSON.stringify(text);
}

function yamlValue(value: Written): string {
  if (typeof value === 'string') return yamlText(value);
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(yamlText).join(', ')}]`;
  const forms = Object.entries(value).map(([form, data]) => `${form}: ${JSON.stringify(data)}`);
  return `{ ${forms.join(', ')} }`;
}

const isList = (value: readonly string[] | { readonly [form: string]: unknown }): value is readonly string[] => Array.isArray(value);

function writeYaml(keys: readonly OrderedKey[]): string {
  const blocks = keys.map(({ path, values }) => {
    const lines = values.map(([name, value]) => `  ${yamlText(name)}: ${yamlValue(value)}\n`);
    return `${yamlText(path)}:${lines.length === 0 ? ' {}\n' : `\n${lines.join('')}`}`;
  });
  return blocks.length === 0 ? '{}\n' : blocks.join('\n');
}

/** Text of a seed file that holds exactly these keys and values. */
export function writeSeed(keys: readonly SeedSourceKey[], format: 'yaml' | 'json'): string {
  return format === 'json' ? writeJson(ordered(keys)) : writeYaml(ordered(keys));
}
