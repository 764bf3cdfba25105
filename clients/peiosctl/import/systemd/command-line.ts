/** Command lines of units: prefixes, quotes, escapes, and several commands parted by semicolons. */

export interface UnitCommand {
  /** Of - @ : + ! | in front of the path. */
  readonly prefixes: ReadonlySet<string>;
  /** Words; their variables are left as they are written. */
  readonly words: readonly string[];
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
  ';': ';',
};

/** Null: a quote is not closed. */
export function unitWords(text: string): readonly { readonly text: string; readonly quoted: boolean }[] | null {
  const words: { text: string; quoted: boolean }[] = [];
  let word = null as { text: string; quoted: boolean } | null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\\') {
      const [length, meaning] = escapeAt(text, at);
      word = { text: (word?.text ?? '') + meaning, quoted: true };
      at += length - 1;
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else if (word !== null) word.text += character;
    } else if ((character === '"' || character === "'") && word === null) {
      quote = character;
      word = { text: '', quoted: true };
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = { text: (word?.text ?? '') + character, quoted: word?.quoted ?? false };
    }
  }
  if (word !== null) words.push(word);
  return quote === null ? words : null;
}

function escapeAt(text: string, at: number): readonly [length: number, meaning: string] {
  const next = text[at + 1] ?? '';
  const simple = escapes[next];
  if (simple !== undefined) return [2, simple];
  const hex = /^\\x([0-9a-fA-F]{2})/.exec(text.slice(at));
  if (hex !== null) return [4, String.fromCharCode(Number.parseInt(hex[1] ?? '', 16))];
  const octal = /^\\([0-7]{3})/.exec(text.slice(at));
  if (octal !== null) return [4, String.fromCharCode(Number.parseInt(octal[1] ?? '', 8))];
  return [1, '\\'];
}

/** Null: a quote is not closed. */
export function unitCommands(text: string): readonly UnitCommand[] | null {
  const words = unitWords(text);
  if (words === null) return null;
  const commands: { text: string; quoted: boolean }[][] = [[]];
  for (const word of words) {
    if (word.text === ';' && !word.quoted) commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands
    .filter((command) => command.length > 0)
    .map(([first, ...rest]) => {
      const path = first?.text ?? '';
      const prefixes = /^[-@:+!|]*/.exec(path)?.[0] ?? '';
      const own = [path.slice(prefixes.length), ...rest.map((word) => word.text)].filter((word, index) => index > 0 || word !== '');
      // With @ the second word is what the program is told to be called.
      const named = prefixes.includes('@') ? own.filter((_, index) => index !== 1) : own;
      return {
        prefixes: new Set(prefixes),
        words: prefixes.includes(':') ? named.map((word) => word.replaceAll('$', '$$$$')) : named,
      };
    });
}
