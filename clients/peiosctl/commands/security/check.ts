import { exitStatus } from '../../exit-statuses.ts';
import { painter, table } from '../../paint.ts';
import { readDirectory } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { decide } from '../../security/decisions.ts';
import { objectOf, readGuarded } from '../../security/guarded.ts';
import { Principals } from '../../security/principals.ts';
import { UsageError } from '../../usage-error.ts';

export const check: RegistryVerb = {
  text: 'Tells what a principal may do with a service, and which entry decides it.',
  more: [
    'A principal is one that every machine has (SYSTEM, Administrators), a local account or group, a user of /etc/passwd (unix:NAME ' +
      'where an account is called the same), service:NAME, or a SID.',
    'It is judged as it would be when it connects, with the groups that it has; of a group it is told what a member may who is in no ' +
      'other.',
  ],
  arguments: [
    { name: 'SERVICE', is: { kind: 'service' }, text: 'the service; none with --machine and --shared', count: 'optional' },
    { name: 'PRINCIPAL', is: { kind: 'text' }, text: 'who is asked about', count: 'optional' },
  ],
  options: ['machine', 'shared'],
  examples: [
    { line: 'security check web Administrators', text: 'what administrators may do with web' },
    { line: 'security check web service:monitor', text: 'whether the service monitor may see it' },
    { line: 'security check --machine unix:alice', text: 'whether the user alice may shut the machine down' },
  ],
  async run(registry, context, words) {
    const machine = await readGuarded(registry);
    const { object, rest } = objectOf(machine, context, words);
    const [text, extra] = rest;
    if (text === undefined) throw new UsageError('PRINCIPAL is missing');
    if (extra !== undefined) throw new UsageError(`there is one argument too many: ${extra}`);
    const principals = new Principals(machine, await readDirectory(registry));
    const somebody = principals.named(text);
    const { descriptor, kind, name, from } = object;
    const made =
      'problem' in descriptor ? { failed: descriptor.problem } : decide(descriptor, somebody.token, kind, (sid) => principals.nameOf(sid));
    if (context.options.json) {
      const { user, groups } = somebody.token;
      context.print(JSON.stringify({ name, from, principal: text, user, groups: groups.map(({ sid }) => sid), ...made }));
      return 'failed' in made ? exitStatus.failed : exitStatus.done;
    }
    if ('failed' in made) {
      context.complain(`nothing can be decided, every request fails with INTERNAL_ERROR: ${made.failed}`);
      return exitStatus.failed;
    }
    const paint = painter(context.options.color);
    context.print(context.shown(`${somebody.name} and ${name}, by ${from}:`));
    const rows = made.decisions.map(({ right, granted, because }) => [right, granted ? 'yes' : 'no', because]);
    const shown = (row: number, column: number, padded: string): string =>
      column === 1 ? paint(made.decisions[row]?.granted === true ? 'green' : 'red', padded) : padded;
    for (const line of table(rows, shown)) context.print(context.shown(`  ${line}`));
    return exitStatus.done;
  },
};
