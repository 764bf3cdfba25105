/** Text of a command line split as a POSIX shell splits it, without expanding anything. */

const shellMeta = /[|&;<>()`*?#~[\]{}\n]|\$/;

/** Null: a quote is not closed. */
export function splitWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote === "'") {
      if (character === "'") quote = null;
      else word += character;
    } else if (character === '\\') {
      at += 1;
      const next = text[at] ?? '';
      // Between double quotes a backslash is one of its own, but before these.
      word = (word ?? '') + (quote === '"' && !['"', '\\', '$', '`'].includes(next) ? `\\${next}` : next);
    } else if (quote === '"') {
      if (character === '"') quote = null;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return quote === null ? words : null;
}

/** Whether only a shell can run it: it has more than words and quotes. */
export function needsShell(text: string): boolean {
  const outside = text.replaceAll(/'[^']*'/g, '').replaceAll(/\\./g, '');
  const unquoted = outside.replaceAll(/"[^"]*"/g, (part) => (/[$`]/.test(part) ? '$' : ''));
  return shellMeta.test(unquoted) || /^\s*[A-Za-z_][A-Za-z0-9_]*=/.test(text);
}
