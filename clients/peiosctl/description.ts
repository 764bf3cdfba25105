/** What a command takes, as data: usage, checks of a call, help, completions and the manual follow from it. */
import type { State } from '../../gen/service/types.ts';
import type { ExitName } from './exit-statuses.ts';
import type { OptionName } from './options.ts';
import { UsageError } from './usage-error.ts';

/** What a word names, for completions. */
export type ArgumentKind =
  /** A service or a glob over services; offered are those in one of the states, all where none are given. */
  | { readonly kind: 'service'; readonly states?: readonly State[] }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** `data`: of the registry value that the words before name. */
  | { readonly kind: 'key' | 'value' | 'data' | 'event' | 'job' | 'file' | 'text' };

export interface Argument {
  /** As the usage shows it. */
  readonly name: string;
  readonly is: ArgumentKind;
  readonly text: string;
  /** How many words it takes; one when left out. */
  readonly count?: 'optional' | 'several' | 'any';
}

export interface Example {
  /** Words behind `peiosctl`. */
  readonly line: string;
  readonly text: string;
}

export interface Description {
  /** One sentence. */
  readonly text: string;
  /** What else is worth knowing, a paragraph each. */
  readonly more?: readonly string[];
  readonly arguments: readonly Argument[];
  /** Options without which it does nothing; they are among the others. */
  readonly needs?: readonly OptionName[];
  /** What it takes beside --json and the socket. */
  readonly options?: readonly OptionName[];
  /** Taken as well, and not worth a word in the usage: they ask for what is done anyhow. */
  readonly alsoTakes?: readonly OptionName[];
  readonly examples: readonly Example[];
  /** Where an exit status means something particular, or only here. */
  readonly exits?: Readonly<Partial<Record<ExitName, string>>>;
  /** All of them, where they are not those of the other commands. */
  readonly ownExits?: readonly (readonly [status: string, text: string])[];
}

const shown = ({ name, count }: Argument): string => {
  const word = count === 'several' || count === 'any' ? `${name}...` : name;
  return count === 'optional' || count === 'any' ? `[${word}]` : word;
};

/** `KEY VALUE [DATA...]`, without options. */
export const argumentsOf = (description: Description): string => description.arguments.map(shown).join(' ');

/** Throws a UsageError when there are too few words or too many. */
export function checkArguments(description: Description, words: readonly string[]): void {
  const required = description.arguments.filter(({ count }) => count !== 'optional' && count !== 'any');
  const missing = required[words.length];
  if (missing !== undefined) throw new UsageError(`${shown(missing).replace(/^\[\w+\] /, '')} is missing`);
  if (description.arguments.some(({ count }) => count === 'several' || count === 'any')) return;
  const extra = words[description.arguments.length];
  if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
}
