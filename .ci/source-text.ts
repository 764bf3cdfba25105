/** What the checks need to know of a TypeScript file: what it imports, and its code without comments, types and string contents. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

export interface Import {
  /** As written: './x.ts', '#gen/x.ts', 'node:fs', 'yaml'. */
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** What stands between `import` and `from`; empty for side effects and dynamic imports. */
  readonly clause: string;
  /** From 1. */
  readonly line: number;
}

const statement = /^[ \t]*(?:import|export)\s+(type\s+)?((?:[\w$*{}\s,]|\bas\b)*?)\s*from\s*['"]([^'"\n]+)['"]/gm;
const sideEffect = /^[ \t]*import\s*['"]([^'"\n]+)['"]/gm;
/** `import('x')`, also as a type, and `require('x')`. */
const call = /\b(?:import|require)\s*\(\s*['"`]([^'"`\n]+)['"`]/g;

export function importsOf(source: string): Import[] {
  const lineAt = (index: number): number => source.slice(0, index).split('\n').length;
  const found: Import[] = [];
  for (const match of source.matchAll(statement)) {
    const [, type, clause = '', specifier = ''] = match;
    found.push({ specifier, typeOnly: type !== undefined, clause, line: lineAt(match.index) });
  }
  for (const pattern of [sideEffect, call]) {
    for (const match of source.matchAll(pattern)) {
      found.push({ specifier: match[1] ?? '', typeOnly: false, clause: '', line: lineAt(match.index) });
    }
  }
  return found;
}

/** JavaScript without comments and types. */
export const withoutComments = (source: string): string =>
  transformSync(source, { loader: 'ts', target: 'esnext', legalComments: 'none', logLevel: 'silent' }).code;

/** That code with its strings of one line emptied, so that words in messages are not taken for code. */
export const withoutTexts = (code: string): string => code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "''");

/** Every .ts file below `directory`, as paths relative to `root`; none when it does not exist. */
export function typescriptFiles(root: string, directory: string): string[] {
  try {
    return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  } catch {
    return [];
  }
}
