import { localAccountFields } from '../../../../gen/principals/facts.ts';
import type { Directory } from '../../../../src/authority/directory.ts';
import { holderOf } from '../../../../src/authority/directory.ts';
import type { Account, Group } from '../../../../src/authority/model.ts';
import { servicesAs } from '../../next-start.ts';
import { changePrincipals, entryNamed } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';

export const remove: RegistryVerb = {
  text: 'Removes an account or a group, what is granted to it, and its memberships.',
  more: [
    'A service that runs as it goes on until it is stopped, and cannot be started again. ' +
      'Its files keep the number of their owner, which nobody gets again.',
  ],
  arguments: [{ name: 'NAME', is: { kind: 'text' }, text: 'name of an account or group' }],
  options: ['force'],
  examples: [{ line: 'principal remove app', text: 'no service can be started as app any more' }],
  async run(registry, context, [name = '']) {
    const named = await servicesAs(registry, name);
    const { result, status } = await changePrincipals(registry, context, {
      done: 'removed',
      concerns: null,
      async act(transaction, directory) {
        const entry = entryNamed(directory, name);
        for (const { key } of directory.grantsTo(holderOf(entry))) await registry.deleteKey({ path: key, recursive: true, transaction });
        for (const { account, left } of membersOf(directory, entry))
          await registry.set({ path: account.key, name: localAccountFields.groups.name, type: 'MULTI_SZ', data: [...left], transaction });
        await registry.deleteKey({ path: entry.key, recursive: true, transaction });
      },
    });
    if (result !== null && named.length > 0)
      context.complain(
        `warning: ${name} is the Identity of ${named.join(', ')}, which cannot be started again until that names another one`,
      );
    if (result !== null && context.options.json) context.print(JSON.stringify({ name }));
    return status;
  },
};

/** Accounts that are in the group, with the groups that are left to them. */
const membersOf = ({ model }: Directory, { name }: Account | Group): readonly { account: Account; left: readonly string[] }[] =>
  [...model.accounts.values()].flatMap((account) => {
    const left = account.fields.groups.filter((group) => group.toLowerCase() !== name.toLowerCase());
    return left.length === account.fields.groups.length ? [] : [{ account, left }];
  });
