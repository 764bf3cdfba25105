import type { RecordOrder } from '../../../../gen/output/types.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { integerOf } from './columns.ts';
import type { Prefilter } from './text.ts';

/**
 * Rows in the order of arrival, by one value of an index, by a few of them side by side, or all. They are found in windows of the
 * sequence that hold a bounded number of rows, however many match, so that a piece of work is small.
 */
export interface Lanes {
  readonly table: 'burst' | 'event';
  /** With an index; null: all rows. */
  readonly column: 'channel' | 'source' | 'name' | 'severity' | 'service' | 'job' | 'operation' | 'cause' | null;
  /** Of the column; null stands for the one lane of all rows. */
  readonly values: readonly (number | string | null)[];
  /** All must hold; those that are quick to tell come first. */
  readonly prefilters: readonly Prefilter[];
}

/** More values than this are looked for among all rows. */
export const mostLanes = 256;

/** A burst has up to some 64 KB, and a window of them is looked through at once. */
export const windowRows = 64;
const firstSearchRows = 8;
/** A window should take no longer; what it takes to look through a row depends on what is in it. */
const windowMs = 4;

/** How many rows the next window has. */
export class WindowSize {
  rows: number;

  constructor({ prefilters }: Lanes) {
    this.rows = prefilters.length === 0 ? windowRows : firstSearchRows;
  }

  /** The one before took so long. */
  took(ms: number): void {
    if (ms > windowMs) this.rows = Math.max(1, Math.floor((this.rows * windowMs) / ms));
    else if (ms * 2 < windowMs) this.rows = Math.min(windowRows, this.rows * 2);
  }
}

export interface Window {
  /** Rows that may match, in the order asked for. */
  readonly seqs: readonly number[];
  /** The part of the sequence that this was. */
  readonly low: number;
  readonly high: number;
}

/** The next window from one end of `low` to `high`, with so many rows of each lane at most. */
export function nextWindow(connection: StoreConnection, lanes: Lanes, order: RecordOrder, rows: number, low: number, high: number): Window {
  const isNewest = order === 'newest';
  let [from, to] = [low, high];
  for (const value of lanes.values) {
    const edge = edgeOf(connection, lanes, value, order, rows, from, to);
    if (edge === null) continue;
    if (isNewest) from = edge;
    else to = edge;
  }
  const seqs = lanes.values.flatMap((value) => rowsOf(connection, lanes, value, from, to));
  return { seqs: seqs.sort(isNewest ? (a, b) => b - a : (a, b) => a - b), low: from, high: to };
}

/** The index is named, since SQLite would rather go through the whole sequence. */
const rowsWhere = ({ table, column }: Lanes): string =>
  column === null ? `${table} WHERE` : `${table} INDEXED BY ${table}_by_${column} WHERE ${column} = ? AND`;

/** Where a lane has its share of rows; null: not before the other end. */
function edgeOf(
  connection: StoreConnection,
  lanes: Lanes,
  value: number | string | null,
  order: RecordOrder,
  rows: number,
  low: number,
  high: number,
): number | null {
  const row = connection
    .statement(
      `SELECT seq FROM ${rowsWhere(lanes)} seq BETWEEN ? AND ? ` + `ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT 1 OFFSET ?`,
    )
    .get(...(value === null ? [] : [value]), low, high, rows - 1);
  return row === undefined ? null : integerOf(row, 'seq');
}

function rowsOf(connection: StoreConnection, lanes: Lanes, value: number | string | null, low: number, high: number): number[] {
  const { prefilters } = lanes;
  const also = prefilters.map(({ sql }) => ` AND ${sql}`).join('');
  return connection
    .statement(`SELECT seq FROM ${rowsWhere(lanes)} seq BETWEEN ? AND ?${also}`)
    .all(...(value === null ? [] : [value]), low, high, ...prefilters.map(({ parameter }) => parameter))
    .map((row) => integerOf(row, 'seq'));
}
