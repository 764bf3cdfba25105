/**
 * Records of a machine for people, one after the other: `23:06:53.201  web/ExecStartPre[0]  | made /run/web`. Times and names stand in
 * columns, what was lost and where another boot begins is told between. `!` in place of `|` marks standard error and what went wrong, so
 * that it is seen without colours, too.
 */
import { paintName, plainText, widestColumn } from './format-line.ts';
import type { Paint } from './paint.ts';
import { painter } from './paint.ts';
import { printable } from './printable.ts';
import type { TextPattern } from './text-pattern.ts';
import { padded, pieces, textWidth } from './text-width.ts';
import { formatMoment } from './time.ts';

export interface Entry {
  readonly boot: string;
  readonly timestamp: string;
  /** Whose it is, as it is shown. */
  readonly name: string;
  /** `stderr` is no failure: many programs say everything there. */
  readonly tone: 'plain' | 'stderr' | 'warning' | 'error';
  readonly text: string;
}

export interface Look {
  readonly color: boolean;
  /** Columns of the terminal; null: lines may have any length. */
  readonly width: number | null;
  /** The boot that needs no word; null: it is not known. */
  readonly boot: string | null;
  readonly now: number;
  /** What is looked for is painted. */
  readonly sought?: TextPattern | null;
}

/** A text column that is narrower is no help: the terminal wraps by itself. */
const narrowestText = 30;

export class Listing {
  readonly #look: Look;
  readonly #paint: Paint;
  #boot: string | null;
  #names = 0;

  constructor(look: Look) {
    this.#look = look;
    this.#paint = painter(look.color);
    this.#boot = look.boot;
  }

  /** The names that come next, so that those before them stand in the same column. */
  expect(names: Iterable<string>): void {
    for (const name of names) this.#names = Math.max(this.#names, Math.min(textWidth(printable(name)), widestColumn));
  }

  lines(entry: Entry): readonly string[] {
    const name = printable(entry.name);
    this.#names = Math.max(this.#names, Math.min(textWidth(name), widestColumn));
    const margin = `${printable(formatMoment(entry.timestamp, this.#look.now))}  `;
    const column = padded(name, this.#names);
    const head = `${this.#paint('dim', margin)}${paintName(this.#paint, name, column)}`;
    const indent = margin.length + textWidth(column) + 3;
    const shown = this.#fitted(plainText(entry.text), indent).map((text, at) => {
      const before = `${at === 0 ? head : ' '.repeat(indent - 3)} ${this.#markOf(entry.tone)}`;
      return text === '' ? before : `${before} ${this.#painted(entry.tone, text)}`;
    });
    return [...this.#heading(entry.boot), ...shown];
  }

  /** Where records are missing. */
  gap(boot: string, count: number, what: 'line' | 'event'): readonly string[] {
    return [...this.#heading(boot), this.#paint('yellow', `-- ${count} ${what}${count === 1 ? '' : 's'} lost --`)];
  }

  #heading(boot: string): readonly string[] {
    if (boot === this.#boot) return [];
    this.#boot = boot;
    return [this.#paint('bold', `-- boot ${printable(boot)}${boot === this.#look.boot ? ', this one' : ''} --`)];
  }

  #fitted(text: string, indent: number): readonly string[] {
    const { width } = this.#look;
    return width === null || width - indent < narrowestText ? [text] : pieces(text, width - indent);
  }

  #markOf(tone: Entry['tone']): string {
    if (tone === 'plain') return this.#paint('dim', '|');
    return this.#paint(tone === 'warning' ? 'yellow' : 'red', '!');
  }

  #painted(tone: Entry['tone'], text: string): string {
    const { sought } = this.#look;
    if (!this.#look.color) return text;
    const base = (part: string): string => (tone === 'error' && part !== '' ? this.#paint('red', part) : part);
    if (sought == null) return base(text);
    return sought
      .split(text)
      .map((part, at) => (at % 2 === 1 ? this.#paint('bold', part) : base(part)))
      .join('');
  }
}
