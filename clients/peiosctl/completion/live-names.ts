/** Names as they are now. Whoever completes a line wants them soon or not at all, and no complaint. */
import type { AdHocJob } from '../../../gen/control/types.ts';
import { definitionFields } from '../../../gen/definition/facts.ts';
import type { State } from '../../../gen/service/types.ts';
import { fieldAt, isServiceKey } from '../../../src/seed/fields.ts';
import { ControlClient } from '../../typescript/generated/client.ts';
import { connectRegistry, registrySocketPath } from '../../typescript/registry.ts';
import { connectControl, controlSocketPath } from '../../typescript/transport.ts';
import type { Candidate } from './complete.ts';

/** So long somebody waits for a Tab. */
const patienceMs = 500;

async function soonOrNot<Result>(otherwise: Result, ask: Promise<Result>): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const timer = setTimeout(() => resolve(otherwise), patienceMs);
  try {
    return await Promise.race([ask, promise]);
  } catch {
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}

export const services = (socket = controlSocketPath): Promise<readonly { readonly service: string; readonly state: State }[]> =>
  soonOrNot(
    [],
    asked(socket, async (client) => (await client.list({})).services),
  );

export const jobs = (socket = controlSocketPath): Promise<readonly AdHocJob[]> =>
  soonOrNot(
    [],
    asked(socket, async (client) => (await client.jobs({})).jobs),
  );

async function asked<Answer>(socket: string, ask: (client: ControlClient) => Promise<Answer>): Promise<Answer> {
  const transport = await connectControl(socket);
  try {
    return await ask(new ControlClient(transport));
  } finally {
    transport.close();
  }
}

/** Keys below the one that is typed already, with the separator that is typed. */
export const registryKeys = (socket = registrySocketPath, typed: string): Promise<readonly string[]> =>
  soonOrNot([], askKeys(socket, typed));

async function askKeys(socket: string, typed: string): Promise<readonly string[]> {
  const end = Math.max(typed.lastIndexOf('/'), typed.lastIndexOf('\\'));
  if (end < 0) return ['Machine'];
  const registry = await connectRegistry(socket);
  try {
    const { names } = await registry.enum({ path: typed.slice(0, end) });
    return names.map((name) => `${typed.slice(0, end + 1)}${name}`);
  } finally {
    registry.disconnect();
  }
}

/** Fields of a definition, where the key is that of a service. */
export const fieldNames = (key: string): readonly Candidate[] =>
  isServiceKey(key.split(/[\\/]/)) ? Object.values(definitionFields).map(({ name }) => ({ word: name, text: '' })) : [];

/** What a field may hold, where that is one of a few words. */
export function fieldWords(key: string, name: string): readonly string[] {
  const field = fieldAt(key.split(/[\\/]/), name);
  if (field === null) return [];
  if (field.name === definitionFields.triggers.name) return ['boot'];
  if (field.kind === 'boolean') return ['true', 'false'];
  return field.kind === 'enum' ? Object.values(field.names) : [];
}
