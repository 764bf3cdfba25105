/** The folders in which everything is generated, as the generator names them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const generatedRoots: readonly string[] = readFileSync(join(import.meta.dirname, '../gen/manifest.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

export const isGenerated = (file: string): boolean => generatedRoots.some((root) => file.startsWith(`${root}/`));
