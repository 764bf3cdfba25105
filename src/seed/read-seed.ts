import { RegistryFailure } from '../registry/failure.ts';
import { foldName } from '../registry/folding.ts';
import { checkValueName, hives, splitPath } from '../registry/names.ts';
import { keyDescriptorFrom } from '../registry/security/given.ts';
import type { SeedProblem } from './seed-error.ts';
import { SeedError } from './seed-error.ts';
import type { SeedEntry, SeedNode } from './seed-node.ts';
import type { SeedValue } from './seed-value.ts';
import { SeedValueProblem, seedValue } from './seed-value.ts';

/** A key of a seed: it is created where it is missing, and its values are set. */
export interface SeedKey {
  /** Components from the hive on. */
  readonly path: readonly string[];
  /** Where it begins in its file. */
  readonly line: number;
  readonly values: readonly SeedValue[];
  /** Descriptor of the key itself, of the parts that it has; left out: it keeps the one it has, or inherits. */
  readonly security?: Uint8Array;
}

/** Among the values of a key, with the form {sddl: ...}: the descriptor of the key itself. O-88. */
export const securityMember = '(security)';

/** YAML 1.1 had it for taking the entries of another map over; 1.2 has it no more. */
const mergeKey = '<<';
const mergeRefused = 'there are no merge keys in YAML 1.2; write the values out, or give a whole map an alias: KEY: *NAME';

/** The format goes by the ending of the name, without one by the first character. */
async function readNodes(file: string, text: string): Promise<SeedNode> {
  const isJson = /\.json$/i.test(file) || (!/\.ya?ml$/i.test(file) && /^\s*[[{]/.test(text));
  if (isJson) return (await import('./json-reader.ts')).readJson(file, text);
  return (await import('./yaml-reader.ts')).readYaml(file, text);
}

/** A value of that name has any other form. */
const isSecurity = ({ name, node }: SeedEntry): boolean =>
  foldName(name) === securityMember && node.kind === 'map' && node.entries.length === 1 && node.entries[0]?.name === 'sddl';

function sddlText(node: SeedNode): string {
  const text = node.kind === 'map' ? node.entries[0]?.node : undefined;
  if (text?.kind === 'string') return text.text;
  throw new SeedValueProblem(node.line, 'sddl takes a string');
}

class SeedReader {
  readonly problems: SeedProblem[] = [];

  #problem(line: number, key: string, value: string | null, message: string): void {
    this.problems.push({ line, key, value, message });
  }

  /** Entries whose name, without case, comes first; a later one is a problem. */
  #distinct(
    entries: readonly SeedEntry[],
    fold: (name: string) => string,
    complain: (entry: SeedEntry, line: number) => void,
  ): SeedEntry[] {
    const seen = new Map<string, number>();
    return entries.filter((entry) => {
      const folded = fold(entry.name);
      const earlier = seen.get(folded);
      if (earlier === undefined) seen.set(folded, entry.line);
      else complain(entry, earlier);
      return earlier === undefined;
    });
  }

  keys(node: SeedNode): SeedKey[] {
    if (node.kind !== 'map') {
      this.#problem(node.line, '', null, 'a seed is a map from key paths to their values');
      return [];
    }
    const distinct = this.#distinct(
      node.entries,
      (path) => foldName(path.replaceAll('/', '\\')),
      ({ name, line }, earlier) =>
        this.#problem(line, name, null, `the key is given twice, first in line ${earlier} (names are compared without case)`),
    );
    return distinct.flatMap((entry) => this.#key(entry));
  }

  #key({ name, line, node }: SeedEntry): SeedKey[] {
    const path = this.#path(name, line);
    if (path === null) return [];
    if (node.kind === 'null') return [{ path, line, values: [] }];
    if (node.kind !== 'map') {
      this.#problem(line, name, null, 'a key holds a map from names to values');
      return [{ path, line, values: [] }];
    }
    const distinct = this.#distinct(node.entries, foldName, (entry, earlier) =>
      this.#problem(entry.line, name, entry.name, `the value is given twice, first in line ${earlier} (names are compared without case)`),
    );
    const security = distinct.find(isSecurity);
    const values = distinct.filter((entry) => entry !== security).flatMap((entry) => this.#value(name, path, entry));
    const descriptor = security === undefined ? null : this.#security(name, security);
    return [descriptor === null ? { path, line, values } : { path, line, values, security: descriptor }];
  }

  #security(key: string, { name, line, node }: SeedEntry): Uint8Array | null {
    try {
      return keyDescriptorFrom(sddlText(node));
    } catch (error) {
      if (error instanceof SeedValueProblem) this.#problem(error.line, key, name, error.message);
      else if (error instanceof RegistryFailure) this.#problem(line, key, name, error.message);
      else throw error;
      return null;
    }
  }

  #path(name: string, line: number): readonly string[] | null {
    try {
      if (name === mergeKey) {
        this.#problem(line, name, null, mergeRefused);
        return null;
      }
      const path = splitPath(name);
      const hive = path[0];
      if (hives.some((known) => hive !== undefined && foldName(known) === foldName(hive))) return path;
      this.#problem(line, name, null, `the path must begin with one of the hives ${hives.join(', ')}`);
    } catch (error) {
      if (!(error instanceof RegistryFailure)) throw error;
      this.#problem(line, name, null, error.message);
    }
    return null;
  }

  #value(key: string, path: readonly string[], { name, line, node }: SeedEntry): SeedValue[] {
    try {
      if (name === mergeKey) throw new SeedValueProblem(line, mergeRefused);
      checkValueName(name);
      return [{ ...seedValue(path, name, node), line }];
    } catch (error) {
      if (error instanceof SeedValueProblem) this.#problem(error.line, key, name, error.message);
      else if (error instanceof RegistryFailure) this.#problem(line, key, name, error.message);
      else throw error;
      return [];
    }
  }
}

/**
 * What can be read of a seed file, JSON or YAML, without the values and keys that have a problem. `file` is its name in messages. Throws
 * SeedError where the text is neither.
 */
export async function readSeedAsFar(
  file: string,
  text: string,
): Promise<{ readonly keys: readonly SeedKey[]; readonly problems: readonly SeedProblem[] }> {
  const reader = new SeedReader();
  const keys = reader.keys(await readNodes(file, text));
  return { keys, problems: reader.problems };
}

/** The keys of a seed file. Throws SeedError with every problem found, each with line, key and value. */
export async function readSeed(file: string, text: string): Promise<readonly SeedKey[]> {
  const { keys, problems } = await readSeedAsFar(file, text);
  if (problems.length > 0) throw new SeedError(file, problems);
  return keys;
}
