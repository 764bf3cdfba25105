/** What can come next on a command line: `peiosctl __complete WORD...`, asked by the scripts of the shells at each Tab. */
import { eventNames } from '../../../gen/events/events.ts';
import type { Listed } from '../all-commands.ts';
import { allCommands } from '../all-commands.ts';
import type { Argument } from '../description.ts';
import { optionRows, optionsOf } from '../options.ts';
import { verbGroups } from '../verb-groups.ts';
import { fieldNames, fieldWords, jobs, registryKeys, services } from './live-names.ts';

export interface Candidate {
  readonly word: string;
  readonly text: string;
}

/** What the shell is told; `files`: it completes names of files itself. `open`: more may follow without a blank. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files?: boolean;
  readonly open?: boolean;
}

const nothing: Completion = { candidates: [] };
const only = (candidates: readonly Candidate[]): Completion => ({ candidates });
const bare = (words: readonly string[], text = ''): readonly Candidate[] => words.map((word) => ({ word, text }));

type OptionName = keyof typeof optionRows;
const isOption = (name: string): name is OptionName => Object.hasOwn(optionRows, name);

/** The option of a word such as `--type` or `-n`. */
function optionOf(word: string): OptionName | null {
  if (word.startsWith('--')) return isOption(word.slice(2)) ? (word.slice(2) as OptionName) : null;
  const letter = /^-(\w)$/.exec(word)?.[1];
  const found = Object.entries(optionRows).find(([name, { short }]) => letter !== undefined && short === letter && isOption(name));
  return found === undefined ? null : (found[0] as OptionName);
}

/** The words before the one that is typed: those that are no options, and the values of options. */
function read(words: readonly string[]): {
  readonly plain: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly open: OptionName | null;
} {
  const plain: string[] = [];
  const values = new Map<string, string>();
  let open: OptionName | null = null;
  let optionsEnded = false;
  for (const word of words) {
    if (open !== null && isValue(open, word)) {
      values.set(open, word);
      open = null;
      continue;
    }
    open = null;
    if (optionsEnded || !word.startsWith('-')) plain.push(word);
    else if (word === '--') optionsEnded = true;
    else {
      const option = optionOf(word);
      if (option !== null && optionRows[option].value !== undefined) open = option;
    }
  }
  // What may do without a value is offered what can follow it.
  return { plain, values, open: open !== null && optionRows[open].bare !== undefined ? null : open };
}

/** Of an option that may do without one, only what looks like it. */
const isValue = (option: OptionName, word: string): boolean =>
  optionRows[option].bare === undefined || optionRows[option].takes?.test(word) === true;

/** `words`: all behind `peiosctl`, the last one as far as it is typed. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { plain, values, open } = read(before);
  const completion = open === null ? await next(plain, values, typed, before.includes('--')) : valuesOf(open);
  return { ...completion, candidates: completion.candidates.filter(({ word }) => word.toLowerCase().startsWith(typed.toLowerCase())) };
}

function valuesOf(option: OptionName): Completion {
  const { value, words } = optionRows[option];
  if (words !== undefined) return only(bare(words));
  return value === 'PATH' ? { candidates: [], files: true } : nothing;
}

async function next(
  plain: readonly string[],
  values: ReadonlyMap<string, string>,
  typed: string,
  optionsEnded: boolean,
): Promise<Completion> {
  const listed = await allCommands();
  const [first, second] = plain;
  const isHelp = first === 'help';
  const path = isHelp ? plain.slice(1) : plain;
  const command = listed.find(({ name }) => name === first || name === `${first} ${second}`);
  if (typed.startsWith('-') && !optionsEnded) return only(optionCandidates(command));
  if (command === undefined || isHelp) return only(commandCandidates(listed, path, isHelp));
  const given = plain.slice(command.name.split(' ').length);
  const argument = argumentAt(command.description.arguments, given.length);
  return argument === null ? nothing : ofArgument(argument, given, values, typed);
}

function commandCandidates(listed: readonly Listed[], path: readonly string[], isHelp: boolean): readonly Candidate[] {
  const [group] = path;
  if (group !== undefined)
    return listed
      .filter(({ name }) => name.startsWith(`${group} `))
      .map(({ name, description }) => ({ word: name.slice(group.length + 1), text: description.text }));
  const single = listed.filter(({ name }) => !name.includes(' ')).map(({ name, description }) => ({ word: name, text: description.text }));
  const grouped = Object.entries(verbGroups).map(([word, { text }]) => ({ word, text }));
  return [...single, ...grouped, ...(isHelp ? [] : [{ word: 'help', text: 'Tells what a command does.' }])];
}

function optionCandidates(command: Listed | undefined): readonly Candidate[] {
  const own = command === undefined ? (['version'] as const) : optionsOf(command.description, command.peer);
  return [...own, 'help' as const].map((name) => ({ word: `--${name}`, text: optionRows[name].text }));
}

/** The last argument takes the rest where it takes several. */
function argumentAt(taken: readonly Argument[], position: number): Argument | null {
  const last = taken.at(-1);
  return taken[position] ?? (last?.count === 'several' || last?.count === 'any' ? last : null);
}

async function ofArgument(
  { is }: Argument,
  given: readonly string[],
  values: ReadonlyMap<string, string>,
  typed: string,
): Promise<Completion> {
  switch (is.kind) {
    case 'service': {
      const taken = new Set(given.map((name) => name.toLowerCase()));
      const there = await services(values.get('socket'));
      return only(
        there
          .filter(({ service, state }) => !taken.has(service.toLowerCase()) && (is.states === undefined || is.states.includes(state)))
          .map(({ service, state }) => ({ word: service, text: state })),
      );
    }
    case 'words':
      return only(bare(is.words));
    case 'file':
      return { candidates: [], files: true };
    case 'key':
      return { candidates: bare(await registryKeys(values.get('registry-socket'), typed)), open: true };
    case 'value':
      return only(fieldNames(given[0] ?? ''));
    case 'data':
      return only(bare(fieldWords(given[0] ?? '', given[1] ?? '')));
    case 'job':
      return only((await jobs(values.get('socket'))).map(({ job_id, image_path }) => ({ word: job_id, text: image_path })));
    case 'event':
      return only(bare(eventNames));
    case 'text':
      return nothing;
    default: {
      const never: never = is;
      return never;
    }
  }
}
