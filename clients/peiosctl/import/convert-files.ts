/** Files of another service manager as keys of the registry. */
import { existsSync } from 'node:fs';
import { nearest } from '../../../src/seed/nearest.ts';
import { readSource } from '../../../src/seed/seed-source.ts';
import { UsageError } from '../usage-error.ts';
import type { Remark, SourceFile } from './conversion.ts';
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
  return { keys: keysOf(conversion), remarks: conversion.remarks };
}

/** An instance without a file of its own comes from its template, which keeps the name asked for. */
function read(path: string): SourceFile {
  const template = path.replace(/@[^/@]+(\.[a-z]+)$/, '@$1');
  const { text } = readSource(!existsSync(path) && existsSync(template) ? template : path);
  return { name: path, text };
}
