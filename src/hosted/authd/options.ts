import { endpoints } from '../../../gen/authority/facts.ts';
import { endpoints as registryEndpoints } from '../../../gen/registry/facts.ts';
import { readArguments, UsageError, unknownOption } from '../daemon/command-line.ts';

/** What the command line asks for. */
export type Mode = ServeOptions | { readonly kind: 'help' } | { readonly kind: 'version' };

export interface ServeOptions {
  readonly kind: 'serve';
  readonly socket: string;
  readonly registrySocket: string;
  /** Directory of passwd and group. */
  readonly etc: string;
}

/** Throws UsageError. */
export function parseOptions(argv: readonly string[]): Mode {
  let [socket, registrySocket, etc] = [endpoints.authority.path, registryEndpoints.registry.path, '/etc'];
  for (const argument of readArguments(argv)) {
    const { text } = argument;
    if (text === '--help') return { kind: 'help' };
    if (text === '--version') return { kind: 'version' };
    if (text === '--socket') socket = argument.value();
    else if (text === '--registry-socket') registrySocket = argument.value();
    else if (text === '--etc') etc = argument.value();
    else if (argument.isOption) throw unknownOption(argument);
    else throw new UsageError(`serving takes no argument, not ${text}`);
  }
  return { kind: 'serve', socket, registrySocket, etc };
}
