/**
 * The boot attempt counter. It is read first, and decides with what was found there; a boot that goes on raises it by one right after the
 * root was seen to be writable, and one that succeeds, in Full or Safe mode, sets it to 0. A boot into Recovery, by the counter or because
 * it was asked for, is no attempt. PSD-007 2.3, BOOT-060, BOOT-068 to BOOT-072, D-03, O-135.
 *
 * Before Phase 2 process 1 writes the file itself. Later it must not wait for a disk: the helper program does.
 */
import type { BootAttempts } from '../control/context.ts';
import type { Helper, HelperResult } from '../exec/helper.ts';
import { describeErrno } from '../kernel/errno.ts';
import { parseErrnoAnswer, replaceArguments } from '../kernel/helper-protocol.ts';
import type { Kernel, RealtimeNs } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Console } from '../output/console.ts';
import { attemptsMode, attemptsPath, attemptsText, readAttempts, temporaryPath } from './attempt-counter.ts';
import type { AttemptNote } from './attempt-notes.ts';
import { forgetNotes, notesPath, notesText, readNotes, withNote } from './attempt-notes.ts';

export interface AttemptsParts {
  readonly kernel: Kernel;
  readonly console: Pick<Console, 'line'>;
  /** peios.bootattempts: so many boots may fail in a row; 0: any number. */
  readonly limit: number;
  readonly timestamp: (at: RealtimeNs) => string;
  readonly helper: Pick<Helper, 'run' | 'runAtOnce'>;
  /** At the end of the turn. */
  readonly defer: Loop['defer'];
}

export interface Attempts {
  /** Reads the counter; why it leads to Recovery, or null. How those boots ended is history. */
  examine(): string | null;
  /** This boot is an attempt. */
  raise(): void;
  /** What somebody at the console should know of the boots before, line by line. */
  history(): readonly string[];
  /** This boot ends, or cannot go on, without having succeeded. */
  ended(text: string): void;
  /** What was to be kept of the end is on the disk, or cannot be. */
  whenNoted(done: () => void): void;
  /** This boot ends in order and in good state, in a container: it is held against nobody. O-135. */
  giveBack(): void;
  /** This boot has succeeded. */
  confirm(): void;
  /** Boots count from 0 again; null, or what failed. */
  reset(done: (problem: string | null) => void): void;
  view(): BootAttempts;
}

const helperTimeoutMs = 30_000;
/** The machine ends, and does not wait longer for that. */
const noteTimeoutMs = 5000;
/** Most boots told one by one. */
const mostTold = 5;

