/** Files in memory with all seals: what a simulated authority hands out. */
import type { OpenFile } from './world.ts';
import { openFile } from './world.ts';

export interface SealedFile extends OpenFile {
  readonly content: Uint8Array;
}

export const sealedFile = (content: Uint8Array): SealedFile => Object.assign(openFile('sealed', {}), { content });

export const isSealed = (file: OpenFile): file is SealedFile => file.kind === 'sealed';
