import { parseArgs } from 'node:util';
import { severityNames } from '../../gen/options/types.ts';
import { registryTypeNames } from '../../gen/registry/types.ts';
import { causeNames } from '../../gen/service/types.ts';
import { nearest } from '../../src/registry/nearest.ts';
import { graphFormats, themeNames } from './analysis/names.ts';
import type { Description } from './description.ts';
import { argumentsOf } from './description.ts';
import { unknownCommand } from './find-command.ts';
import { foreignOption } from './foreign-words.ts';
import { importKindNames } from './import/kind-names.ts';
import { targetNames } from './target-states.ts';
import { UsageError } from './usage-error.ts';

interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What the usage calls its value. */
  readonly value?: string;
  /** Given without a value it has this one. */
  readonly bare?: string;
  /** Words of its own that follow it and are its value, even those that begin with a dash. */
  readonly takes?: RegExp;
  /** It may be given more than once. */
  readonly multiple?: boolean;
  /** Words it may have, for completions. */
  readonly words?: readonly string[];
  readonly text: string;
}

const back = /^-\d/;

/** All options; a command says which it takes. */
export const options = {
  wait: { type: 'boolean', text: 'wait for the end' },
  'no-wait': { type: 'boolean', text: 'answer at once; the operation goes on' },
  strict: { type: 'boolean', text: 'exit with 1 where something had to be killed' },
  lines: { type: 'string', short: 'n', value: 'N', text: 'show the last N lines' },
  type: { type: 'string', value: 'TYPE', words: registryTypeNames, text: 'type of the value, where it is not the one that is usual' },
  failed: { type: 'boolean', text: 'only what has failed, is abandoned, or waits for its next attempt' },
  clear: { type: 'boolean', text: 'boots that did not succeed are forgotten: they count from 0 again' },
  recursive: { type: 'boolean', text: 'with all keys below it' },
  from: {
    type: 'string',
    value: 'SYSTEM',
    words: importKindNames,
    text: 'what the files are for: systemd, supervisord, compose, procfile',
  },
  apply: { type: 'boolean', text: 'take the result over into the registry, instead of printing it' },
  machine: { type: 'boolean', text: 'the machine itself: who may shut it down and have definitions read again' },
  shared: { type: 'boolean', text: 'the descriptor of all services that have none of their own' },
  inherit: { type: 'boolean', text: 'take the descriptor out, so that the one above it holds' },
  default: { type: 'boolean', text: 'the same: what is there without it holds again' },
  force: { type: 'boolean', text: 'write also what peinit would refuse' },
  timeout: { type: 'string', value: 'SECONDS', text: 'how long it may take at most; no limit when left out' },
  env: { type: 'string', short: 'e', value: 'NAME=VALUE', multiple: true, text: 'set a variable of its environment; may be given again' },
  cwd: { type: 'string', value: 'DIR', text: 'directory that it works in (/)' },
  description: { type: 'string', value: 'TEXT', text: 'what it is for, shown by jobs' },
  follow: { type: 'boolean', short: 'f', text: 'show what comes, as it comes' },
  since: { type: 'string', value: 'TIME', takes: back, text: "not before then: 10m, '2 h ago', 09:30, today, '2026-06-01 12:00'" },
  until: { type: 'string', value: 'TIME', takes: back, text: 'only what was before then' },
  boot: {
    type: 'string',
    short: 'b',
    value: 'BOOT',
    bare: '0',
    takes: /^(?:-?\d{1,6}|[\da-f]{8}[\da-f-]*)$/i,
    text: 'of this boot only; -1: of the one before it; or of the one with that id',
  },
  'list-boots': { type: 'boolean', text: 'list the boots of which something is kept' },
  job: { type: 'string', value: 'ID', text: 'of that job only, which is one process' },
  operation: { type: 'string', value: 'ID', text: 'of what that operation did only' },
  stream: { type: 'string', value: 'STREAM', words: ['stdout', 'stderr'], text: 'only what was written to stdout, or to stderr' },
  grep: { type: 'string', short: 'g', value: 'PATTERN', text: 'only lines that match a regular expression' },
  'ignore-case': { type: 'boolean', short: 'i', text: 'the pattern matches capital and small letters alike' },
  reverse: { type: 'boolean', text: 'the newest first' },
  state: { type: 'string', value: 'STATE', words: targetNames, text: 'which state: ready (the usual), stopped, or the name of one' },
  any: { type: 'boolean', text: 'one of the services is enough' },
  all: { type: 'boolean', text: 'all of them, at the same time' },
  'keep-on': { type: 'boolean', text: 'wait on where one has failed: somebody may start it again' },
  initial: { type: 'boolean', text: 'begin with the state that each is in' },
  detach: { type: 'boolean', short: 'd', text: 'print its id once it runs, and leave it to itself' },
  group: { type: 'string', value: 'GROUP,...', text: 'groups that it is in: local ones, Users, unix:NAME for one of /etc/group' },
  uid: { type: 'string', value: 'N', text: 'a uid of its own choice; it is given one otherwise' },
  gid: { type: 'string', value: 'N', text: 'a gid of its own choice; it is given one otherwise' },
  home: { type: 'string', value: 'DIR', text: 'home directory, which nobody makes (/)' },
  shell: { type: 'string', value: 'PATH', text: 'its shell (/usr/sbin/nologin)' },
  'full-name': { type: 'string', value: 'TEXT', text: 'who or what it is for' },
  count: { type: 'string', value: 'N', text: 'how many of them (5)' },
  tz: { type: 'string', value: 'ZONE', text: 'time zone that times are shown in, and of an expression that names none (of this machine)' },
  service: { type: 'string', value: 'NAME', text: 'for that service, or about it' },
  severity: { type: 'string', value: 'SEVERITY', words: severityNames, text: 'only what is so grave or graver: info, warning, error' },
  cause: { type: 'string', value: 'CAUSE', words: causeNames, text: 'only what has that cause, as in explicit_stop' },
  root: { type: 'string', value: 'DIR', text: 'the root of the machine that it is for, where commands and users are looked for (/)' },
  'no-base': { type: 'boolean', text: 'without what a registry begins with, base.yaml' },
  'warnings-as-errors': { type: 'boolean', short: 'W', text: 'exit with 1 for warnings too' },
  format: { type: 'string', value: 'FORMAT', words: graphFormats, text: 'svg (the usual), or dot for Graphviz' },
  theme: { type: 'string', value: 'THEME', words: themeNames, text: 'light, dark, or auto: as whoever looks has it (the usual)' },
  json: { type: 'boolean', text: 'print answers as JSON, one object a line' },
  socket: { type: 'string', value: 'PATH', text: 'control socket (/run/peinit/control.sock)' },
  'registry-socket': { type: 'string', value: 'PATH', text: 'socket of registryd (/run/registry/registry.sock)' },
  help: { type: 'boolean', short: 'h', text: 'tell what a command does, and end' },
  version: { type: 'boolean', text: 'tell the version, and end' },
} as const satisfies Record<string, Option>;

