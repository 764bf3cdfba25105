import { localAccountFields } from '../../../../gen/principals/facts.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { changePrincipals, checkNewName, idOf, keyOfAccount, sidOf, whenGiven, wouldMint } from '../../principals.ts';
import { createPath } from '../../registry-changes.ts';
import { dataFromWords } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

const { uid, groups, home, shell, fullName } = localAccountFields;

export const add: RegistryVerb = {
  text: 'Adds an account: whom a service can run as.',
  more: [
    'It gets a SID and a uid of its own, and lines in /etc/passwd and /etc/group; nobody can log in as it. ' +
      'A number is never given again: an account that is removed and added anew is another one.',
    'With --uid it takes the number of a user that is in /etc/passwd under the same name, or one outside of those that are given.',
  ],
  arguments: [{ name: 'NAME', is: { kind: 'text' }, text: 'name of the account: a-z 0-9 _ -' }],
  options: ['group', 'uid', 'home', 'shell', 'full-name', 'force'],
  examples: [
    { line: 'principal add app --full-name application', text: 'an account for a service with `Identity: app`' },
    {
      line: 'principal add db --group backup,unix:ssl-cert --home /var/lib/db --shell /bin/sh',
      text: 'with groups of this machine and of /etc/group',
    },
    { line: 'principal add postgres --uid 105', text: 'the user postgres of /etc/passwd as an account with a SID of its own' },
  ],
  async run(registry, context, [name = '']) {
    const given = context.options.values;
    const wanted = [
      [groups.name, given.group?.split(',')],
      [uid.name, given.uid === undefined ? undefined : [given.uid]],
      [home.name, given.home === undefined ? undefined : [given.home]],
      [shell.name, given.shell === undefined ? undefined : [given.shell]],
      [fullName.name, given['full-name'] === undefined ? undefined : [given['full-name']]],
    ] as const;
    const path = keyOfAccount(name);
    const values = wanted.flatMap(([value, words]) =>
      words === undefined ? [] : [{ name: value, ...dataFromWords(path, value, words, undefined) }],
    );
    const { result, status } = await changePrincipals(registry, context, {
      done: 'added',
      concerns: null,
      async act(transaction, directory) {
        checkNewName(directory, name);
        await createPath(registry, path.split('\\'), transaction);
        for (const value of values) await registry.set({ path, ...value, transaction });
      },
      check: (after) => void (given.force === true || wouldMint(after, name, null)),
    });
    if (result === null) return status;
    const { directory, entry } = await whenGiven(registry, name);
    const [sid, id] = [sidOf(directory, entry), idOf(directory, entry)];
    if (context.options.json) context.print(JSON.stringify({ name, sid, uid: id }));
    else if (sid === null) context.print(`account ${name}; authd gives it a SID and a uid once it runs`);
    else context.print(`account ${name}: ${sid}, uid ${id ?? 'not given yet'}`);
    return status === exitStatus.done ? exitStatus.done : status;
  },
};
