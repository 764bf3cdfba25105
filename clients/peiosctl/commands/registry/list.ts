import { exitStatus } from '../../exit-statuses.ts';
import { painter, table } from '../../paint.ts';
import { formatData } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { wholeHive } from '../../registry-verb.ts';

export const list: RegistryVerb = {
  text: 'Lists the subkeys and values of a key.',
  arguments: [{ name: 'KEY', is: { kind: 'key' }, text: 'path of the key; the whole hive when left out', count: 'optional' }],
  examples: [
    { line: 'registry list Machine/System/Services', text: 'the keys of all services' },
    { line: 'registry list Machine/System/Services/web', text: 'the definition of web' },
  ],
  async run(registry, context, [path = wholeHive]) {
    const { names } = context.shown(await registry.enum({ path }));
    const { values } = context.shown(await registry.queryAll({ path }));
    if (context.options.json) {
      context.print(JSON.stringify({ path, keys: names, values }));
      return exitStatus.done;
    }
    for (const name of names) context.print(`${painter(context.options.color)('bold', name)}\\`);
    const rows = values.map((value) => [value.name === '' ? '(default)' : value.name, value.type, formatData(value)]);
    for (const line of table(rows, (_row, _column, padded) => padded)) context.print(line);
    return exitStatus.done;
  },
};
