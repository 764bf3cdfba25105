/** What a file imports, and what that imports: all that can change how it runs. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { importsOf } from '../../.ci/source-text.ts';
import { digest } from './mutants.ts';

export interface Imports {
  /** The file itself and all it reaches, sorted. */
  closure(file: string): readonly string[];
  /** Of the contents of the closure. */
  key(file: string): string;
}

function resolve(file: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  return specifier.startsWith('#') ? specifier.slice(1) : null;
}

export function readImports(root: string): Imports {
  const files = new Map<string, { readonly hash: string; readonly imports: readonly string[] }>();
  const closures = new Map<string, readonly string[]>();
  function read(file: string): { readonly hash: string; readonly imports: readonly string[] } {
    const known = files.get(file);
    if (known) return known;
    let source = '';
    try {
      source = readFileSync(join(root, file), 'utf8');
    } catch {
      // A specifier in a text, of a file that is not there.
    }
    const imports = importsOf(source).flatMap(({ specifier }) => resolve(file, specifier) ?? []);
    const entry = { hash: digest(source), imports: file.endsWith('.ts') ? imports : [] };
    files.set(file, entry);
    return entry;
  }
  function closure(file: string): readonly string[] {
    const known = closures.get(file);
    if (known) return known;
    const reached = new Set([file]);
    for (const one of reached) for (const other of read(one).imports) reached.add(other);
    const sorted = [...reached].sort();
    closures.set(file, sorted);
    return sorted;
  }
  return { closure, key: (file) => digest(...closure(file).flatMap((one) => [one, read(one).hash])) };
}
