/** Lines of services as people read them, one beside the other: `12:34:56.789  web  | listening`. */
import { serviceOfOrigin } from '../../src/policy/definition/names.ts';
import type { Color, Paint } from './paint.ts';
import { printable } from './printable.ts';
import { padded, textWidth } from './text-width.ts';
import { formatTime, millisecondsOf } from './time.ts';

/** A line that a process wrote, whoever tells of it. */
export interface WrittenLine {
  /** `web`, `web/ExecStartPre[0]`, `mount:/data//fsck`, `jobs/ID`. */
  readonly origin: string;
  readonly timestamp: string;
  readonly text: string;
  /** It was written to standard error. */
  readonly is_error?: boolean;
}

/** Columns that names line up in; a longer one pushes its own text only. */
const widestColumn = 32;

/** Colours that names have; red and yellow mean something. */
const nameColors: readonly Color[] = ['cyan', 'magenta', 'blue', 'green', 'brightCyan', 'brightMagenta', 'brightBlue', 'brightGreen'];

/** When, and whose: what a line begins with. The column of names grows with what comes, and never shrinks again. */
export interface LineHead {
  /** `name` null: it is nobody's. */
  (name: string | null, timestamp: string): string;
  /** Names that come next, so that those before them stand in the same column. */
  expect(names: Iterable<string>): void;
}

/** `names`: those that may come. */
export function createLineHead(paint: Paint, names: Iterable<string>, now: () => number = Date.now): LineHead {
  let column = 0;
  const expect = (more: Iterable<string>): void => {
    for (const name of more) column = Math.max(column, Math.min(textWidth(printable(name)), widestColumn));
  };
  // Most lines are of the same second as the one before them.
  let [second, time] = ['', ''];
  const timeOf = (timestamp: string): string => {
    const its = timestamp.slice(0, 19);
    if (its !== second) [second, time] = [its, formatTime(timestamp, now())];
    return `${time}.${millisecondsOf(timestamp)}`;
  };
  const head = (name: string | null, timestamp: string): string => {
    const shown = printable(name ?? '-');
    expect([shown]);
    const cell = padded(shown, column);
    return `${timeOf(timestamp)}  ${name === null ? paint('dim', cell) : paintName(paint, shown, cell)}  `;
  };
  expect(names);
  return Object.assign(head, { expect });
}

/** `stderr` is no failure: many programs say everything there. */
export type Tone = 'plain' | 'stderr' | 'warning' | 'error';

/** What stands before a text: standard error, and what went wrong, is seen without colours, too. */
export const toneMark = (paint: Paint, tone: Tone): string =>
  tone === 'plain' ? paint('dim', '|') : paint(tone === 'warning' ? 'yellow' : 'red', '!');

/** Formats lines of several processes in columns. */
export function createLineFormatter(paint: Paint, names: readonly string[], now?: () => number): (line: WrittenLine) => string {
  const head = createLineHead(paint, names, now);
  return ({ origin, timestamp, text, is_error: isError }) =>
    `${head(origin, timestamp)}${toneMark(paint, isError === true ? 'stderr' : 'plain')} ${plainText(text)}`;
}

/** A service has the same colour in each command, and so have its hooks and checks. */
export function paintName(paint: Paint, name: string, text: string = name): string {
  const service = serviceOfOrigin(name);
  let sum = 0;
  for (let at = 0; at < service.length; at++) sum = Math.imul(sum ^ service.charCodeAt(at), 0x01000193) >>> 0;
  // So that names which differ in little have other upper bits, of which the colour is made.
  const mixed = Math.imul(sum ^ (sum >>> 16), 0x7feb352d) >>> 0;
  return paint(nameColors[Math.floor((mixed / 2 ** 32) * nameColors.length)] ?? 'bold', text);
}

/** What a program paints its lines with is left out, whatever else would steer the terminal is marked. */
export const plainText = (text: string): string => printable(text.replace(/\u001b\[[\d;:]*m|\r$/g, ''));
