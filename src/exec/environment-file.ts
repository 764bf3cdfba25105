import type { Account } from '../platform/identity.ts';

/**
 * Files of variables in the syntax of systemd's EnvironmentFile: KEY=VALUE lines, comments with # or ;, quotes of both kinds around values
 * or parts of them, backslashes. What systemd skips in silence is an error here, told by its line and never by what stands in it. O-28.
 */

/** KEY=VALUE each, or what is wrong in words that follow the name of the file. */
export type ParsedFile = { readonly ok: true; readonly entries: readonly string[] } | { readonly ok: false; readonly what: string };

const legalKey = /^[A-Za-z_][A-Za-z0-9_]*$/;
const blank = /[ \t\r]/;

/** Characters that a backslash between double quotes takes their meaning from. */
const escapable = '"\\`$';

class FileReader {
  readonly entries: string[] = [];
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** What is wrong, or null at the end. */
  read(): string | null {
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      if (character === '\n' || blank.test(character)) this.#next();
      else if (character === '#' || character === ';') this.#comment();
      else {
        const wrong = this.#assignment();
        if (wrong !== null) return wrong;
      }
    }
    return null;
  }

  #next(): string {
    const character = this.#text[this.#at++] ?? '';
    if (character === '\n') this.#line += 1;
    return character;
  }

  /** A backslash at the end of a line goes on with the next one, in comments too. */
  #comment(): void {
    for (let character = this.#next(); character !== '\n' && character !== ''; character = this.#next())
      if (character === '\\') this.#next();
  }

  #assignment(): string | null {
    const begun = this.#line;
    const end = /[=\n]|$/g;
    end.lastIndex = this.#at;
    const stop = end.exec(this.#text)?.index ?? this.#text.length;
    if (this.#text[stop] !== '=') return `line ${begun}: it has no equal sign`;
    const key = this.#text.slice(this.#at, stop).trimEnd();
    if (!legalKey.test(key)) return `line ${begun}: what stands before its equal sign is no name of a variable`;
    this.#at = stop + 1;
    const value = this.#value();
    if (value === null) return `line ${begun}: it has a quote that is not closed`;
    this.entries.push(`${key}=${value}`);
    return null;
  }

  /** Up to the end of the line. Quotes count where a value, or a part of it after another one, begins. */
  #value(): string | null {
    let value = '';
    let plain = false;
    /** Length without blanks at the end. */
    let kept = 0;
    for (let character = this.#next(); character !== '\n' && character !== ''; character = this.#next()) {
      if (!plain && blank.test(character)) continue;
      if (!plain && (character === '"' || character === "'")) {
        const part = this.#quoted(character);
        if (part === null) return null;
        value += part;
        kept = value.length;
        continue;
      }
      plain = true;
      if (character === '\\') {
        const escaped = this.#next();
        if (escaped !== '\n') value += escaped;
        kept = value.length;
        continue;
      }
      value += character;
      if (!blank.test(character)) kept = value.length;
    }
    return value.slice(0, kept);
  }

  #quoted(quote: string): string | null {
    let part = '';
    for (let character = this.#next(); character !== quote; character = this.#next()) {
      if (character === '') return null;
      if (quote === "'" || character !== '\\') {
        part += character;
        continue;
      }
      const escaped = this.#next();
      if (escapable.includes(escaped)) part += escaped;
      else if (escaped !== '\n') part += `\\${escaped}`;
    }
    return part;
  }
}

export function parseEnvironmentFile(bytes: Uint8Array): ParsedFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, what: 'is not UTF-8' };
  }
  const nul = text.indexOf('\0');
  if (nul !== -1) return { ok: false, what: `line ${text.slice(0, nul).split('\n').length}: it holds a NUL character` };
  const reader = new FileReader(text);
  const wrong = reader.read();
  return wrong === null ? { ok: true, entries: reader.entries } : { ok: false, what: wrong };
}

/** HOME, USER, LOGNAME and SHELL of a uid, by the text of /etc/passwd. Null: it is not in it. */
export function accountVariables(passwd: string, uid: number): readonly string[] | null {
  for (const line of passwd.split('\n')) {
    const [user, , number, , , home, shell] = line.split(':');
    if (Number(number) !== uid || number === '' || user === undefined || user === '') continue;
    return accountOf({ name: user, home: home || '/', shell: shell || '/bin/sh' });
  }
  return null;
}

export const accountOf = ({ name, home, shell }: Account): readonly string[] => [
  `HOME=${home}`,
  `USER=${name}`,
  `LOGNAME=${name}`,
  `SHELL=${shell}`,
];
