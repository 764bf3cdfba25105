/**
 * Records of a machine for people, one after the other: `23:06:53.201  web/ExecStartPre[0]  | made /run/web`. Times and names stand in
 * columns; what was lost, and where another boot begins, is told between them.
 */
import type { LineHead, Tone } from './format-line.ts';
import { createLineHead, plainText, toneMark } from './format-line.ts';
import type { Paint } from './paint.ts';
import { painter } from './paint.ts';
import { printable } from './printable.ts';
import type { TextPattern } from './text-pattern.ts';
import { pieces, textWidth } from './text-width.ts';

export interface Entry {
  readonly boot: string;
  readonly timestamp: string;
  /** Whose it is, as it is shown; null: nobody's. */
  readonly name: string | null;
  readonly tone: Tone;
  readonly text: string;
}

export interface Look {
  readonly color: boolean;
  /** Columns of the terminal; null: lines may have any length. */
  readonly width: number | null;
  /** The boot that needs no word; null: it is not known. */
  readonly boot: string | null;
  /** Of the wall clock, in milliseconds. */
  readonly now: () => number;
  /** What is looked for is painted. */
  readonly sought?: TextPattern | null;
}

/** A text column that is narrower is no help: the terminal wraps by itself. */
const narrowestText = 30;

export class Listing {
  readonly #look: Look;
  readonly #paint: Paint;
  readonly #head: LineHead;
  #boot: string | null;

  constructor(look: Look) {
    this.#look = look;
    this.#paint = painter(look.color);
    this.#head = createLineHead(this.#paint, [], look.now);
    this.#boot = look.boot;
  }

  /** The names that come next, so that those before them stand in the same column. */
  expect(names: Iterable<string>): void {
    this.#head.expect(names);
  }

  lines({ boot, name, text, timestamp, tone }: Entry): readonly string[] {
    const head = this.#head(name, timestamp);
    const indent = textWidth(withoutColors(head));
    const shown = this.#fitted(plainText(text), indent + 2).map((piece, at) => {
      const before = `${at === 0 ? head : ' '.repeat(indent)}${toneMark(this.#paint, tone)}`;
      return piece === '' ? before : `${before} ${this.#painted(tone, piece)}`;
    });
    return [...this.#heading(boot), ...shown];
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

  #painted(tone: Tone, text: string): string {
    const { color, sought } = this.#look;
    if (!color) return text;
    const base = (part: string): string => (tone === 'error' && part !== '' ? this.#paint('red', part) : part);
    if (sought == null) return base(text);
    return sought
      .split(text)
      .map((part, at) => (at % 2 === 1 ? this.#paint('bold', part) : base(part)))
      .join('');
  }
}

const withoutColors = (text: string): string => text.replace(/\u001b\[\d+m/g, '');
