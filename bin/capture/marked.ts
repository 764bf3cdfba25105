/**
 * What a page has from running machines: blocks of code, and pictures, below a comment that says how they come about.
 *
 *     <!-- captured
 *     on: bin/demo
 *     before: pkill -9 redis-server; peiosctl wait redis
 *     -->
 *
 * The lines of a block that begin with `$ ` are run in the machine one after the other, or on this host where they begin with `bin/`, and
 * what each of them writes stands below it. What a picture runs stands in the comment, with `$ ` as well. The comment may also have
 *
 * - `on`: what boots the machine (`bin/demo` unless told); it is the same one for all of a page that say the same
 * - `columns`: of the terminal (100 for blocks, 80 for pictures)
 * - `before`: run in the machine first, unseen; the word `reboot` boots it anew with what it has kept
 * - `from`, `meanwhile`, `until`: of a command that goes on: a pattern of its output to wait for; what is then run, unseen; and the
 *   pattern of what it has to write from then on before Ctrl-C ends it
 * - `first`, `last`, `only`: patterns of the lines of its output between which it is shown, and of those that are shown of them
 */
import { join } from 'node:path';

const keys = ['on', 'columns', 'before', 'from', 'meanwhile', 'until', 'first', 'last', 'only'] as const;
type Key = (typeof keys)[number];

export interface Marked {
  /** Of the comment. */
  readonly line: number;
  readonly settings: Readonly<Partial<Record<Key, string>>>;
  readonly commands: readonly string[];
  /** A path from the project's root; null: a block. */
  readonly picture: string | null;
  /** What a picture is called. */
  readonly title: string;
  /** The block as it stands on the page, or the place of the picture. */
  readonly shown: string;
  /** Where `shown` begins in the page. */
  readonly at: number;
}

/** A command, and what came of it as a terminal got it. */
export interface Ran {
  readonly command: string;
  readonly output: string;
}

const marks = /^<!-- captured\b([\s\S]*?)-->\n(?:```\w*\n([\s\S]*?)```$|!\[([^\]]*)\]\(([^)]*)\))?/gm;
export const prompt = '$ ';

/** `page`: its path from the project's root. */
export function markedIn(page: string, text: string): readonly Marked[] {
  return Array.from(text.matchAll(marks), (found) => {
    const [whole, comment = '', block, title = '', picture] = found;
    const line = text.slice(0, found.index).split('\n').length;
    const refuse = (reason: string): never => {
      throw new Error(`${page}:${line}: ${reason}`);
    };
    const said = comment.split('\n').filter((one) => one.trim() !== '');
    const settings: Partial<Record<Key, string>> = {};
    for (const one of said.filter((one) => !one.startsWith(prompt))) {
      const [, name, value = ''] = /^(\w+): (.+)$/.exec(one) ?? [];
      const key = keys.find((known) => known === name) ?? refuse(`"${one}" is none of ${keys.join(', ')} with a colon and a value`);
      settings[key] = value;
    }
    if (block === undefined && picture === undefined) refuse('neither a block of code nor a picture follows at once');
    const source = block === undefined ? said : block.split('\n');
    const commands = source.filter((one) => one.startsWith(prompt)).map((one) => one.slice(prompt.length));
    if (commands.length === 0) refuse('it has no line that begins with $ and a blank');
    const shown = block ?? picture ?? '';
    const ending = block === undefined ? ')' : '```';
    return {
      line,
      settings,
      commands,
      picture: picture === undefined ? null : join(page, '..', picture),
      title,
      shown,
      at: found.index + whole.length - ending.length - shown.length,
    };
  });
}

/** Of the terminal. */
export const columnsOf = ({ settings, picture }: Marked): number => Number(settings.columns ?? (picture === null ? 100 : 80));

/** A block as it is now. Commands stay as close together as they were. */
export function blockOf({ shown }: Marked, runs: readonly Ran[]): string {
  const apart = shown.includes(`\n\n${prompt}`);
  return runs.map(({ command, output }) => `${prompt}${command}\n${output === '' ? '' : `${output}\n`}`).join(apart ? '\n' : '');
}

/** Whether two runs differ in nothing but times, ids, how wide they are, and the order of lines that came at nearly the same moment. */
export const isAlike = (one: string, other: string): boolean => sorted(lookOf(one)) === sorted(lookOf(other));

/** A picture that a command has drawn. */
export const isDrawn = (text: string): boolean => text.includes('<marker id="arrow"');

/** Of a picture that a command has drawn the times move everything: what counts is its words, names of services and of the legend. */
const lookOf = (text: string): string =>
  isDrawn(text) ? Array.from(text.matchAll(/>([a-z](?:[\w.-]+|[^<\d]+))<\/text>/gi), ([, name]) => name).join('\n') : shapeOf(text);

const sorted = (text: string): string => text.split('\n').sort().join('\n');

export const shapeOf = (text: string): string =>
  text
    .replace(/\b[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}\b/g, 'ID')
    .replace(/\d+/g, '0')
    .replace(/\b0 (?:d|h|min|s)(?: 0 (?:h|min|s))?\b/g, '0 s')
    .replace(/ +/g, ' ');
