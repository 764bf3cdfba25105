/** Command lines of other systems as a program with arguments, and as the text of a hook. */

/** Words as a shell would write them, for one that reads them again. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (word === '') return "''";
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A word whose ${NAME} are variables, for a shell. One that is nothing but $NAME is split at its blanks, as systemd does; in others the
 * value stays one word.
 */
export function shellWord(word: string): string {
  if (/^\$[A-Za-z_][A-Za-z0-9_]*$/.test(word)) return word;
  return (
    word
      .split(/(\$\$|\$\{[A-Za-z_][A-Za-z0-9_]*\})/)
      .filter((piece) => piece !== '')
      .map((piece) => (piece === '$$' ? shellQuote('$') : variable.test(piece) ? `"${piece}"` : shellQuote(piece)))
      .join('') || "''"
  );
}

const variable = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Whether a shell is needed for the variables of a word. */
export const hasVariable = (word: string): boolean =>
  /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(word) || /\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(word.replaceAll('$$', ''));

export interface Program {
  readonly imagePath: string;
  readonly arguments: readonly string[];
}

const shell = '/bin/sh';
const finder = '/usr/bin/env';

/** Runs a script of the shell. */
export const shellProgram = (script: string): Program => ({ imagePath: shell, arguments: ['-c', script] });

/**
 * Words without variables. A program without a path is looked up by env, which becomes it; empty arguments, which a list in the registry
 * cannot have, are made by a shell.
 */
export function plainProgram(words: readonly string[]): Program {
  if (words.includes('')) return shellProgram(`exec ${words.map(shellQuote).join(' ')}`);
  const [first = '', ...rest] = words;
  return first.startsWith('/') ? { imagePath: first, arguments: rest } : { imagePath: finder, arguments: [first, ...rest] };
}

/** Words with systemd's variables: a shell fills them in and becomes the program, so that it stays the main process. */
export function programOf(words: readonly string[]): Program {
  if (!words.some(hasVariable)) return plainProgram(words.map((word) => word.replaceAll('$$', '$')));
  return shellProgram(`exec ${words.map(shellWord).join(' ')}`);
}

const hookWord = (word: string): string => (word === '' || /\s/.test(word) ? `"${word}"` : word);

/** The text of a hook that runs a script. A double quote cannot be part of a hook, so printf makes those that the script has. */
export function shellHook(script: string): string {
  if (!/["\n]/.test(script)) return `${shell} -c "${script}"`;
  const escaped = script.replaceAll('\\', '\\0134').replaceAll('"', '\\0042').replaceAll("'", '\\0047').replaceAll('\n', '\\n');
  return `${shell} -c "printf %b '${escaped}' | ${shell}"`;
}

/** The text of a hook that runs a program. */
export function hookOf({ imagePath, arguments: words }: Program): string {
  if (imagePath === shell && words[0] === '-c' && words.length === 2) return shellHook(words[1] ?? '');
  const all = [imagePath, ...words];
  return all.some((word) => word.includes('"')) ? shellHook(`exec ${all.map(shellQuote).join(' ')}`) : all.map(hookWord).join(' ');
}

/** A program that is started with this mask for new files: a shell sets it and becomes the program. */
export function withMask({ imagePath, arguments: words }: Program, mask: string): Program {
  const script = shellProgram(`umask ${mask}; exec "$0" "$@"`);
  return { imagePath: script.imagePath, arguments: [...script.arguments, imagePath, ...words] };
}
