import { exitStatus } from '../../command.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { need } from '../../registry-verb.ts';

export const remove: RegistryVerb = {
  usage: 'KEY [VALUE] [--recursive]',
  text: 'Deletes a value or a key.',
  options: ['recursive'],
  least: 1,
  most: 2,
  async run(registry, context, words) {
    const path = need(words, 0, 'KEY');
    const name = words[1];
    const answer =
      name === undefined
        ? await registry.deleteKey({ path, recursive: context.options.values.recursive === true })
        : await registry.deleteValue({ path, name });
    if (context.options.json) context.print(JSON.stringify(answer));
    return exitStatus.done;
  },
};
