import { endpoints as registryEndpoints } from '../../../gen/registry/facts.ts';
import { readArguments, UsageError, unknownOption } from '../daemon/command-line.ts';

/** What the command line asks for. */
export type Mode = ServeOptions | { readonly kind: 'help' } | { readonly kind: 'version' };

export interface ServeOptions {
  readonly kind: 'serve';
  /** Directory of the database. */
  readonly store: string;
  /** Null: what the registry says. */
  readonly logSocket: string | null;
  readonly querySocket: string | null;
  readonly registrySocket: string;
}

export const defaultStore = '/var/lib/eventd';

/** Throws UsageError. */
export function parseOptions(argv: readonly string[]): Mode {
  let [store, registrySocket] = [defaultStore, registryEndpoints.registry.path];
  let logSocket: string | null = null;
  let querySocket: string | null = null;
  for (const argument of readArguments(argv)) {
    const { text } = argument;
    if (text === '--help') return { kind: 'help' };
    if (text === '--version') return { kind: 'version' };
    if (text === '--store') store = argument.value();
    else if (text === '--log-socket') logSocket = argument.value();
    else if (text === '--query-socket') querySocket = argument.value();
    else if (text === '--registry-socket') registrySocket = argument.value();
    else if (argument.isOption) throw unknownOption(argument);
    else throw new UsageError(`serving takes no argument, not ${text}`);
  }
  return { kind: 'serve', store, logSocket, querySocket, registrySocket };
}