export function createAttempts({ kernel, console, limit, timestamp, helper, defer }: AttemptsParts): Attempts {
  /** What was found. */
  let before = 0;
  let attempt: number | null = null;
  let ends: readonly AttemptNote[] = [];
  /** It has succeeded, or was set back: nothing of it is held against the next one. */
  let isOver = false;
  /** So many notes are being written. */
  let noting = 0;
  const awaiting: (() => void)[] = [];
  const resetting: ((problem: string | null) => void)[] = [];

  function examine(): string | null {
    const found = readAttempts(kernel);
    if (typeof found !== 'number') {
      if (limit !== 0) return `the boot attempts cannot be told: ${found.problem}`;
      console.line(`${found.problem}; it counts as 0`, 'warning');
      return null;
    }
    before = found;
    ends = readNotes(kernel, before);
    if (limit === 0 || before < limit) return null;
    return `${boots(before)} in a row did not succeed: the limit is ${limit} (peios.bootattempts)`;
  }

  const boots = (count: number): string => (count === 1 ? '1 boot' : `${count} boots`);

  const noteOf = (number: number): AttemptNote | undefined => ends.find((note) => note.attempt === number);

  const endOf = (number: number): string =>
    noteOf(number)?.text ?? 'how it ended is not known: no power, a reset, or a kernel that stopped';

  /** All write the same, so whoever comes while it is written waits for that. */
  function reset(done: (problem: string | null) => void): void {
    resetting.push(done);
    if (resetting.length > 1) return;
    helper.run(replaceArguments(attemptsPath, attemptsMode, attemptsText(0)), helperTimeoutMs, (result) => {
      const problem = problemOf(result, helperTimeoutMs);
      if (problem === null) {
        isOver = true;
        ends = [];
      }
      for (const each of resetting.splice(0)) each(problem === null ? null : `writing ${attemptsPath} failed: ${problem}`);
    });
  }

  function noted(result: HelperResult): void {
    const problem = problemOf(result, noteTimeoutMs);
    if (problem !== null) console.line(`how this boot ended is not kept: writing ${notesPath} failed: ${problem}`, 'warning');
    noting -= 1;
    if (noting === 0) for (const each of awaiting.splice(0)) each();
  }

  return {
    examine,
    raise() {
      if (before === 0) forgetNotes(kernel);
      const written = kernel.replaceFile(attemptsPath, attemptsText(before + 1), attemptsMode);
      if (written < 0) {
        console.line(`this boot is not counted: writing ${attemptsPath} failed: ${describeErrno(written)}`, 'warning');
        return;
      }
      attempt = before + 1;
      if (typeof kernel.readDirectory(temporaryPath) !== 'number')
        console.line(
          `${temporaryPath} is a directory that is not empty, where the counter is written first; it went past it. Remove it.`,
          'warning',
        );
      if (before === 0) return;
      const most = limit === 0 ? '' : ` of ${limit}`;
      console.line(`boot attempt ${attempt}${most}: the one before did not succeed: ${endOf(before)}`, 'setback');
    },
    history() {
      const from = Math.max(1, before - mostTold + 1);
      return Array.from({ length: before - from + 1 }, (_, index) => {
        const note = noteOf(from + index);
        return `boot ${from + index}${note === undefined ? '' : `, ${toTheSecond(note.at)}`}: ${endOf(from + index)}`;
      });
    },
    ended(text) {
      if (attempt === null || isOver) return;
      const notes = notesText(withNote(ends, { attempt, at: kernel.realtimeNs(), text, timestamp }));
      noting += 1;
      // The shell of Recovery comes first.
      defer(() => helper.runAtOnce(replaceArguments(notesPath, attemptsMode, notes), noteTimeoutMs, noted));
    },
    whenNoted(done) {
      if (noting === 0) done();
      else awaiting.push(done);
    },
    giveBack() {
      // What somebody has written since is what counts.
      if (attempt === null || isOver || readAttempts(kernel) !== attempt) return;
      const written = kernel.replaceFile(attemptsPath, attemptsText(before), attemptsMode);
      if (written < 0) console.line(`this boot counts as an attempt: writing ${attemptsPath} failed: ${describeErrno(written)}`, 'warning');
    },
    confirm() {
      isOver = true;
      reset((problem) => {
        if (problem === null && before > 0) console.line('the boot has succeeded: boot attempts count from 0 again', 'progress');
        if (problem !== null && attempt !== null)
          console.line(`the boot has succeeded and still counts as an attempt: ${problem}`, 'warning');
      });
    },
    reset,
    view: () => ({ attempt, limit, ends }),
  };
}

/** `2026-06-01 12:34:56 UTC`, for somebody at the console. */
const toTheSecond = (timestamp: string): string => `${timestamp.slice(0, 19).replace('T', ' ')} UTC`;

function problemOf(result: HelperResult, timeoutMs: number): string | null {
  if (result.kind === 'failed') return result.message;
  if (result.kind === 'timed-out') return `the disk did not answer within ${timeoutMs / 1000} s`;
  const error = parseErrnoAnswer(result.output);
  if (error === null) return `the helper program ended with ${result.exitCode} and no answer`;
  return error === 0 ? null : describeErrno(-error);
}
