import { definitionFields, definitionKey } from '../../gen/definition/facts.ts';
import type { Effect } from '../../gen/options/types.ts';
import type { State } from '../../gen/service/types.ts';
import { afterPrefix, servicePrefix } from '../../src/authority/names.ts';
import { fieldAt, isServiceKey } from '../../src/seed/fields.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { ConnectionError, ControlError } from '../typescript/transport.ts';
import type { Context } from './command.ts';

const servicesKey = definitionKey.path.slice(0, definitionKey.path.lastIndexOf('\\'));
const identityField = definitionFields.identity;

/** What a running service was started with stays as it is. */
const fixed: ReadonlySet<Effect> = new Set(['service_restart', 'activation']);
/** Of those that count with the next operation that looks at them: a start looks at these, and nothing else does. */
const ofStarts: ReadonlySet<string> = new Set<keyof typeof definitionFields>([
  'accountEnvironment',
  'arguments',
  'environment',
  'environmentFile',
  'execStartPost',
  'execStartPre',
  'limitCore',
  'limitNofile',
  'readiness',
  'readinessCheck',
  'runtimeDirectories',
  'workingDirectory',
]);
const running: ReadonlySet<State> = new Set(['starting', 'active', 'reloading', 'completed']);

/** What is to be done for a changed value to count; null: nothing, or there is nobody to ask. */
async function nextStart(context: Context, path: readonly string[], name: string): Promise<string | null> {
  const field = fieldAt(path, name);
  if (field?.effect === 'boot') return 'counts from the next boot';
  const service = path.at(-1);
  if (field === null || service === undefined || !isServiceKey(path)) return null;
  if (!fixed.has(field.effect) && !ofStarts.has(field.member)) return null;
  try {
    const { state } = await (await context.control()).status({ service });
    return running.has(state) ? `counts from the next start: peiosctl restart ${service}` : null;
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof ControlError) return null;
    throw error;
  }
}

export async function tellNextStart(context: Context, path: readonly string[], name: string): Promise<void> {
  const what = await nextStart(context, path, name);
  if (what !== null) context.print(what);
}

/** Services whose Identity is that name. */
export async function servicesAs(registry: RegistryConnection, principal: string): Promise<readonly string[]> {
  const { nodes } = await registry.readTree({ path: servicesKey, depth: 1 });
  return nodes.flatMap(({ path, values }) => {
    const identity = values.find(({ name }) => name.toLowerCase() === identityField.name.toLowerCase())?.data;
    const text = typeof identity === 'string' && identity !== '' ? identity : String(identityField.default);
    return path !== '' && text.toLowerCase() === principal.toLowerCase() ? [path] : [];
  });
}

/** Services that run as a principal, or the one that `service:NAME` names: what they hold is what they were started with. */
export async function tellStartsOf(registry: RegistryConnection, context: Context, principal: string): Promise<void> {
  const named = afterPrefix(principal, servicePrefix);
  try {
    const concerned = named === null ? await servicesAs(registry, principal) : [named];
    if (concerned.length === 0) return;
    const { services } = await (await context.control()).list({});
    const up = services.filter(
      ({ service, state }) => running.has(state) && concerned.some((each) => each.toLowerCase() === service.toLowerCase()),
    );
    if (up.length > 0) context.print(`counts from the next start: peiosctl restart ${up.map(({ service }) => service).join(' ')}`);
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof ControlError)) throw error;
  }
}
