import type { RegistryConnection } from '../typescript/registry.ts';
import { RegistryCallError } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import { checkArguments } from './description.ts';
import { exitStatus } from './exit-statuses.ts';
import { unknownVerb } from './find-command.ts';
import { openRegistry } from './open-registry.ts';
import { optionsOf, refuseOthers, usageOf } from './options.ts';
import { UsageError } from './usage-error.ts';
import type { VerbGroupName } from './verb-groups.ts';
import { peerOf, verbGroups } from './verb-groups.ts';

/** `peiosctl GROUP VERB ...`; resolves with the exit status. */
export async function runVerb(group: VerbGroupName, context: Context): Promise<number> {
  const [name, ...words] = context.arguments;
  const verbs = await verbGroups[group].verbs();
  const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (name === undefined || verb === undefined) throw unknownVerb(group, name, Object.keys(verbs));
  const { values } = context.options;
  refuseOthers(values, `${group} ${name}`, optionsOf(verb, peerOf(verb)));
  try {
    checkArguments(verb, words);
    if (verb.peer !== undefined) return await verb.run(context, words);
    const registry = await openRegistry(context);
    try {
      return await verb.run(registry, context, words);
    } catch (error) {
      throw group === 'registry' && error instanceof RegistryCallError ? await withMeantKey(error, registry, words[0]) : error;
    } finally {
      registry.disconnect();
    }
  } catch (error) {
    if (error instanceof UsageError) error.usage = usageOf(`${group} ${name}`, verb);
    if (!(error instanceof RegistryCallError)) throw error;
    if (values.json === true) context.print(JSON.stringify({ status: 'error', code: error.error, message: error.message }));
    context.complain(`${error.error}: ${error.message}`);
    return exitStatus.failed;
  }
}

const services = 'Machine\\System\\Services';

/** The same refusal; where a key is missing that is called like a service, with the key of that. */
async function withMeantKey(error: RegistryCallError, registry: RegistryConnection, key: string | undefined): Promise<RegistryCallError> {
  if (error.error !== 'ENOENT' || key === undefined || /[\\/]/.test(key)) return error;
  const name = key.replace(/\.service$/i, '');
  const { names } = await registry.enum({ path: services }).catch(() => ({ names: [] }));
  const meant = names.find((each) => each.toLowerCase() === name.toLowerCase());
  const hint = `is ${services.replaceAll('\\', '/')}/${meant} meant?`;
  return meant === undefined ? error : new RegistryCallError(error.error, `${error.message}; ${hint}`);
}
