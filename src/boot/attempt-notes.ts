/**
 * How boots that did not succeed ended, for whoever finds the machine in Recovery: a line each beside the counter, which itself is a number
 * and nothing else. Written only where an end is known, and worth no more than that: a boot without a line lost its power, was reset, or
 * its kernel stopped. O-136.
 */
import type { Files, RealtimeNs } from '../kernel/kernel.ts';

export const notesPath = '/.peinit/boot-ends';
const mostBytes = 65536;
/** Of one text; a longer one is cut. */
const mostText = 2000;
/** Lines kept: without a limit of attempts nobody else would end it. */
const mostNotes = 16;

export interface AttemptNote {
  /** Which boot since the last one that succeeded, from 1 on. */
  readonly attempt: number;
  readonly at: string;
  readonly text: string;
}

/** Of the boots up to that one, oldest first; what cannot be read is not there. */
export function readNotes(kernel: Pick<Files, 'readFile'>, last: number): readonly AttemptNote[] {
  const content = last > 0 ? kernel.readFile(notesPath, mostBytes) : 0;
  if (typeof content === 'number') return [];
  return new TextDecoder()
    .decode(content)
    .split('\n')
    .flatMap((line): readonly AttemptNote[] => {
      const [, attempt, at, text] = /^(\d{1,10}) (\d{4}-\d\d-\d\dT[\d:.]+Z) (.+)$/.exec(line) ?? [];
      if (attempt === undefined || at === undefined || text === undefined || Number(attempt) > last) return [];
      return [{ attempt: Number(attempt), at, text }];
    });
}

/** After a boot that succeeded the counting begins anew, and with it the lines. */
export const forgetNotes = (kernel: Pick<Files, 'unlink'>): void => void kernel.unlink(notesPath);

export interface Ended {
  readonly attempt: number;
  readonly at: RealtimeNs;
  readonly text: string;
  readonly timestamp: (at: RealtimeNs) => string;
}

/** Those that are to be told from then on, with one line more. */
export function withNote(notes: readonly AttemptNote[], { attempt, at, text, timestamp }: Ended): readonly AttemptNote[] {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, mostText);
  return [...notes.filter((note) => note.attempt < attempt), { attempt, at: timestamp(at), text: line }].slice(-mostNotes);
}

/** The file of these. */
export const notesText = (notes: readonly AttemptNote[]): string =>
  notes.map((note) => `${note.attempt} ${note.at} ${note.text}\n`).join('');
