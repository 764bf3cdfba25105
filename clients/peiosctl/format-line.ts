/** Lines of services as people read them, one beside the other: `12:34:56.789  web  listening`. */
import type { Color, Paint } from './paint.ts';
import { printable } from './printable.ts';
import { padded, textWidth } from './text-width.ts';
import { formatMoment } from './time.ts';

/** A line that a process wrote, whoever tells of it. */
export interface WrittenLine {
  /** `web`, `web/ExecStartPre[0]`, `jobs/ID`. */
  readonly origin: string;
  readonly timestamp: string;
  readonly text: string;
}

/** Columns that names line up in; a longer one pushes its own text only. */
export const widestColumn = 32;

/** Colours that names have; red and yellow mean something. */
const nameColors: readonly Color[] = ['cyan', 'magenta', 'blue', 'green', 'brightCyan', 'brightMagenta', 'brightBlue', 'brightGreen'];

/** When, and whose: what a line begins with. */
export type LineHead = (name: string, timestamp: string) => string;

/** `names`: those that may come; the column of names grows with what comes beyond them, and never shrinks again. */
export function createLineHead(paint: Paint, names: readonly string[], now: () => number = Date.now): LineHead {
  let column = Math.min(Math.max(0, ...names.map((name) => textWidth(printable(name)))), widestColumn);
  return (name, timestamp) => {
    const shown = printable(name);
    column = Math.max(column, Math.min(textWidth(shown), widestColumn));
    return `${formatMoment(timestamp, now())}  ${paintName(paint, shown, padded(shown, column))}  `;
  };
}

/** Formats lines of several processes in columns. */
export function createLineFormatter(paint: Paint, names: readonly string[], now?: () => number): (line: WrittenLine) => string {
  const head = createLineHead(paint, names, now);
  return ({ origin, timestamp, text }) => head(origin, timestamp) + plainText(text);
}

/** A service has the same colour in each command, and so have its hooks and checks. */
export function paintName(paint: Paint, name: string, text: string = name): string {
  const [service = ''] = name.split('/', 1);
  let sum = 0;
  for (let at = 0; at < service.length; at++) sum = Math.imul(sum ^ service.charCodeAt(at), 0x01000193) >>> 0;
  return paint(nameColors[((sum >>> 16) ^ sum) % nameColors.length] ?? 'bold', text);
}

/** What a program paints its lines with is left out, whatever else would steer the terminal is marked. */
export const plainText = (text: string): string => printable(text.replace(/\u001b\[[\d;:]*m|\r$/g, ''));
