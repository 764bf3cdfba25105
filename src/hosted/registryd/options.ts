import { endpoints } from '../../../gen/registry/facts.ts';
import { readArguments, UsageError, unknownOption } from '../daemon/command-line.ts';

/** What the command line asks for. */
export type Mode =
  | { readonly kind: 'serve'; readonly socket: string }
  | { readonly kind: 'import'; readonly files: readonly string[]; readonly force: boolean }
  | { readonly kind: 'export'; readonly key: string | null; readonly format: 'yaml' | 'json' }
  | { readonly kind: 'inspector'; readonly key: string | null }
  | { readonly kind: 'recover-from-backup' }
  | { readonly kind: 'dangerously-clear-database' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export interface Options {
  readonly store: string;
  readonly mode: Mode;
}

export const defaultStore = '/var/lib/registryd';

const modeFlags = ['--import', '--export', '--inspector', '--recover-from-backup', '--dangerously-clear-database'] as const;
type ModeFlag = (typeof modeFlags)[number];

const isModeFlag = (text: string): text is ModeFlag => (modeFlags as readonly string[]).includes(text);

/** Throws UsageError. */
export function parseOptions(argv: readonly string[]): Options {
  let store = defaultStore;
  let socket: string | null = null;
  let format: string | null = null;
  let force = false;
  let flag: ModeFlag | null = null;
  const operands: string[] = [];
  for (const argument of readArguments(argv)) {
    const { text, inline } = argument;
    if (text === '--help') return { store, mode: { kind: 'help' } };
    if (text === '--version') return { store, mode: { kind: 'version' } };
    if (text === '--store') store = argument.value();
    else if (text === '--socket') socket = argument.value();
    else if (text === '--format') format = argument.value();
    else if (text === '--force') force = true;
    else if (isModeFlag(text)) {
      if (flag !== null && flag !== text) throw new UsageError(`${flag} and ${text} exclude each other`);
      flag = text;
      if (inline !== undefined) operands.push(inline);
    } else if (argument.isOption) throw unknownOption(argument);
    else operands.push(text);
  }
  if (socket !== null && flag !== null) throw new UsageError(`${flag} needs no --socket: it works on the store itself`);
  if (format !== null && flag !== '--export') throw new UsageError('--format belongs to --export');
  if (force && flag !== '--import') throw new UsageError('--force belongs to --import');
  return { store, mode: modeOf(flag, force, operands, socket ?? endpoints.registry.path, format ?? 'yaml') };
}

function modeOf(flag: ModeFlag | null, force: boolean, operands: readonly string[], socket: string, format: string): Mode {
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
      return { kind: 'import', files: operands, force };
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
