import { exitStatus } from '../../exit-statuses.ts';
import { readDirectory } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { objectOf, readGuarded } from '../../security/guarded.ts';
import { Principals } from '../../security/principals.ts';
import { guardedJson, showGuarded } from '../../security/print-guarded.ts';
import { UsageError } from '../../usage-error.ts';

export const show: RegistryVerb = {
  text: 'Shows who may do what with a service, or with the machine.',
  more: ["The descriptor in force is a service's own, else that of the key Services, else the one that is built in."],
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'the service; none with --machine and --shared', count: 'optional' }],
  options: ['machine', 'shared'],
  examples: [
    { line: 'security show web', text: 'who may start and stop web' },
    { line: 'security show --machine', text: 'who may shut the machine down' },
  ],
  async run(registry, context, words) {
    const machine = await readGuarded(registry);
    const { object, rest } = objectOf(machine, context, words);
    if (rest[0] !== undefined) throw new UsageError(`there is one argument too many: ${rest[0]}`);
    const principals = new Principals(machine, await readDirectory(registry));
    const nameOf = (sid: string): string => principals.nameOf(sid);
    if (context.options.json) context.print(JSON.stringify(guardedJson(object, nameOf)));
    else for (const line of context.shown(showGuarded(object, nameOf))) context.print(line);
    return 'problem' in object.descriptor ? exitStatus.failed : exitStatus.done;
  },
};
