import type { TreeNode } from '../../gen/registry/types.ts';
import type { SeedKey } from '../../src/hosted/registryd/seed/read-seed.ts';
import { readSeed } from '../../src/hosted/registryd/seed/read-seed.ts';
import { SeedError } from '../../src/hosted/registryd/seed/seed-error.ts';
import { readSource } from '../../src/hosted/registryd/seed/seed-source.ts';
import { writeSeed } from '../../src/hosted/registryd/seed/write-seed.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { connectRegistry, RegistryCallError, registrySocketPath } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import { exitStatus, UsageError } from './command.ts';
import { painter, table } from './paint.ts';
import { dataFromWords, formatData } from './registry-data.ts';

type Verb = (registry: RegistryConnection, context: Context, words: readonly string[]) => Promise<number>;

/** Where a key is left out: everything that this registry serves. */
const wholeHive = 'Machine';

function need(words: readonly string[], index: number, name: string): string {
  const word = words[index];
  if (word === undefined) throw new UsageError(`${name} is missing`);
  return word;
}

const list: Verb = async (registry, context, [path = wholeHive]) => {
  const { names } = await registry.enum({ path });
  const { values } = await registry.queryAll({ path });
  if (context.options.json) {
    context.print(JSON.stringify({ path, keys: names, values }));
    return exitStatus.done;
  }
  for (const name of names) context.print(`${painter(context.options.color)('bold', name)}\\`);
  const rows = values.map((value) => [value.name === '' ? '(default)' : value.name, value.type, formatData(value)]);
  for (const line of table(rows, (_row, _column, padded) => padded)) context.print(line);
  return exitStatus.done;
};

const get: Verb = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = words[1];
  if (name === undefined) return list(registry, context, [path]);
  const value = await registry.query({ path, name });
  context.print(context.options.json ? JSON.stringify(value) : formatData(value));
  return exitStatus.done;
};

const set: Verb = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = need(words, 1, 'VALUE');
  need(words, 2, 'DATA');
  const type = context.options.values['type'];
  const value = dataFromWords(path, name, words.slice(2), typeof type === 'string' ? type : undefined);
  await atomically(registry, async (transaction) => {
    await createPath(registry, path.split(/[\\/]/), transaction);
    await registry.set({ path, name, ...value, transaction });
  });
  return exitStatus.done;
};

const remove: Verb = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = words[1];
  if (name === undefined) await registry.deleteKey({ path, recursive: context.options.values['recursive'] === true });
  else await registry.deleteValue({ path, name });
  return exitStatus.done;
};

const importFiles: Verb = async (registry, context, words) => {
  need(words, 0, 'FILE');
  const seeds: SeedKey[] = [];
  let broken = false;
  for (const file of words) {
    try {
      const { name, text } = readSource(file);
      seeds.push(...(await readSeed(name, text)));
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      for (const line of error.message.split('\n')) context.complain(line);
      broken = true;
    }
  }
  if (broken) {
    context.complain('nothing was imported');
    return exitStatus.usage;
  }
  await atomically(registry, async (transaction) => {
    for (const { path, values } of seeds) {
      await createPath(registry, path, transaction);
      for (const value of values) await registry.set({ path: path.join('\\'), ...value, transaction });
    }
  });
  const values = seeds.reduce((sum, key) => sum + key.values.length, 0);
  context.print(
    context.options.json ? JSON.stringify({ keys: seeds.length, values }) : `imported ${values} values in ${seeds.length} keys`,
  );
  return exitStatus.done;
};

const exportKey: Verb = async (registry, context, [path = wholeHive]) => {
  const { nodes } = await registry.readTree({ path });
  const keys = nodes.map((node: TreeNode) => ({ path: node.path === '' ? path : `${path}\\${node.path}`, values: node.values }));
  process.stdout.write(writeSeed(keys, context.options.json ? 'json' : 'yaml'));
  return exitStatus.done;
};

const watch: Verb = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const watcher = await registry.watchKey({ path, subtree: true });
  for await (const batch of watcher)
    for (const event of batch)
      context.print(
        context.options.json ? JSON.stringify(event) : `${event.type.padEnd(15)} ${event.path}${event.name === '' ? '' : ` ${event.name}`}`,
      );
  context.complain('registryd closed the connection');
  return exitStatus.unreachable;
};

const verbs: Readonly<Record<string, Verb>> = { list, get, set, delete: remove, import: importFiles, export: exportKey, watch };

/** All of it happens, or nothing does. */
async function atomically(registry: RegistryConnection, act: (transaction: number) => Promise<void>): Promise<void> {
  const { transaction } = await registry.begin({});
  try {
    await act(transaction);
  } catch (error) {
    await registry.abort({ transaction }).catch(() => undefined);
    throw error;
  }
  await registry.commit({ transaction });
}

/** Makes the keys of a path that are missing; the hive is always there. */
async function createPath(registry: RegistryConnection, path: readonly string[], transaction: number): Promise<void> {
  for (let depth = 2; depth <= path.length; depth++) await registry.create({ path: path.slice(0, depth).join('\\'), transaction });
}

/** `peiosctl registry VERB ...`; resolves with the exit status. */
export async function runRegistry(context: Context): Promise<number> {
  const [name, ...words] = context.arguments;
  const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) throw new UsageError(`registry takes one of ${Object.keys(verbs).join(', ')}`);
  const socket = context.options.values['registry-socket'];
  const registry = await connectRegistry(typeof socket === 'string' ? socket : registrySocketPath);
  try {
    return await verb(registry, context, words);
  } catch (error) {
    if (!(error instanceof RegistryCallError)) throw error;
    context.complain(`${error.error}: ${error.message}`);
    return exitStatus.failed;
  } finally {
    registry.disconnect();
  }
}
