/**
 * A place between two lines or events, in the order of arrival: before line `line` of the row `seq`. It stays true while others arrive or
 * are deleted, since the sequence never goes back, and since a row is never changed.
 */
export interface Place {
  readonly seq: number;
  readonly line: number;
}

export interface Cursor extends Place {
  /** Of the database that it was given for. */
  readonly generation: string;
}

export const formatCursor = ({ generation, seq, line }: Cursor): string => `${generation}-${seq.toString(36)}-${line.toString(36)}`;

const form = /^([0-9a-f]{16})-([0-9a-z]{1,10})-([0-9a-z]{1,6})$/;

/** Null: no cursor of ours. */
export function parseCursor(text: string): Cursor | null {
  const [, generation, seq, line] = form.exec(text) ?? [];
  if (generation === undefined || seq === undefined || line === undefined) return null;
  return { generation, seq: Number.parseInt(seq, 36), line: Number.parseInt(line, 36) };
}