type AnyOption = keyof typeof options;

/** Options that are not of single commands. */
export const generalOptions = ['json', 'socket', 'registry-socket', 'help', 'version'] as const satisfies readonly AnyOption[];

/** Options that a command names as its own; what speaks to nobody names --json too, where it can answer with it. */
export type OptionName = Exclude<AnyOption, Exclude<(typeof generalOptions)[number], 'json'>>;

/** As the table has them, whatever each one has. */
export const optionRows: Readonly<Record<AnyOption, Option>> = options;

/** `--type TYPE`. */
export const shownOption = (name: AnyOption): string => {
  const { value, bare } = optionRows[name];
  if (value === undefined) return `--${name}`;
  return `--${name} ${bare === undefined ? value : `[${value}]`}`;
};

const inUsage = (name: AnyOption): string => {
  const { short } = optionRows[name];
  return short === undefined ? shownOption(name) : shownOption(name).replace(`--${name}`, `-${short}`);
};

/** `start SERVICE... [--no-wait]`; what has a letter is shown by it, what it needs stands before the arguments. */
export const usageOf = (name: string, description: Description): string =>
  [
    name,
    ...(description.needs ?? []).map(inUsage),
    argumentsOf(description),
    ...(description.options ?? []).filter((option) => description.needs?.includes(option) !== true).map((option) => `[${inUsage(option)}]`),
  ]
    .filter((part) => part !== '')
    .join(' ');

/** Which socket a command speaks to. */
export type Peer = 'socket' | 'registry-socket' | null;

/** All that a command takes, its own first. */
export const optionsOf = (description: Description, peer: Peer): readonly AnyOption[] => [
  ...(description.options ?? []),
  ...(description.alsoTakes ?? []),
  ...(peer === null ? [] : (['json', peer] as const)),
];

export type Values = ReturnType<typeof parseWords>['values'];

/** The words of a command line; throws a UsageError that says what is wrong with them. `commands`: those that there are. */
export function parseWords(words: readonly string[], commands: readonly string[]) {
  const args = withValues(withoutIdle(separated(words)));
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [command, argument] = parseArgs({ args, options, allowPositionals: true, strict: false }).positionals;
    // Its options are as foreign, and say less of what is wanted.
    if (command !== undefined && command !== 'help' && !commands.includes(command))
      throw unknownCommand(command, commands, isValue(argument, args) ? undefined : argument);
    throw new UsageError(wrongOption(error.message, command ?? 'COMMAND'));
  }
}

