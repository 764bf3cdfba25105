/** Every change of the rooms under trial, with an id that stays while its place stays as it reads. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import type { Edit } from './operators.ts';
import { applied, editsOf } from './operators.ts';

export const rooms = ['src/policy', 'src/control', 'src/exec', 'src/configuration', 'src/events'];

export interface Mutant extends Edit {
  readonly id: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The lines that change, as they are and as they become, without what sets them in. */
  readonly before: string;
  readonly after: string;
}

export const digest = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\0')).digest('hex');
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The mutants of one file. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const seen = new Map<string, number>();
  return editsOf(source).map((edit) => {
    const from = source.lastIndexOf('\n', edit.start - 1) + 1;
    const newline = source.indexOf('\n', edit.end);
    const to = newline < 0 ? source.length : newline;
    const before = plain(source.slice(from, to));
    const after = plain(applied(source.slice(from, to), { ...edit, start: edit.start - from, end: edit.end - from }));
    const content = digest(file, before, after);
    const nth = seen.get(content) ?? 0;
    seen.set(content, nth + 1);
    const id = digest(content, String(nth)).slice(0, 10);
    return { ...edit, id, file, line: source.slice(0, edit.start).split('\n').length, before, after };
  });
}

/** All mutants below `root` in files that match one of the patterns. */
export function findMutants(root: string, only: readonly string[] = []): readonly Mutant[] {
  const wanted = (file: string): boolean =>
    only.length === 0 || only.some((pattern) => matchesGlob(file, pattern) || file.startsWith(`${pattern}/`));
  return rooms
    .flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: root }).sort())
    .filter(wanted)
    .flatMap((file) => mutantsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** So many of them, picked by the seed. Each is picked by its own id, so that a change of the code changes little of the sample. */
export const sample = (mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] =>
  mutants
    .map((mutant) => ({ mutant, rank: digest(String(seed), mutant.id) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
