/** Registry files that form one registry, as their imports one after another would. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WireNode } from '../../../src/judge/judge.ts';
import { judgedKey } from '../../../src/judge/judge.ts';
import { createPlaces } from '../../../src/seed/places.ts';
import { readSeedAsFar } from '../../../src/seed/read-seed.ts';
import type { SeedProblem } from '../../../src/seed/seed-error.ts';
import { SeedError } from '../../../src/seed/seed-error.ts';
import { readSource } from '../../../src/seed/seed-source.ts';
import { unknownFields } from '../../../src/seed/unknown-fields.ts';

export interface FileFinding {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly message: string;
}

export interface ReadFiles {
  /** Below {@link judgedKey}. */
  readonly nodes: readonly WireNode[];
  /** What is wrong with the files themselves. */
  readonly findings: readonly FileFinding[];
  /** Its form is wrong, which is told; nobody knows what it says. */
  isUnread(path: string, name: string | null): boolean;
  /** Where a key or value stands; null: in the base. */
  place(path: string, name: string | null): Pick<FileFinding, 'file' | 'line'> | null;
}

/** Names of keys and values are compared without case. */
const placeOf = (path: string, name: string | null): string => `${path}\n${name ?? ''}`.toLowerCase();

type Value = WireNode['values'][number];

/** Beside the program, or where the sources have it. */
const basePaths = [join(import.meta.dirname, 'base.yaml'), join(import.meta.dirname, '../../../src/hosted/registryd/base.yaml')];

export async function readFiles(files: readonly string[], withBase: boolean): Promise<ReadFiles> {
  const findings: FileFinding[] = [];
  const places = createPlaces();
  const keys = new Map<string, { readonly path: string; readonly values: Map<string, Value> }>();
  const base = withBase ? basePaths.find((path) => existsSync(path)) : undefined;
  if (withBase && base === undefined) throw new Error('base.yaml, what a registry begins with, is not there; --no-base does without');
  const unread = new Set<string>();
  function tell(file: string, problems: readonly SeedProblem[]): void {
    for (const { key, line, message, value } of problems) {
      findings.push({ severity: 'error', file, line, key: key === '' ? null : key, value, message });
      unread.add(placeOf(key.replaceAll('/', '\\'), value));
    }
  }
  for (const [index, file] of [...(base === undefined ? [] : [base]), ...files].entries()) {
    const isBase = base !== undefined && index === 0;
    try {
      const { name, text } = readSource(file);
      const { keys: seeds, problems } = await readSeedAsFar(name, text);
      tell(name, problems);
      if (!isBase) places.add(name, seeds);
      if (!isBase)
        for (const { line, message } of unknownFields(seeds))
          findings.push({ severity: 'warning', file: name, line, key: null, value: null, message });
      for (const { path, values } of seeds) {
        const key = path.join('\\');
        const known = keys.get(key.toLowerCase()) ?? { path: key, values: new Map<string, Value>() };
        for (const value of values) known.values.set(value.name.toLowerCase(), value);
        keys.set(key.toLowerCase(), known);
      }
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      tell(error.file, error.problems);
    }
  }
  const below = `${judgedKey}\\`.toLowerCase();
  return {
    nodes: Array.from(keys.values())
      .filter(({ path }) => path.toLowerCase().startsWith(below))
      .map(({ path, values }) => ({ path: path.slice(below.length), values: [...values.values()] })),
    findings,
    isUnread: (path, name) => unread.has(placeOf(path, null)) || unread.has(placeOf(path, name)),
    place(path, name) {
      const [, file = '', line] = /^(.*):(\d+)$/s.exec(places.of(path, name) ?? '') ?? [];
      return line === undefined ? null : { file, line: Number(line) };
    },
  };
}
