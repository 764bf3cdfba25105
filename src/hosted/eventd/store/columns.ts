import { Damage } from './failures.ts';

/** A row as node:sqlite gives it; every column is checked where it is read, since nobody else does for a file. */
export type Row = Record<string, unknown>;

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new Damage(`the column ${column} of a row is no integer`);
  return value;
}

export const integerOrNull = (row: Row, column: string): number | null => (row[column] === null ? null : integerOf(row, column));

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Damage(`the column ${column} of a row is no text`);
  return value;
}

export const textOrNull = (row: Row, column: string): string | null => (row[column] === null ? null : textOf(row, column));

/** The UTF-8 of a BLOB. */
export function bytesAsText(row: Row, column: string): string {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new Damage(`the column ${column} of a row has no bytes`);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

/** Nanoseconds are too large for a number: they are read as two columns, `${column}_s` and `${column}_ns`. */
export const timeColumns = (column: string): string => `${column} / 1000000000 AS ${column}_s, ${column} % 1000000000 AS ${column}_ns`;

export const timeOf = (row: Row, column: string): bigint =>
  BigInt(integerOf(row, `${column}_s`)) * 1_000_000_000n + BigInt(integerOf(row, `${column}_ns`));
