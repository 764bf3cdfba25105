import { parseArgs } from 'node:util';
import { registryTypeNames } from '../../gen/registry/types.ts';
import { nearest } from '../../src/seed/nearest.ts';
import type { Description } from './description.ts';
import { argumentsOf } from './description.ts';
import { importKindNames } from './import/kind-names.ts';
import { UsageError } from './usage-error.ts';

interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What the usage calls its value. */
  readonly value?: string;
  /** Words it may have, for completions. */
  readonly words?: readonly string[];
  readonly text: string;
}

/** All options; a command says which it takes. */
export const options = {
  wait: { type: 'boolean', text: 'wait for the end' },
  'no-wait': { type: 'boolean', text: 'answer at once; the operation goes on' },
  strict: { type: 'boolean', text: 'exit with 1 where something had to be killed' },
  lines: { type: 'string', short: 'n', value: 'N', text: 'show the last N lines of output, whole (up to 1000)' },
  type: { type: 'string', value: 'TYPE', words: registryTypeNames, text: 'type of the value, where it is not the one that is usual' },
  recursive: { type: 'boolean', text: 'with all keys below it' },
  from: {
    type: 'string',
    value: 'SYSTEM',
    words: importKindNames,
    text: 'what the files are for: systemd, supervisord, compose, procfile',
  },
  apply: { type: 'boolean', text: 'take the result over into the registry, instead of printing it' },
  force: { type: 'boolean', text: 'write also what peinit would refuse' },
  json: { type: 'boolean', text: 'print answers as JSON, one object a line' },
  socket: { type: 'string', value: 'PATH', text: 'control socket (/run/peinit/control.sock)' },
  'registry-socket': { type: 'string', value: 'PATH', text: 'socket of registryd (/run/registry/registry.sock)' },
  help: { type: 'boolean', short: 'h', text: 'tell what a command does, and end' },
  version: { type: 'boolean', text: 'tell the version, and end' },
} as const satisfies Record<string, Option>;

type AnyOption = keyof typeof options;

/** Options that are not of single commands. */
export const generalOptions = ['json', 'socket', 'registry-socket', 'help', 'version'] as const satisfies readonly AnyOption[];

/** Options of single commands. */
export type OptionName = Exclude<AnyOption, (typeof generalOptions)[number]>;

/** As the table has them, whatever each one has. */
export const optionRows: Readonly<Record<AnyOption, Option>> = options;

/** `--type TYPE`. */
export const shownOption = (name: AnyOption): string => {
  const { value } = optionRows[name];
  return value === undefined ? `--${name}` : `--${name} ${value}`;
};

const inUsage = (name: AnyOption): string => {
  const { short, value } = optionRows[name];
  return short === undefined ? shownOption(name) : `-${short}${value === undefined ? '' : ` ${value}`}`;
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

/** The words of a command line; throws a UsageError that says what is wrong with them. */
export function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '([^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new UsageError(error.message);
    const meant = nearest(
      unknown,
      Object.keys(options).map((name) => `--${name}`),
    );
    const hint = meant === null ? '' : `; is ${meant} meant?`;
    throw new UsageError(`there is no option ${unknown}${hint} (words that are no options and begin with - go behind --)`);
  }
}

const mostLines = 1000;

/** The value of --lines; null: nobody asked. */
export function linesAsked({ lines }: Values): number | null {
  if (lines === undefined) return null;
  const count = Number(lines);
  if (!/^\d+$/.test(lines) || count > mostLines) throw new UsageError(`--lines takes a number up to ${mostLines}, not ${lines}`);
  return count;
}

/** An option that a command would not look at is a mistake. */
export function refuseOthers(values: Values, command: string, taken: readonly string[]): void {
  const extra = Object.keys(values).find((name) => !taken.includes(name));
  if (extra !== undefined) throw new UsageError(`${command} takes no option --${extra}`);
  if (values.wait === true && values['no-wait'] === true) throw new UsageError('--wait and --no-wait contradict each other');
}
