import { SeedError } from './seed-error.ts';
import type { SeedEntry, SeedNode } from './seed-node.ts';
import { maxSeedDepth } from './seed-node.ts';

/** JSON (RFC 8259) into nodes with their lines; members written twice are kept for the reader of the seed to refuse. */

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const stringPattern = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const wordPattern = /true|false|null/y;
const spacePattern = /[ \t\r\n]*/y;

class JsonReader {
  readonly #file: string;
  readonly #text: string;
  #at = 0;
  /** The line of the latest place asked for, and where it ends: looked for once, for all of a file may be one line. */
  #line = 1;
  #lineEnd: number;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lineEnd = this.#endFrom(0);
  }

  read(): SeedNode {
    const node = this.#value(1);
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('something follows the end of the outermost value');
    return node;
  }

  #lineHere(): number {
    while (this.#lineEnd < this.#at) {
      this.#line += 1;
      this.#lineEnd = this.#endFrom(this.#lineEnd + 1);
    }
    return this.#line;
  }

  #endFrom(start: number): number {
    const found = this.#text.indexOf('\n', start);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  #error(message: string): SeedError {
    return new SeedError(this.#file, [{ line: this.#lineHere(), key: '', value: null, message }]);
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #space(): void {
    this.#take(spacePattern);
  }

  /** Whether this character comes next, spaces skipped; takes it. */
  #next(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #string(): string {
    this.#space();
    const quoted = this.#take(stringPattern);
    if (quoted === null) throw this.#error('a string in double quotes was expected here, without raw line breaks and with valid escapes');
    return JSON.parse(quoted) as string;
  }

  #value(depth: number): SeedNode {
    this.#space();
    const line = this.#lineHere();
    if (depth > maxSeedDepth) throw this.#error(`the nesting is deeper than ${maxSeedDepth} levels`);
    if (this.#next('{')) return { kind: 'map', line, entries: this.#entries(depth) };
    if (this.#next('[')) return { kind: 'list', line, items: this.#items(depth) };
    if (this.#text[this.#at] === '"') return { kind: 'string', line, text: this.#string() };
    const word = this.#take(wordPattern);
    if (word !== null) return word === 'null' ? { kind: 'null', line } : { kind: 'boolean', line, value: word === 'true' };
    const number = this.#take(numberPattern);
    if (number === null) throw this.#error(this.#at >= this.#text.length ? 'the file ends in the middle' : 'a value was expected here');
    return /^-?[0-9]+$/.test(number)
      ? { kind: 'integer', line, value: BigInt(number) }
      : { kind: 'other', line, words: `the number ${number}` };
  }

  #entries(depth: number): SeedEntry[] {
    const entries: SeedEntry[] = [];
    if (this.#next('}')) return entries;
    do {
      this.#space();
      const line = this.#lineHere();
      const name = this.#string();
      if (!this.#next(':')) throw this.#error('a colon was expected here');
      entries.push({ name, line, node: this.#value(depth + 1) });
    } while (this.#next(','));
    if (!this.#next('}')) throw this.#error('a comma or } was expected here');
    return entries;
  }

  #items(depth: number): SeedNode[] {
    const items: SeedNode[] = [];
    if (this.#next(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#next(','));
    if (!this.#next(']')) throw this.#error('a comma or ] was expected here');
    return items;
  }
}

/** Throws SeedError naming the line. */
export function readJson(file: string, text: string): SeedNode {
  return new JsonReader(file, text).read();
}
