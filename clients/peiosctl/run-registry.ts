import { connectRegistry, RegistryCallError, registrySocketPath } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import { exitStatus } from './command.ts';
import { registryVerbs } from './commands/registry/index.ts';
import { refuseOthers } from './options.ts';
import { UsageError } from './usage-error.ts';

/** `peiosctl registry VERB ...`; resolves with the exit status. */
export async function runRegistry(context: Context): Promise<number> {
  const [name, ...words] = context.arguments;
  const verb = name !== undefined && Object.hasOwn(registryVerbs, name) ? registryVerbs[name] : undefined;
  if (name === undefined || verb === undefined) throw new UsageError(`registry takes one of ${Object.keys(registryVerbs).join(', ')}`);
  const { values } = context.options;
  refuseOthers(values, `registry ${name}`, ['json', 'registry-socket', ...(verb.options ?? [])]);
  const extra = verb.most === null ? undefined : words[verb.most];
  try {
    if (words.length < verb.least) throw new UsageError(`${verb.usage.split(' ')[words.length]} is missing`);
    if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
    const registry = await connectRegistry(values['registry-socket'] ?? registrySocketPath);
    try {
      return await verb.run(registry, context, words);
    } finally {
      registry.disconnect();
    }
  } catch (error) {
    if (error instanceof UsageError) error.usage = `registry ${name} ${verb.usage}`;
    if (!(error instanceof RegistryCallError)) throw error;
    if (values.json === true) context.print(JSON.stringify({ status: 'error', code: error.error, message: error.message }));
    context.complain(`${error.error}: ${error.message}`);
    return exitStatus.failed;
  }
}
