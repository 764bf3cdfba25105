import { exitStatus } from '../../command.ts';
import { atomically, createPath, warnOfUnknown } from '../../registry-changes.ts';
import { dataFromWords, isListField } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { need } from '../../registry-verb.ts';

export const set: RegistryVerb = {
  usage: 'KEY VALUE DATA... [--type TYPE]',
  text: 'Sets a value; creates the key where it is missing.',
  options: ['type'],
  least: 2,
  most: null,
  async run(registry, context, words) {
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
  },
};
