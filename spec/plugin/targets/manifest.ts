/** gen/manifest.txt: the folders in which everything is generated, for what wipes, compares or passes over them. */
import type { PrintedFile } from '../printed-file.ts';
import { generatedMark } from '../printed-file.ts';

export const printManifest = (roots: readonly string[]): PrintedFile => ({
  path: 'gen/manifest.txt',
  content: [`# ${generatedMark('peinit')}`, ...[...roots].sort()].join('\n'),
});
