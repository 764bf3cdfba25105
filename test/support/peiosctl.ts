/** Commands of peiosctl without a machine: what they say, and registries and sockets that are answered from a table. */
import type { Context } from '../../clients/peiosctl/command.ts';
import { parseWords } from '../../clients/peiosctl/options.ts';
import type { RegistryConnection } from '../../clients/typescript/registry.ts';
import { RegistryCallError } from '../../clients/typescript/registry.ts';
import { ConnectionError } from '../../clients/typescript/transport.ts';

export interface Said {
  readonly context: Context;
  readonly printed: string[];
  readonly complained: string[];
}

/** A command line as its command gets it. `control`: what answers on the control socket; nobody when left out. */
export function said(words: readonly string[], control: unknown = null, attended: Partial<Context['options']> = {}): Said {
  const { values, positionals } = parseWords(words, []);
  const printed: string[] = [];
  const complained: string[] = [];
  const nobody = async (): Promise<never> => {
    throw new ConnectionError('peinit cannot be reached');
  };
  const wait = values.wait === true ? true : values['no-wait'] === true ? false : null;
  const context: Context = {
    arguments: positionals,
    options: { json: values.json === true, wait, color: false, attended: false, width: null, values, ...attended },
    control: control === null ? nobody : async () => control as never,
    connect: nobody,
    shown: (answer) => answer,
    print: (text) => void printed.push(text),
    complain: (text, below = []) => void complained.push(text, ...below),
  };
  return { context, printed, complained };
}

type Values = Readonly<Record<string, string | number | readonly string[]>>;
type Data = Values[string];

/** A registry that takes transactions as if each were committed at once and undone when aborted. */
export function tableRegistry(keys: Readonly<Record<string, Values>>) {
  const below = (path: string): string => path.slice('Machine\\System\\'.length);
  let tree = new Map<string, Map<string, Data>>(Object.entries(keys).map(([path, values]) => [path, new Map(Object.entries(values))]));
  let before = tree;
  const typed = ([name, data]: [string, Data]) => ({
    name,
    data,
    type: typeof data === 'string' ? 'SZ' : typeof data === 'number' ? 'DWORD' : 'MULTI_SZ',
  });
  const registry = {
    begin: async () => {
      before = new Map([...tree].map(([path, values]) => [path, new Map(values)]));
      return { transaction: 1 };
    },
    abort: async () => {
      tree = before;
      return {};
    },
    commit: async () => ({}),
    enum: async ({ path }: { path: string }) => {
      if (!tree.has(path)) throw new RegistryCallError('ENOENT', `${path} does not exist`);
      const names = [...tree.keys()].filter((key) => key.startsWith(`${path}\\`)).map((key) => key.slice(path.length + 1));
      return { names: names.filter((name) => !name.includes('\\')) };
    },
    readTree: async () => ({ nodes: [...tree].map(([path, values]) => ({ path: below(path), values: [...values].map(typed) })) }),
    create: async ({ path }: { path: string }) => {
      if (path.split('\\').length > 2 && !tree.has(path)) tree.set(path, new Map());
      return {};
    },
    set: async ({ path, name, data }: { path: string; name: string; data: Data }) => {
      const key = path.replaceAll('/', '\\');
      tree.get(key)?.set(name, data);
      return { sequence: 1 };
    },
  };
  return { registry: registry as unknown as RegistryConnection, value: (path: string, name: string) => tree.get(path)?.get(name) };
}
