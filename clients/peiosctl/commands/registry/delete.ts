import { exitStatus } from '../../exit-statuses.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

export const remove: RegistryVerb = {
  text: 'Deletes a value or a key.',
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key; / works between its parts as \\ does' },
    { name: 'VALUE', is: { kind: 'value' }, text: 'name of the value; the key itself when left out', count: 'optional' },
  ],
  options: ['recursive'],
  examples: [
    { line: 'registry delete Machine/System/Services/web StopTimeout', text: 'back to what is usual' },
    { line: 'registry delete Machine/System/Services/web', text: 'takes the service out; it is supervised until it ends' },
  ],
  async run(registry, context, [path = '', name]) {
    const answer =
      name === undefined
        ? await registry.deleteKey({ path, recursive: context.options.values.recursive === true })
        : await registry.deleteValue({ path, name });
    if (context.options.json) context.print(JSON.stringify(answer));
    return exitStatus.done;
  },
};
