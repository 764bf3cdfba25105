import type { State } from '../../gen/service/types.ts';
import { padded, textWidth } from './text-width.ts';

const codes = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  brightGreen: 92,
  brightBlue: 94,
  brightMagenta: 95,
  brightCyan: 96,
} as const;
export type Color = keyof typeof codes;

export type Paint = (color: Color, text: string) => string;

export const painter = (enabled: boolean): Paint =>
  enabled ? (color, text) => `\u001b[${codes[color]}m${text}\u001b[0m` : (_color, text) => text;

const stateColors: Record<State, Color> = {
  inactive: 'dim',
  starting: 'yellow',
  active: 'green',
  reloading: 'yellow',
  stopping: 'yellow',
  completed: 'green',
  backoff: 'yellow',
  failed: 'red',
  abandoned: 'red',
  skipped: 'dim',
};

/** As it stands in a sentence: a service is failed, but in backoff. */
export const inWords = (state: State): string => (state === 'backoff' ? 'in backoff' : state);

export const paintState = (paint: Paint, state: State, text: string = state): string => paint(stateColors[state], text);

/** Columns padded to their widest cell; `shown` paints a cell after it was measured. */
export function table(
  rows: readonly (readonly string[])[],
  shown: (row: number, column: number, padded: string) => string,
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, textWidth(cell));
  return rows.map((row, index) =>
    row.map((cell, column) => shown(index, column, column === row.length - 1 ? cell : padded(cell, widths[column] ?? 0))).join('  '),
  );
}

/** Text below a margin, on as many lines as the terminal needs; the further ones stand in by two more. */
export const hanging = (margin: string, text: string, width: number | null): readonly string[] =>
  (width === null ? [text] : wrap(text, Math.max(width - margin.length - 2, 40))).map(
    (line, index) => `${margin}${index === 0 ? '' : '  '}${line}`,
  );

/** Text broken at blanks; a word that is longer than the width has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
