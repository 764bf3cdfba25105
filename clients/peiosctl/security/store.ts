/** Writes descriptors, and tells what holds then. */
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { encodeDescriptor } from '../../../src/security/descriptor.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import type { RegistryConnection } from '../../typescript/registry.ts';
import type { Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { readDirectory } from '../principals.ts';
import { change, createPath } from '../registry-changes.ts';
import { decide } from './decisions.ts';
import type { Guarded } from './guarded.ts';
import { objectOf, readGuarded } from './guarded.ts';
import { Principals } from './principals.ts';
import { showGuarded } from './print-guarded.ts';

export interface Stored {
  readonly status: number;
  /** What is in force then; null: it was refused, and nothing has changed. */
  readonly now: Guarded | null;
}

export function store(registry: RegistryConnection, context: Context, object: Guarded, descriptor: SecurityDescriptor): Promise<Stored> {
  const data = Buffer.from(encodeDescriptor(descriptor)).toString('base64');
  return changed(registry, context, object, async (transaction) => {
    await createPath(registry, object.key, transaction);
    return registry.set({ path: object.key.join('\\'), name: object.value, type: 'BINARY', data, transaction });
  });
}

export async function remove(registry: RegistryConnection, context: Context, object: Guarded): Promise<number> {
  if (object.source !== 'own') {
    context.print(context.shown(`${object.name} has no descriptor of its own; in force is ${object.from}`));
    return exitStatus.done;
  }
  const path = object.key.join('\\');
  return (await changed(registry, context, object, (transaction) => registry.deleteValue({ path, name: object.value, transaction })))
    .status;
}

/** One transaction, and what holds afterwards. */
async function changed(
  registry: RegistryConnection,
  context: Context,
  { key }: Guarded,
  act: (transaction: number) => Promise<object>,
): Promise<Stored> {
  const { result, status } = await change(registry, context, { done: 'set', paths: [key], piecemeal: true }, act);
  if (result === null) return { status, now: null };
  const machine = await readGuarded(registry);
  const isService = context.options.values.machine !== true && context.options.values.shared !== true;
  const { object } = objectOf(machine, context, isService ? key.slice(-1) : []);
  const principals = new Principals(machine, await readDirectory(registry));
  const nameOf = (sid: string): string => principals.nameOf(sid);
  if (context.options.json) context.print(JSON.stringify(result));
  else for (const line of context.shown(showGuarded(object, nameOf))) context.print(line);
  const lost = lostBySystem(object, principals);
  if (lost.length > 0)
    context.complain(`warning: SYSTEM itself may not ${lost.join(', ')} any more, and so may no service that runs as it`);
  return { status, now: object };
}

function lostBySystem({ descriptor, kind }: Guarded, principals: Principals): readonly string[] {
  if ('problem' in descriptor) return [];
  const made = decide(descriptor, principals.named(wellKnown.system).token, kind, (sid) => sid);
  return 'failed' in made ? [] : made.decisions.filter(({ granted }) => !granted).map(({ right }) => right);
}
