/** What --grep looks for: a regular expression, and the text without which it cannot match, by which eventd finds the lines. O-114. */
import { UsageError } from './usage-error.ts';

export interface TextPattern {
  /** Text that each line that matches holds; null: there is none that is certain. */
  readonly text: string | null;
  /** A line that holds the text matches: nothing is left to look at. */
  readonly isText: boolean;
  matches(line: string): boolean;
  /** The line in pieces, those at odd places match. */
  split(line: string): readonly string[];
}

export function textPattern(source: string, ignoresCase: boolean): TextPattern {
  const expression = compiled(source, ignoresCase);
  const { text, isWhole } = certainText(source);
  // Which letters are the same without their case is agreed about for these only.
  const isAgreed = text !== '' && (!ignoresCase || /^[\x20-\x7e]*$/.test(text));
  const everywhere = new RegExp(`(${expression.source})`, `g${expression.flags}`);
  return {
    text: isAgreed ? text : null,
    isText: isAgreed && isWhole,
    matches: (line) => expression.test(line),
    split: (line) => piecesOf(line, everywhere),
  };
}

function compiled(source: string, ignoresCase: boolean): RegExp {
  try {
    return new RegExp(source, ignoresCase ? 'i' : '');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
    throw new UsageError(
      `--grep takes a regular expression, and ${source} is none (${why}); a backslash before ( ) [ ] * + ? takes it as it is`,
    );
  }
}

function piecesOf(line: string, everywhere: RegExp): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { 0: found, index } of line.matchAll(everywhere)) {
    if (found === '') continue;
    pieces.push(line.slice(from, index), found);
    from = index + found.length;
  }
  return [...pieces, line.slice(from)];
}

const counted = /^\{\d+(?:,\d*)?\}/;

/** The longest run of characters that stand for themselves and must be there; `isWhole`: it is the whole expression. */
function certainText(source: string): { readonly text: string; readonly isWhole: boolean } {
  const runs: string[] = [];
  let run = '';
  let isWhole = true;
  const breakOff = (): void => {
    runs.push(run);
    run = '';
    isWhole = false;
  };
  for (let at = 0; at < source.length; ) {
    const character = source.charAt(at);
    const next = source.charAt(at + 1);
    if (character === '|') return { text: '', isWhole: false };
    if (character === '\\' && /[^\w\s]/.test(next)) {
      run += next;
      at += 2;
    } else if (character === '\\') {
      // What belongs to it (`\u0041`, `\cA`, `\12`) is no text of its own.
      at += 2 + (/^(?:u[\da-f]{4}|x[\da-f]{2}|c[a-z]|\d+|k<[^>]*>)/i.exec(source.slice(at + 1))?.[0].length ?? 1) - 1;
      breakOff();
    } else if (character === '[' || character === '(') {
      at = character === '[' ? endOfClass(source, at) : endOfGroup(source, at);
      breakOff();
    } else if ('*?'.includes(character) || counted.test(source.slice(at))) {
      run = withoutLast(run);
      at += counted.exec(source.slice(at))?.[0].length ?? 1;
      breakOff();
    } else if ('^$.+'.includes(character)) {
      at += 1;
      breakOff();
    } else {
      run += character;
      at += 1;
    }
  }
  return { text: [...runs, run].reduce((longest, each) => (each.length > longest.length ? each : longest)), isWhole };
}

/** Half of a pair is no text. */
const withoutLast = (run: string): string => run.slice(0, -1).replace(/[\ud800-\udbff]$/, '');

function endOfClass(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfGroup(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const character = source[at];
    if (character === '\\') at += 1;
    else if (character === '[') at = endOfClass(source, at) - 1;
    else if (character === '(') depth += 1;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return source.length;
}
