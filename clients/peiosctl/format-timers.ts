/** Timers for people: when they fire, how long until then, and what the last firing came to. */
import type { Timer, TimerFiring } from '../../gen/control/types.ts';
import { timerIdleFacts, timerOutcomeFacts } from '../../gen/service/facts.ts';
import type { Color, Paint } from './paint.ts';
import { hanging, table } from './paint.ts';
import { textWidth } from './text-width.ts';
import { formatInstant, formatSpan } from './time.ts';

/** The first to fire first, those that do not fire last. */
export const byNext = (timers: readonly Timer[]): readonly Timer[] =>
  timers.toSorted((one, other) => {
    if (one.next === null || other.next === null) return one.next === other.next ? 0 : one.next === null ? 1 : -1;
    return one.next < other.next ? -1 : one.next > other.next ? 1 : 0;
  });

interface CameTo {
  readonly word: string;
  readonly color: Color | null;
  /** What else is to be said; null: nothing. */
  readonly why: string | null;
}

/** What became of the last firing. */
export function cameTo({ last, pending_run: isPending }: Timer): CameTo {
  if (last === null || last.outcome === null) return { word: '-', color: null, why: null };
  switch (last.outcome) {
    case 'skipped':
      return { word: 'skipped', color: 'yellow', why: last.reason ?? timerOutcomeFacts.skipped.words };
    case 'pending':
      if (isPending) return { word: 'pending', color: 'yellow', why: timerOutcomeFacts.pending.words };
      return last.operation_id === null ? { word: 'taken back', color: 'yellow', why: takenBack } : runCameTo(last);
    case 'started':
      return runCameTo(last);
    default:
      return last.outcome satisfies never;
  }
}

const takenBack = 'the service was running, and the run that was to follow is not made';

/** What became of the run that a firing led to, at once or after the run before it. */
function runCameTo({ result }: TimerFiring): CameTo {
  if (result === null) return { word: 'under way', color: 'yellow', why: null };
  if (result.operation !== 'completed') return { word: result.operation, color: 'red', why: result.error };
  return { word: result.state === 'active' ? 'active' : 'completed', color: 'green', why: null };
}

export const lastText = ({ last }: Timer): string => (last === null ? '-' : `${formatSpan(last.seconds_ago)} ago`);

/** Why it has no next time, in short. */
const idleWord = ({ idle }: Timer): string => (idle === null ? '-' : idle.replaceAll('_', ' '));

const head = ['SERVICE', 'NEXT', 'LEFT', 'LAST', 'CAME TO'];
const cameToColumn = head.indexOf('CAME TO');

/** The expressions are a column where the terminal is wide enough, else they stand below. */
export function timerLines(timers: readonly Timer[], paint: Paint, width: number | null): readonly string[] {
  const came = timers.map(cameTo);
  const cells = timers.map((timer, at) => [
    timer.service,
    timer.next === null ? idleWord(timer) : formatInstant(timer.next),
    timer.next_seconds === null ? '-' : formatSpan(timer.next_seconds),
    lastText(timer),
    came[at]?.word ?? '-',
  ]);
  const withSchedules = [[...head, 'WHEN'], ...cells.map((row, at) => [...row, timers[at]?.schedule ?? ''])];
  const plain = (_row: number, _column: number, padded: string): string => padded;
  const isWide = width === null || table(withSchedules, plain).every((line) => textWidth(line) <= width);
  const lines = table(isWide ? withSchedules : [head, ...cells], (row, column, padded) => {
    if (row === 0) return paint('bold', padded);
    const color = column === cameToColumn ? (came[row - 1]?.color ?? null) : null;
    return color === null ? padded : paint(color, padded);
  });
  return lines.flatMap((line, row) => {
    const timer = timers[row - 1];
    if (timer === undefined) return [line];
    const why = came[row - 1]?.why ?? null;
    return [
      line,
      ...(isWide ? [] : hanging('  ', timer.schedule, width).map((each) => paint('dim', each))),
      ...(why === null ? [] : hanging('  ', why, width)),
    ];
  });
}

/** What status tells of one: `daily: next 2026-06-01 00:00:00 (in 3 h), last 21 h ago: completed`. */
export function timerText(timer: Timer): string {
  const { schedule, next, next_seconds: left, idle, last } = timer;
  const when =
    next === null
      ? idle === null
        ? 'about to be reckoned'
        : `does not fire: ${timerIdleFacts[idle].words}`
      : `next ${formatInstant(next)} (in ${formatSpan(left ?? 0)})`;
  if (last === null) return `${schedule}: ${when}`;
  const { word, why } = cameTo(timer);
  const came = word === '-' ? '' : `: ${why === null ? word : `${word}, ${why}`}`;
  return `${schedule}: ${when}, last ${lastText(timer)}${came}`;
}
