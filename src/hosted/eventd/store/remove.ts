import { subtract } from './boots.ts';
import { integerOf } from './columns.ts';
import type { Opened } from './opened.ts';

/** How much went. */
export interface Removed {
  lines: number;
  events: number;
}

/** All bursts of a part of the sequence, both ends included. Within a transaction. */
export function removeBursts(opened: Opened, low: number, high: number): number {
  const rows = opened.connection.statement('DELETE FROM burst WHERE seq BETWEEN ? AND ? RETURNING source, lines').all(low, high);
  const ofBoots = new Map<number, number>();
  let lines = 0;
  for (const row of rows) {
    const { boot } = opened.names.sourceOf(integerOf(row, 'source'));
    const count = integerOf(row, 'lines');
    ofBoots.set(boot, (ofBoots.get(boot) ?? 0) + count);
    lines += count;
  }
  for (const [boot, count] of ofBoots) subtract(opened, boot, count, 0);
  return lines;
}

/** All events of a part of the sequence, both ends included. Within a transaction. */
export function removeEvents(opened: Opened, low: number, high: number): number {
  const rows = opened.connection.statement('DELETE FROM event WHERE seq BETWEEN ? AND ? RETURNING boot').all(low, high);
  const ofBoots = new Map<number, number>();
  for (const row of rows) {
    const boot = integerOf(row, 'boot');
    ofBoots.set(boot, (ofBoots.get(boot) ?? 0) + 1);
  }
  for (const [boot, count] of ofBoots) subtract(opened, boot, 0, count);
  return rows.length;
}

/** Within a transaction. */
export function removeGaps(opened: Opened, low: number, high: number): void {
  opened.connection.statement('DELETE FROM gap WHERE seq BETWEEN ? AND ?').run(low, high);
}
