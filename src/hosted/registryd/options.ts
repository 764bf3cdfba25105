import { endpoints } from '../../../gen/registry/facts.ts';

/** What the command line asks for. */
export type Mode =
  | { readonly kind: 'serve'; readonly socket: string }
  | { readonly kind: 'import'; readonly files: readonly string[] }
  | { readonly kind: 'export'; readonly key: string | null; readonly format: 'yaml' | 'json' }
  | { readonly kind: 'inspector'; readonly key: string | null }
  | { readonly kind: 'recover-from-backup' }
  | { readonly kind: 'dangerously-clear-database' }
  | { readonly kind: 'help' };

export interface Options {
  readonly store: string;
  readonly mode: Mode;
}

/** The command line is wrong; the message says how. Ends the program with status 2. */
export class UsageError extends Error {}

export const defaultStore = '/var/lib/registryd';

const modeFlags = ['--import', '--export', '--inspector', '--recover-from-backup', '--dangerously-clear-database'] as const;
type ModeFlag = (typeof modeFlags)[number];

const isModeFlag = (text: string): text is ModeFlag => (modeFlags as readonly string[]).includes(text);

/** Throws UsageError. */
export function parseOptions(argv: readonly string[]): Options {
  let store = defaultStore;
  let socket: string | null = null;
  let format: string | null = null;
  let flag: ModeFlag | null = null;
  const operands: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const [name = '', inline] = splitFlag(argv[index] ?? '');
    const value = (): string => {
      if (inline === undefined) index += 1;
      const text = inline ?? argv[index];
      if (text === undefined || text === '') throw new UsageError(`${name} needs a value`);
      return text;
    };
    if (name === '--help') return { store, mode: { kind: 'help' } };
    if (name === '--store') store = value();
    else if (name === '--socket') socket = value();
    else if (name === '--format') format = value();
    else if (isModeFlag(name)) {
      if (flag !== null && flag !== name) throw new UsageError(`${flag} and ${name} exclude each other`);
      flag = name;
      if (inline !== undefined) operands.push(inline);
    } else if (name.startsWith('--')) throw new UsageError(`there is no option ${name}`);
    else operands.push(argv[index] ?? '');
  }
  if (socket !== null && flag !== null) throw new UsageError(`${flag} needs no --socket: it works on the store itself`);
  if (format !== null && flag !== '--export') throw new UsageError('--format belongs to --export');
  return { store, mode: modeOf(flag, operands, socket ?? endpoints.registry.path, format ?? 'yaml') };
}

function splitFlag(text: string): [string, string | undefined] {
  const equals = text.startsWith('--') ? text.indexOf('=') : -1;
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function modeOf(flag: ModeFlag | null, operands: readonly string[], socket: string, format: string): Mode {
  const [first = null, ...further] = operands;
  const atMost = (count: number, what: string): void => {
    if (operands.length > count)
      throw new UsageError(`${what} takes ${count === 0 ? 'no argument' : 'one key'}, not also ${further[0] ?? first}`);
  };
  switch (flag) {
    case null:
      atMost(0, 'serving');
      return { kind: 'serve', socket };
    case '--import':
      if (operands.length === 0) throw new UsageError('--import needs at least one file');
      return { kind: 'import', files: operands };
    case '--export':
      atMost(1, flag);
      if (format !== 'yaml' && format !== 'json') throw new UsageError(`--format is yaml or json, not ${format}`);
      return { kind: 'export', key: first, format };
    case '--inspector':
      atMost(1, flag);
      return { kind: 'inspector', key: first };
    case '--recover-from-backup':
      atMost(0, flag);
      return { kind: 'recover-from-backup' };
    case '--dangerously-clear-database':
      atMost(0, flag);
      return { kind: 'dangerously-clear-database' };
    default: {
      const never: never = flag;
      throw new UsageError(`unknown mode ${String(never)}`);
    }
  }
}
