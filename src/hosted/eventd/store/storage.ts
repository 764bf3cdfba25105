import type { MovedAside } from '../../../../gen/output/types.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { integerOf, timeColumns, timeOf } from './columns.ts';
import type { Limits, StorageSummary } from './model.ts';
import type { Opened } from './opened.ts';

/** What is stored. */
export function summariseStorage(opened: Opened, limits: Limits, movedAside: readonly MovedAside[]): StorageSummary {
  const { connection, path } = opened;
  const sums = connection.statement('SELECT coalesce(sum(lines), 0) AS lines, coalesce(sum(events), 0) AS events FROM boot').get() ?? {};
  return {
    path,
    bytes: opened.size().total + opened.logBytes(),
    limits,
    lines: integerOf(sums, 'lines'),
    events: integerOf(sums, 'events'),
    lost_lines: missing(opened, 0),
    lost_events: missing(opened, 1),
    oldest_at: timeAt(opened, 'ASC'),
    newest_at: timeAt(opened, 'DESC'),
    moved_aside: movedAside,
  };
}

function missing({ connection }: Opened, isEvent: 0 | 1): number {
  const sql = 'SELECT coalesce(sum(last_id - first_id + 1), 0) AS count FROM gap WHERE is_event = ?';
  return integerOf(connection.statement(sql).get(isEvent) ?? {}, 'count');
}

function timeAt({ connection }: Opened, order: 'ASC' | 'DESC'): string | null {
  const of = (table: string): string => `SELECT * FROM (SELECT seq, time FROM ${table} ORDER BY seq ${order} LIMIT 1)`;
  const row = connection
    .statement(`SELECT seq, ${timeColumns('time')} FROM (${of('burst')} UNION ALL ${of('event')}) ORDER BY seq ${order} LIMIT 1`)
    .get();
  return row === undefined ? null : formatTimestamp(timeOf(row, 'time'));
}
