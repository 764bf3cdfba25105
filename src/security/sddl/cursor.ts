/** A place in a text, and what is wrong there. */

/** Why a text is no SDDL: where, counted in UTF-16 units from 0, and what is the matter. */
export interface SddlProblem {
  readonly at: number;
  readonly problem: string;
}

/** What the parser throws within itself; it never leaves it. */
export class SddlError extends Error {
  readonly at: number;

  constructor(at: number, problem: string) {
    super(problem);
    this.at = at;
  }
}

export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  fail(problem: string, at = this.at): never {
    throw new SddlError(at, problem);
  }

  skipSpaces(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
  }

  /** Goes past the word if it is next. */
  take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string, what: string): void {
    if (!this.take(word)) this.fail(`${what}: ${JSON.stringify(word)} is missing here`);
  }

  /** What the sticky pattern matches here, gone past; null: nothing. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found === undefined) return null;
    this.at += found.length;
    return found;
  }

  /** The text to before the first of these characters, or to the end; gone past. */
  until(ends: string): string {
    const start = this.at;
    while (!this.done && !ends.includes(this.text.charAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }
}

/** A number in decimal or hexadecimal; null: none. Nothing below zero, and no decimal with zeros before it, which may be meant as octal. */
export const parseNumber = (text: string): number | null => (/^(?:0x[0-9a-f]+|0|[1-9][0-9]*)$/i.test(text) ? Number(text) : null);
