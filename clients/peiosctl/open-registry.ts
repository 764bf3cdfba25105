import type { RegistryConnection } from '../typescript/registry.ts';
import { connectRegistry, registrySocketPath } from '../typescript/registry.ts';
import type { Context } from './command.ts';

/** Connects to the registry; whoever waits for an answer is told that none comes. */
export const openRegistry = (context: Context): Promise<RegistryConnection> =>
  connectRegistry(context.options.values['registry-socket'] ?? registrySocketPath, {
    onSilent: (message) => context.complain(message),
  });
