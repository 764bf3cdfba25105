import { integerOrNull } from './columns.ts';
import type { Opened } from './opened.ts';

/**
 * Where a time is in the sequence. For each minute of the wall clock the table `minute` has the first and the last of what arrived in it;
 * a clock that was set back makes minutes overlap, and what is found is then looked through for what it really is.
 */

const minuteOf = (time: bigint): number => Number(time / 60_000_000_000n);

/** The row `seq` has lines or an event of that time. Within a transaction. */
export function noteTime(opened: Opened, time: bigint, seq: number): void {
  const minute = minuteOf(time);
  if (opened.minute?.minute === minute) {
    opened.minute.last = seq;
    return;
  }
  closeMinute(opened);
  opened.connection
    .statement('INSERT INTO minute (minute, first, last) VALUES (?, ?, NULL) ON CONFLICT DO UPDATE SET last = NULL')
    .run(minute, seq);
  opened.minute = { minute, last: seq };
}

function closeMinute({ connection, minute }: Opened): void {
  if (minute !== null) connection.statement('UPDATE minute SET last = ? WHERE minute = ?').run(minute.last, minute.minute);
}

/** The first of the sequence that may be of `time` or later; null: nothing is. */
export function firstSince({ connection }: Opened, time: bigint): number | null {
  const row = connection.statement('SELECT min(first) AS first FROM minute WHERE minute >= ?').get(minuteOf(time));
  return row === undefined ? null : integerOrNull(row, 'first');
}

/** The last of the sequence that may be of `time` or earlier; null: nothing is. */
export function lastUntil({ connection, next }: Opened, time: bigint): number | null {
  const row = connection.statement('SELECT max(coalesce(last, ?)) AS last FROM minute WHERE minute <= ?').get(next - 1, minuteOf(time));
  return row === undefined ? null : integerOrNull(row, 'last');
}

/** The last of the sequence that is of before `time`, and nothing else may be told of; null: there is none. */
export function lastBefore({ connection, next }: Opened, time: bigint): number | null {
  const row = connection.statement('SELECT max(coalesce(last, ?)) AS last FROM minute WHERE minute < ?').get(next - 1, minuteOf(time));
  return row === undefined ? null : integerOrNull(row, 'last');
}

/** The first of the sequence that is of `since` or later, where what is later than `latest` counts for nothing: the clock was wrong. */
export function firstBetween({ connection }: Opened, since: bigint, latest: bigint): number | null {
  const row = connection
    .statement('SELECT min(first) AS first FROM minute WHERE minute BETWEEN ? AND ?')
    .get(minuteOf(since), minuteOf(latest));
  return row === undefined ? null : integerOrNull(row, 'first');
}
