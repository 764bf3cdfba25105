import { exitStatus } from '../../exit-statuses.ts';
import { formatData } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { list } from './list.ts';

export const get: RegistryVerb = {
  text: 'Prints a value, or all of a key.',
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key' },
    { name: 'VALUE', is: { kind: 'value' }, text: 'name of the value; all when left out', count: 'optional' },
  ],
  examples: [{ line: 'registry get Machine/System/Services/web StopTimeout', text: 'one value' }],
  async run(registry, context, [path = '', name]) {
    if (name === undefined) return list.run(registry, context, [path]);
    const value = context.shown(await registry.query({ path, name }));
    context.print(context.options.json ? JSON.stringify(value) : formatData(value));
    return exitStatus.done;
  },
};
