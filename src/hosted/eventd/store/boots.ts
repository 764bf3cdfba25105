import type { AckedIds, HelloRecord } from '../../../../gen/output/types.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { integerOf, textOf, timeColumns, timeOf } from './columns.ts';
import { Damage } from './failures.ts';
import type { BootSummary } from './model.ts';
import type { Opened } from './opened.ts';

/** What is known of a boot while records of it are stored. */
export interface BootState {
  readonly number: number;
  log: number;
  event: number;
  lines: number;
  events: number;
  lastTime: bigint | null;
}

const columns = 'number, log_id, event_id, lines, events';

/** Null: nothing of it was ever stored. */
export function findBoot({ connection }: Opened, id: string): BootState | null {
  const row = connection.statement(`SELECT ${columns} FROM boot WHERE id = ?`).get(id);
  if (row === undefined) return null;
  return {
    number: integerOf(row, 'number'),
    log: integerOf(row, 'log_id'),
    event: integerOf(row, 'event_id'),
    lines: integerOf(row, 'lines'),
    events: integerOf(row, 'events'),
    lastTime: null,
  };
}

export function ackedOf(boot: BootState | null): AckedIds {
  return { log: boot?.log ?? 0, event: boot?.event ?? 0 };
}

/** Within a transaction. */
export function enterBoot(opened: Opened, boot: HelloRecord): BootState {
  const found = findBoot(opened, boot.boot_id);
  if (found !== null) return found;
  opened.connection
    .statement('INSERT INTO boot (id, started_at, log_id, event_id, first, last, lines, events) VALUES (?, ?, 0, 0, ?, ?, 0, 0)')
    .run(boot.boot_id, boot.started_at, opened.next, opened.next);
  const made = findBoot(opened, boot.boot_id);
  if (made === null) throw new Damage('a boot that was entered is not there');
  return made;
}

/** Within a transaction. */
export function saveBoot({ connection, next }: Opened, boot: BootState): void {
  connection
    .statement(
      'UPDATE boot SET log_id = ?, event_id = ?, lines = ?, events = ?, last = ?, last_time = coalesce(?, last_time) WHERE number = ?',
    )
    .run(boot.log, boot.event, boot.lines, boot.events, next - 1, boot.lastTime, boot.number);
}

/** The latest one first. */
export function summariseBoots({ connection }: Opened): BootSummary[] {
  const sql = `SELECT id, started_at, lines, events, ${timeColumns('last_time')} FROM boot ORDER BY number DESC`;
  return connection
    .statement(sql)
    .all()
    .map((row) => {
      const [lines, events] = [integerOf(row, 'lines'), integerOf(row, 'events')];
      return {
        boot_id: textOf(row, 'id'),
        started_at: textOf(row, 'started_at'),
        last_at: lines + events === 0 || row['last_time_s'] === null ? null : formatTimestamp(timeOf(row, 'last_time')),
        lines,
        events,
      };
    });
}

/** Its part of the sequence; null: it is not known. */
export function rangeOfBoot(
  { connection }: Opened,
  id: string,
): { readonly number: number; readonly first: number; readonly last: number } | null {
  const row = connection.statement('SELECT number, first, last FROM boot WHERE id = ?').get(id);
  if (row === undefined) return null;
  return { number: integerOf(row, 'number'), first: integerOf(row, 'first'), last: integerOf(row, 'last') };
}

/** Within a transaction: so much of a boot went. */
export function subtract({ connection }: Opened, boot: number, lines: number, events: number): void {
  connection.statement('UPDATE boot SET lines = lines - ?, events = events - ? WHERE number = ?').run(lines, events, boot);
}
