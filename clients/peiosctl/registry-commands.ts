import type { TreeNode } from '../../gen/registry/types.ts';
import type { SeedKey } from '../../src/seed/read-seed.ts';
import { readSeed } from '../../src/seed/read-seed.ts';
import { SeedError } from '../../src/seed/seed-error.ts';
import { readSource } from '../../src/seed/seed-source.ts';
import { unknownFields } from '../../src/seed/unknown-fields.ts';
import { writeSeed } from '../../src/seed/write-seed.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { connectRegistry, RegistryCallError, registrySocketPath } from '../typescript/registry.ts';
import type { Command, Context } from './command.ts';
import { exitStatus } from './command.ts';
import type { Rows } from './help.ts';
import { refuseOthers } from './options.ts';
import { painter, table } from './paint.ts';
import { dataFromWords, formatData, isListField } from './registry-data.ts';
import { UsageError } from './usage-error.ts';

type Act = (registry: RegistryConnection, context: Context, words: readonly string[]) => Promise<number>;

interface Verb extends Omit<Command, 'run'> {
  readonly least: number;
  /** Arguments at most; null: any number. */
  readonly most: number | null;
  readonly act: Act;
}

/** Where a key is left out: everything that this registry serves. */
const wholeHive = 'Machine';

function need(words: readonly string[], index: number, name: string): string {
  const word = words[index];
  if (word === undefined) throw new UsageError(`${name} is missing`);
  return word;
}

const list: Act = async (registry, context, [path = wholeHive]) => {
  const { names } = context.shown(await registry.enum({ path }));
  const { values } = context.shown(await registry.queryAll({ path }));
  if (context.options.json) {
    context.print(JSON.stringify({ path, keys: names, values }));
    return exitStatus.done;
  }
  for (const name of names) context.print(`${painter(context.options.color)('bold', name)}\\`);
  const rows = values.map((value) => [value.name === '' ? '(default)' : value.name, value.type, formatData(value)]);
  for (const line of table(rows, (_row, _column, padded) => padded)) context.print(line);
  return exitStatus.done;
};

const get: Act = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = words[1];
  if (name === undefined) return list(registry, context, [path]);
  const value = context.shown(await registry.query({ path, name }));
  context.print(context.options.json ? JSON.stringify(value) : formatData(value));
  return exitStatus.done;
};

const set: Act = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = need(words, 1, 'VALUE');
  const type = context.options.values['type'];
  // No words are the empty list.
  if (type?.toUpperCase() !== 'MULTI_SZ' && !isListField(path, name)) need(words, 2, 'DATA');
  const value = dataFromWords(path, name, words.slice(2), type);
  const answer = await atomically(registry, async (transaction) => {
    await createPath(registry, path.split(/[\\/]/), transaction);
    return registry.set({ path, name, ...value, transaction });
  });
  if (context.options.json) context.print(JSON.stringify(answer));
  warnOfUnknown([{ path: path.split(/[\\/]/), values: [{ name }] }], context, '');
  return exitStatus.done;
};

const remove: Act = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const name = words[1];
  const answer =
    name === undefined
      ? await registry.deleteKey({ path, recursive: context.options.values.recursive === true })
      : await registry.deleteValue({ path, name });
  if (context.options.json) context.print(JSON.stringify(answer));
  return exitStatus.done;
};

const importFiles: Act = async (registry, context, words) => {
  const seeds: SeedKey[] = [];
  let broken = false;
  for (const file of words) {
    try {
      const { name, text } = readSource(file);
      const keys = await readSeed(name, text);
      seeds.push(...keys);
      warnOfUnknown(keys, context, `${name}: `);
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
    context.options.json
      ? JSON.stringify({ keys: seeds.length, values })
      : `imported ${counted(values, 'value')} in ${counted(seeds.length, 'key')}`,
  );
  return exitStatus.done;
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function warnOfUnknown(keys: Parameters<typeof unknownFields>[0], context: Context, file: string): void {
  for (const warning of unknownFields(keys)) context.complain(`${file}warning: ${warning}`);
}

const exportKey: Act = async (registry, context, [path = wholeHive]) => {
  const { nodes } = await registry.readTree({ path });
  const keys = nodes.map((node: TreeNode) => ({ path: node.path === '' ? path : `${path}\\${node.path}`, values: node.values }));
  process.stdout.write(writeSeed(keys, context.options.json ? 'json' : 'yaml'));
  return exitStatus.done;
};

const watch: Act = async (registry, context, words) => {
  const path = need(words, 0, 'KEY');
  const watcher = await registry.watchKey({ path, subtree: true });
  for await (const batch of watcher)
    for (const event of context.shown(batch))
      context.print(
        context.options.json ? JSON.stringify(event) : `${event.type.padEnd(15)} ${event.path}${event.name === '' ? '' : ` ${event.name}`}`,
      );
  context.complain('registryd closed the connection');
  return exitStatus.unreachable;
};

const verbs: Readonly<Record<string, Verb>> = {
  list: { usage: '[KEY]', text: 'Lists the subkeys and values of a key.', least: 0, most: 1, act: list },
  get: { usage: 'KEY [VALUE]', text: 'Prints a value, or all of a key.', least: 1, most: 2, act: get },
  set: {
    usage: 'KEY VALUE DATA... [--type TYPE]',
    text: 'Sets a value; creates the key where it is missing.',
    options: ['type'],
    least: 2,
    most: null,
    act: set,
  },
  delete: { usage: 'KEY [VALUE] [--recursive]', text: 'Deletes a value or a key.', options: ['recursive'], least: 1, most: 2, act: remove },
  import: { usage: 'FILE...', text: 'Takes over seed files (JSON or YAML) as one transaction.', least: 1, most: null, act: importFiles },
  export: { usage: '[KEY]', text: 'Prints a key with all below it as a seed file.', least: 0, most: 1, act: exportKey },
  watch: { usage: 'KEY', text: 'Shows changes as they happen.', least: 1, most: 1, act: watch },
};

export const registryUsage: Rows = Object.entries(verbs).map(([name, { usage, text }]) => [`registry ${name} ${usage}`, text]);

/** All of it happens, or nothing does. */
async function atomically<Result>(registry: RegistryConnection, act: (transaction: number) => Promise<Result>): Promise<Result> {
  const { transaction } = await registry.begin({});
  let result: Result;
  try {
    result = await act(transaction);
  } catch (error) {
    await registry.abort({ transaction }).catch(() => undefined);
    throw error;
  }
  await registry.commit({ transaction });
  return result;
}

/** Makes the keys of a path that are missing; the hive is always there. */
async function createPath(registry: RegistryConnection, path: readonly string[], transaction: number): Promise<void> {
  for (let depth = 2; depth <= path.length; depth++) await registry.create({ path: path.slice(0, depth).join('\\'), transaction });
}

/** `peiosctl registry VERB ...`; resolves with the exit status. */
export async function runRegistry(context: Context): Promise<number> {
  const [name, ...words] = context.arguments;
  const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (name === undefined || verb === undefined) throw new UsageError(`registry takes one of ${Object.keys(verbs).join(', ')}`);
  const { values } = context.options;
  refuseOthers(values, `registry ${name}`, ['json', 'registry-socket', ...(verb.options ?? [])]);
  const extra = verb.most === null ? undefined : words[verb.most];
  try {
    if (words.length < verb.least) throw new UsageError(`${verb.usage.split(' ')[words.length]} is missing`);
    if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
    const registry = await connectRegistry(values['registry-socket'] ?? registrySocketPath);
    try {
      return await verb.act(registry, context, words);
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
