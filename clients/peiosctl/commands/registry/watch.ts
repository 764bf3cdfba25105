import { exitStatus } from '../../exit-statuses.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

export const watch: RegistryVerb = {
  text: 'Shows changes as they happen.',
  arguments: [{ name: 'KEY', is: { kind: 'key' }, text: 'path of the key; everything below it counts' }],
  exits: { unreachable: 'registryd went away, or cannot be reached' },
  examples: [{ line: 'registry watch Machine/System/Services', text: 'each change of a definition' }],
  async run(registry, context, [path = '']) {
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
