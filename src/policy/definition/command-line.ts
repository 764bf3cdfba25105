/** Command strings to argv, without a shell. PSD-007 3.2, DEF-055, DEF-056, DEF-066. */
import { adviseOnCommand } from './command-advice.ts';
import type { CommandLine } from './definition.ts';
import type { Parsed } from './problem.ts';
import { bad, good } from './problem.ts';

const blanks = ' \t\n\r\f\v';

/** Double quotes group text anywhere in a word and vanish; every other character stands for itself. Null: a quote is not closed. */
export function splitCommand(text: string): readonly string[] | null {
  const words: string[] = [];
  /** Null: between words. A quoted empty string makes an empty word. */
  let word: string | null = null;
  let quoted = false;
  for (const character of text) {
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && blanks.includes(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return quoted ? null : words;
}

export function parseCommandLine(text: string): Parsed<CommandLine> {
  const words = splitCommand(text);
  if (words === null) return bad('has a double quote that is not closed', 'Close it; double quotes cannot be part of an argument.');
  const [program, ...rest] = words;
  if (program === undefined) return bad('is blank', 'Write the absolute path of a program and its arguments.');
  if (!program.startsWith('/'))
    return bad('does not begin with an absolute path', 'PATH is never searched: write the whole path of the program.');
  return good([program, ...rest], adviseOnCommand(text, words));
}
