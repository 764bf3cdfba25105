import { exitStatus } from '../../command.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { need } from '../../registry-verb.ts';

export const watch: RegistryVerb = {
  usage: 'KEY',
  text: 'Shows changes as they happen.',
  least: 1,
  most: 1,
  async run(registry, context, words) {
    const path = need(words, 0, 'KEY');
    const watcher = await registry.watchKey({ path, subtree: true });
    for await (const batch of watcher)
      for (const event of context.shown(batch))
        context.print(
          context.options.json
            ? JSON.stringify(event)
            : `${event.type.padEnd(15)} ${event.path}${event.name === '' ? '' : ` ${event.name}`}`,
        );
    context.complain('registryd closed the connection');
    return exitStatus.unreachable;
  },
};
