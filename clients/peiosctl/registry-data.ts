import type { RegistryType } from '../../gen/registry/types.ts';
import { registryTypeNames } from '../../gen/registry/types.ts';
import type { JsonValue } from '../../src/json/text.ts';
import { fieldAt } from '../../src/seed/fields.ts';
import type { SeedNode } from '../../src/seed/seed-node.ts';
import { SeedValueProblem, seedValue } from '../../src/seed/seed-value.ts';
import { UsageError } from './usage-error.ts';

export interface TypedData {
  readonly type: RegistryType;
  readonly data: JsonValue;
}

const string = (text: string): SeedNode => ({ kind: 'string', text, line: 1 });
const dwordMax = 0xffff_ffffn;
const integer = /^(?:0x[0-9a-fA-F]+|\d+)$/;

/**
 * Words of the command line as a registry value. Without a type: a known field has its own, several words are a list, a number is a
 * DWORD, and everything else text.
 */
export function dataFromWords(key: string, name: string, words: readonly string[], type: string | undefined): TypedData {
  const path = key.split(/[\\/]/);
  const node = type === undefined ? nodeFor(path, name, words) : typedNode(type.toUpperCase(), words);
  try {
    return seedValue(path, name, node);
  } catch (error) {
    if (error instanceof SeedValueProblem) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}

/** Whether the schema knows the value as a list. */
export const isListField = (key: string, name: string): boolean => fieldAt(key.split(/[\\/]/), name)?.type === 'multi_sz';

function nodeFor(path: readonly string[], name: string, words: readonly string[]): SeedNode {
  const field = fieldAt(path, name);
  const isList = field === null ? words.length !== 1 : field.type === 'multi_sz';
  if (isList && words.length === 1 && words[0] === '')
    throw new UsageError(`${name}: a list holds no empty string; \`registry delete KEY ${name}\` empties it`);
  if (isList) return { kind: 'list', items: words.map(string), line: 1 };
  const [word = ''] = words;
  if (words.length > 1) throw new UsageError(`${name} takes one value, not ${words.length}`);
  if (field?.kind === 'bytes') return { kind: 'map', line: 1, entries: [{ name: 'sddl', line: 1, node: string(word) }] };
  // As files have it.
  if (field?.kind === 'boolean' && (word === 'true' || word === 'false')) return { kind: 'boolean', value: word === 'true', line: 1 };
  if (field?.type === 'sz' || !integer.test(word)) return string(word);
  if (field === null && BigInt(word) > dwordMax) throw new UsageError(`${name}: ${word} is too large for a DWORD; --type QWORD takes it`);
  return { kind: 'integer', value: BigInt(word), line: 1 };
}

function typedNode(type: string, words: readonly string[]): SeedNode {
  if (!registryTypeNames.some((name) => name === type))
    throw new UsageError(`--type is one of ${registryTypeNames.join(', ')}, not ${type}`);
  const [word = ''] = words;
  if (type !== 'MULTI_SZ' && words.length !== 1) throw new UsageError(`${type} takes one value, not ${words.length}`);
  return {
    kind: 'map',
    line: 1,
    entries: [
      { name: 'type', line: 1, node: string(type) },
      { name: 'data', line: 1, node: dataNode(type, word, words) },
    ],
  };
}

function dataNode(type: string, word: string, words: readonly string[]): SeedNode {
  if (type === 'MULTI_SZ') return { kind: 'list', items: words.map(string), line: 1 };
  if (type !== 'DWORD') return string(word);
  if (!integer.test(word)) throw new UsageError(`${word} is no number`);
  return { kind: 'integer', value: BigInt(word), line: 1 };
}

/** A value on one line. */
export function formatData({ type, data }: { readonly type: RegistryType; readonly data: JsonValue | undefined }): string {
  switch (type) {
    case 'SZ':
    case 'EXPAND_SZ':
    case 'QWORD':
      return String(data);
    case 'DWORD':
      return String(data);
    case 'MULTI_SZ':
      return Array.isArray(data) ? data.map((item) => JSON.stringify(item)).join(' ') : '';
    default:
      return Buffer.from(String(data), 'base64').toString('hex');
  }
}
