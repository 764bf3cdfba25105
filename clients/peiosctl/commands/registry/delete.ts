import { exitStatus } from '../../exit-statuses.ts';
import { tellNextStart } from '../../next-start.ts';
import { change } from '../../registry-changes.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

export const remove: RegistryVerb = {
  text: 'Deletes a value or a key.',
  more: ['What peinit could not do without is kept: SchemaVersion, and what a service needs of another.'],
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key; / works between its parts as \\ does' },
    { name: 'VALUE', is: { kind: 'value' }, text: 'name of the value; the key itself when left out', count: 'optional' },
  ],
  options: ['recursive', 'force'],
  examples: [
    { line: 'registry delete Machine/System/Services/web StopTimeout', text: 'back to what is usual' },
    { line: 'registry delete Machine/System/Services/web', text: 'takes the service out; it is supervised until it ends' },
  ],
  async run(registry, context, [path = '', name]) {
    const parts = path.split(/[\\/]/);
    const options = { done: 'deleted', paths: [parts], piecemeal: false };
    const recursive = context.options.values.recursive === true;
    const { result, status } = await change<object>(registry, context, options, (transaction) =>
      name === undefined ? registry.deleteKey({ path, recursive, transaction }) : registry.deleteValue({ path, name, transaction }),
    );
    if (context.options.json && result !== null) context.print(JSON.stringify(result));
    else if (name !== undefined && status === exitStatus.done) await tellNextStart(context, parts, name);
    return status;
  },
};
