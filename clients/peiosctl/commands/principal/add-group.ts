import { localGroupFields } from '../../../../gen/principals/facts.ts';
import { changePrincipals, checkNewName, idOf, keyOfGroup, sidOf, whenGiven } from '../../principals.ts';
import { createPath } from '../../registry-changes.ts';
import { dataFromWords } from '../../registry-data.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

const { gid } = localGroupFields;

export const addGroup: RegistryVerb = {
  text: 'Adds a group of accounts.',
  more: ['It gets a SID and a gid of its own, and a line in /etc/group.'],
  arguments: [{ name: 'NAME', is: { kind: 'text' }, text: 'name of the group: a-z 0-9 _ -' }],
  options: ['gid', 'force'],
  examples: [{ line: 'principal add-group backup', text: 'to be joined by accounts: principal join db backup' }],
  async run(registry, context, [name = '']) {
    const given = context.options.values.gid;
    const path = keyOfGroup(name);
    const { result, status } = await changePrincipals(registry, context, {
      done: 'added',
      concerns: null,
      async act(transaction, directory) {
        checkNewName(directory, name);
        const foreign = directory.users.groupNamed(name);
        if (foreign !== null && String(foreign.gid) !== given)
          throw new UsageError(`/etc/group has a group ${name}: with --gid ${foreign.gid} it is that one; or take another name`);
        await createPath(registry, path.split('\\'), transaction);
        if (given !== undefined)
          await registry.set({ path, name: gid.name, ...dataFromWords(path, gid.name, [given], undefined), transaction });
      },
    });
    if (result === null) return status;
    const { directory, entry } = await whenGiven(registry, name);
    const [sid, id] = [sidOf(directory, entry), idOf(directory, entry)];
    if (context.options.json) context.print(JSON.stringify({ name, sid, gid: id }));
    else if (sid === null) context.print(`group ${name}; authd gives it a SID and a gid once it runs`);
    else context.print(`group ${name}: ${sid}, gid ${id ?? 'not given yet'}`);
    return status;
  },
};
