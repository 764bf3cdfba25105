import { exitStatus } from '../exit-statuses.ts';
import { printable } from '../printable.ts';
import type { Completion } from './complete.ts';
import { complete } from './complete.ts';

/** `:files` and `:open` are for the script; a candidate has its text behind a tab. Nothing that goes wrong is worth a word here. */
export async function printCompletion(words: readonly string[]): Promise<never> {
  const nothing: Completion = { candidates: [] };
  const { candidates, files, open } = await complete(words).catch(() => nothing);
  const lines = candidates.map(({ word, text }) => `${printable(word)}\t${printable(text)}`);
  for (const line of [...(files ? [':files'] : []), ...(open ? [':open'] : []), ...lines]) process.stdout.write(`${line}\n`);
  // A connection to somebody who does not answer would keep the process.
  process.exit(exitStatus.done);
}
