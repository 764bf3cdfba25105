import { createPlaces } from '../../../../src/seed/places.ts';
import type { SeedKey } from '../../../../src/seed/read-seed.ts';
import { readSeed } from '../../../../src/seed/read-seed.ts';
import { SeedError } from '../../../../src/seed/seed-error.ts';
import type { SeedSource } from '../../../../src/seed/seed-source.ts';
import { readSource } from '../../../../src/seed/seed-source.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { change, createPath, warnOfUnknown } from '../../registry-changes.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

export const importFiles: RegistryVerb = {
  text: 'Takes over seed files (JSON or YAML) as one transaction.',
  more: [
    'It adds and changes values and removes none: what a file does not name stays (registry delete removes it).',
    'What peinit would refuse is refused here, by file and line, and nothing is imported.',
  ],
  arguments: [
    { name: 'FILE', is: { kind: 'file' }, text: 'seed files, - for standard input; later ones win value by value', count: 'several' },
  ],
  options: ['force'],
  examples: [{ line: 'registry import web.yaml', text: 'defines what the file describes; all of it or nothing' }],
  run: (registry, context, words) => importSources(registry, context, { named: words, read: readSource, warned: false }),
};

export interface ImportSources {
  /** What they are called, in their order. */
  readonly named: readonly string[];
  readonly read: (name: string) => SeedSource;
  /** What is ignored of them was told already. */
  readonly warned: boolean;
}

/** Takes over registry files that are read one after another. */
export async function importSources(
  registry: RegistryConnection,
  context: Context,
  { named, read, warned }: ImportSources,
): Promise<number> {
  const seeds: SeedKey[] = [];
  const places = createPlaces();
  let broken = false;
  for (const file of named) {
    try {
      const { name, text } = read(file);
      const keys = await readSeed(name, text);
      for (const key of keys) seeds.push(key);
      places.add(name, keys);
      if (!warned) warnOfUnknown(keys, context, name);
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
  const paths = seeds.map(({ path }) => path);
  const place = ({ path, name }: { path: string; name: string | null }): string | null => places.of(path, name);
  const options = { done: 'imported', paths, piecemeal: false, warned, place };
  const { result, status } = await change(registry, context, options, async (transaction) => {
    for (const { path, values, security } of seeds) {
      const key = path.join('\\');
      await createPath(registry, path, transaction);
      for (const { name, type, data } of values) await registry.set({ path: key, name, type, data, transaction });
      if (security !== undefined)
        await registry.securitySet({ path: key, security: Buffer.from(security).toString('base64'), transaction });
    }
    return seeds.length;
  });
  if (result === null) return status;
  const values = seeds.reduce((sum, key) => sum + key.values.length, 0);
  context.print(
    context.options.json
      ? JSON.stringify({ keys: seeds.length, values })
      : `imported ${counted(values, 'value')} in ${counted(seeds.length, 'key')}`,
  );
  return status;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
