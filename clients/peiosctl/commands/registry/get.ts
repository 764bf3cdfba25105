import { exitStatus } from '../../command.ts';
import { formatData } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { need } from '../../registry-verb.ts';
import { list } from './list.ts';

export const get: RegistryVerb = {
  usage: 'KEY [VALUE]',
  text: 'Prints a value, or all of a key.',
  least: 1,
  most: 2,
  async run(registry, context, words) {
    const path = need(words, 0, 'KEY');
    const name = words[1];
    if (name === undefined) return list.run(registry, context, [path]);
    const value = context.shown(await registry.query({ path, name }));
    context.print(context.options.json ? JSON.stringify(value) : formatData(value));
    return exitStatus.done;
  },
};
