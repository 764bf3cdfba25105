import { exitStatus } from '../../exit-statuses.ts';
import { mistypedService } from '../../new-service.ts';
import { tellNextStart } from '../../next-start.ts';
import { change, createPath, warnOfUnknown } from '../../registry-changes.ts';
import { dataFromWords, isListField } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

export const set: RegistryVerb = {
  text: 'Sets a value; creates the key where it is missing.',
  more: [
    'A known field gets its own type; elsewhere several words are a list, a number is a DWORD, and everything else text. ' +
      'Words that begin with - go behind --.',
    'What peinit would refuse is refused here. A service that is not complete yet is taken over once it is; until then no other ' +
      'change takes effect. A new service with nearly the name of another one is made with --force only.',
    'A shell eats backslashes that are not in quotes; / works between the parts of a key as \\ does.',
  ],
  arguments: [
    { name: 'KEY', is: { kind: 'key' }, text: 'path of the key, its parts separated by / or \\' },
    { name: 'VALUE', is: { kind: 'value' }, text: 'name of the value' },
    { name: 'DATA', is: { kind: 'text' }, text: 'its data; several words are a list', count: 'any' },
  ],
  options: ['type', 'force'],
  examples: [
    { line: 'registry set Machine/System/Services/web StopTimeout 30', text: 'takes effect at once' },
    { line: 'registry set Machine/System/Services/web Arguments -- -c /etc/w.conf', text: 'a list whose first word begins with -' },
    { line: 'registry set Machine/System/Services/web Triggers boot', text: 'starts web with the machine' },
  ],
  async run(registry, context, [path = '', name = '', ...data]) {
    const type = context.options.values['type'];
    // No words are the empty list.
    const mayBeEmpty = type?.toUpperCase() === 'MULTI_SZ' || isListField(path, name);
    if (data.length === 0 && !mayBeEmpty) throw new UsageError('DATA is missing');
    const value = dataFromWords(path, name, data, type);
    const parts = path.split(/[\\/]/);
    const mistyped = context.options.values.force === true ? null : await mistypedService(registry, parts);
    if (mistyped !== null)
      throw new UsageError(`there is no service ${mistyped.name}; is ${mistyped.meant} meant? --force makes a new one`);
    warnOfUnknown([{ path: parts, values: [{ name }] }], context, null);
    const { result, status } = await change(registry, context, { done: 'set', paths: [parts], piecemeal: true }, async (transaction) => {
      await createPath(registry, parts, transaction);
      return registry.set({ path, name, ...value, transaction });
    });
    if (context.options.json && result !== null) context.print(JSON.stringify(result));
    else if (status === exitStatus.done) await tellNextStart(context, parts, name);
    return status;
  },
};
