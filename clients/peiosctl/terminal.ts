/** What standard output is good for. */
export interface Terminal {
  readonly color: boolean;
  /** Columns; null: lines may have any length. */
  readonly width: number | null;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** NO_COLOR counts unless it is empty (no-color.org); a terminal that does not know its size says 0; COLUMNS says it for both. */
export function terminal(stream: Stream, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const attended = stream.isTTY === true;
  const noColor = environment['NO_COLOR'];
  const color = attended && environment['TERM'] !== 'dumb' && (noColor === undefined || noColor === '');
  const said = environment['COLUMNS'] ?? '';
  if (/^[1-9]\d{0,4}$/.test(said)) return { color, width: Number(said) };
  return { color, width: (attended && stream.columns) || null };
}
