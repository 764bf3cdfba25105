/** Files of another service manager as keys of the registry. */
import { existsSync } from 'node:fs';
import { judgedKey, judgeRegistry } from '../../../src/judge/judge.ts';
import { nearest } from '../../../src/registry/nearest.ts';
import { SeedError } from '../../../src/seed/seed-error.ts';
import { readSource } from '../../../src/seed/seed-source.ts';
import { UsageError } from '../usage-error.ts';
import type { Conversion, Remark, SourceFile } from './conversion.ts';
import { importKindNames } from './kind-names.ts';
import { importKinds } from './kinds.ts';
import type { ImportedKey } from './seed.ts';
import { keysOf } from './seed.ts';

export interface Converted {
  readonly keys: readonly ImportedKey[];
  readonly remarks: readonly Remark[];
}

/** Throws a UsageError for a kind that is not known, and a SeedError for a file that cannot be read. */
export function convertFiles(kind: string, paths: readonly string[]): Converted {
  const known = importKindNames.find((name) => name === kind);
  if (known === undefined) {
    const meant = nearest(kind, importKindNames);
    throw new UsageError(`--from is one of ${importKindNames.join(', ')}, not ${kind}${meant === null ? '' : `; is ${meant} meant?`}`);
  }
  const conversion = importKinds[known]([...new Set(paths)].map(read));
  const { services, remarks } = distinctNames(conversion);
  const keys = keysOf(services);
  return { keys, remarks: [...remarks, ...judge(keys)] };
}

/** What peinit would say to these keys, were they all that it has. */
function judge(keys: readonly ImportedKey[]): readonly Remark[] {
  const nodes = keys.map(({ path, values }) => ({ path: path.slice(judgedKey.length + 1), values }));
  return judgeRegistry(nodes)
    .filter(({ path }) => keys.some((key) => key.path === path))
    .map(({ path, name, message }) => {
      const service = path.slice(path.lastIndexOf('\\') + 1);
      return { kind: 'judged', file: service, line: 0, service, word: name ?? service, text: message };
    });
}

/** Names are compared without case, so of several that are alike only the first stays. */
function distinctNames({ services, remarks }: Conversion): Conversion {
  const seen = new Set<string>();
  const again: Remark[] = [];
  const kept = services.filter(({ name }) => {
    const folded = name.toLowerCase();
    if (seen.has(folded))
      again.push({ kind: 'lost', file: name, line: 0, service: name, word: name, text: 'there is a service of that name before it' });
    return !seen.has(folded) && seen.add(folded);
  });
  return { services: kept, remarks: [...remarks, ...again] };
}

/** An instance without a file of its own comes from its template, which keeps the name asked for. */
function read(path: string): SourceFile {
  const template = path.replace(/@[^/@]+(\.[a-z]+)$/, '@$1');
  const { text } = readSource(!existsSync(path) && existsSync(template) ? template : path);
  if (text.includes('\0')) throw new SeedError(path, [{ line: 1, key: '', value: null, message: 'is no text file' }]);
  return { name: path, text };
}
