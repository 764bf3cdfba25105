import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

const options = {
  json: { type: 'boolean' },
  socket: { type: 'string' },
  wait: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  type: { type: 'string' },
  recursive: { type: 'boolean' },
  'registry-socket': { type: 'string' },
} as const;

export type Values = ReturnType<typeof parseWords>['values'];

/** The words of a command line; throws a UsageError that says what is wrong with them. */
export function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '([^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw new UsageError(error.message);
    throw new UsageError(`there is no option ${unknown}; peiosctl --help lists them, and words that begin with - go behind --`);
  }
}

/** An option that a command would not look at is a mistake. */
export function refuseOthers(values: Values, command: string, taken: readonly string[]): void {
  const extra = Object.keys(values).find((name) => !taken.includes(name));
  if (extra !== undefined) throw new UsageError(`${command} takes no option --${extra}`);
  if (values.wait === true && values['no-wait'] === true) throw new UsageError('--wait and --no-wait contradict each other');
}