/** Whoever runs a command has options of its own behind it: `run ls -l` means what `run -- ls -l` does. */
function separated(words: readonly string[]): readonly string[] {
  const plain: number[] = [];
  for (let at = 0; at < words.length && plain.length < 2; at++) {
    const word = words[at] ?? '';
    if (word === '--') return words;
    if (!word.startsWith('-') || word === '-') plain.push(at);
    else if (takesNext(word)) at++;
  }
  const [first = 0, second] = plain;
  return words[first] !== 'run' || second === undefined ? words : [...words.slice(0, second), '--', ...words.slice(second)];
}

/** An option as it is written, without a value in the same word. */
const optionAt = (word: string): readonly [name: string, row: Option] | undefined =>
  Object.entries(optionRows).find(([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`));

/** The word behind it is its value. */
function takesNext(word: string): boolean {
  const row = optionAt(word)?.[1];
  return row?.value !== undefined && row.bare === undefined;
}

/** In one word what Node would take for an option, and what lacks its value: `--since -10m` is `--since=-10m`, `-b` is `--boot=0`. */
function withValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return [...joined, ...words.slice(at)];
    const [name, row] = optionAt(word) ?? [];
    const next = words[at + 1] ?? '';
    if (row?.takes?.test(next) === true) {
      joined.push(`--${name}=${next}`);
      at++;
    } else joined.push(row?.bare === undefined ? word : `--${name}=${row.bare}`);
  }
  return joined;
}

/** Whether a word may be the value of an option before it that nobody knows here: `kill -s HUP`. */
const isValue = (word: string | undefined, args: readonly string[]): boolean => {
  const before = word === undefined ? undefined : args[args.indexOf(word) - 1];
  return before !== undefined && /^-[^-]/.test(before) && !flags.test(before);
};
const flags = /^-[afq]+$/;

/** Options of systemctl that ask for what is done anyhow are taken and forgotten. */
const idleOptions: readonly string[] = ['--no-pager', '-l', '--full'];

function withoutIdle(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.filter((word, at) => (end >= 0 && at > end) || !idleOptions.includes(word));
}

/** Node's words for what is wrong with an option, as people want them. */
function wrongOption(message: string, command: string): string {
  const unknown = /^Unknown option '([^']*)'/.exec(message)?.[1];
  if (unknown !== undefined) return unknownOption(unknown, command);
  const named = /^Option '(?:-(\w)(?:, )?)?(?:--([\w-]+))?/.exec(message);
  const name = (Object.keys(optionRows) as AnyOption[]).find(
    (each) => each === named?.[2] || (named?.[1] !== undefined && optionRows[each].short === named[1]),
  );
  if (name === undefined) return message;
  const { short, value } = optionRows[name];
  if (value === undefined) return `--${name} takes no value`;
  return `--${name} takes a value: ${short === undefined ? '' : `-${short} ${value} or `}--${name} ${value}`;
}

function unknownOption(option: string, command: string): string {
  const foreign = foreignOption(option, command);
  if (foreign !== null) return `there is no option ${option}: ${foreign}`;
  const meant = nearest(
    option,
    Object.keys(options).map((name) => `--${name}`),
  );
  if (meant !== null) return `there is no option ${option}; is ${meant} meant?`;
  const remedy = command === 'registry' ? 'data that begins with - goes behind --' : `peiosctl help ${command} lists its options`;
  return `there is no option ${option}; ${remedy}`;
}

const mostLines = 1000;

/** The value of --lines; null: nobody asked. */
export function linesAsked({ lines }: Values): number | null {
  if (lines === undefined) return null;
  const count = Number(lines);
  if (!/^\d+$/.test(lines) || count > mostLines) throw new UsageError(`--lines takes a number up to ${mostLines}, not ${lines}`);
  return count;
}

/** An option that a command would not look at is a mistake. `takers`: which commands take an option. */
export function refuseOthers(
  values: Values,
  command: string,
  taken: readonly string[],
  takers = (_name: string): readonly string[] => [],
): void {
  const extra = Object.keys(values).find((name) => !taken.includes(name));
  if (extra !== undefined) {
    const others = takers(extra);
    const some = others.length === 0 || others.length > 3 ? null : `${others.join(', ')} ${others.length === 1 ? 'does' : 'do'}`;
    const told = foreignOption(`--${extra}`, command) ?? some;
    const hint = told === null ? '' : `; ${told}`;
    throw new UsageError(`${command} takes no option --${extra}${hint}`);
  }
  if (values.wait === true && values['no-wait'] === true) throw new UsageError('--wait and --no-wait contradict each other');
}
