import { localAccountFields } from '../../../../gen/principals/facts.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { accountNamed, changePrincipals, wouldMint } from '../../principals.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

const accountAndGroup = [
  { name: 'ACCOUNT', is: { kind: 'text' }, text: 'name of an account' },
  { name: 'GROUP', is: { kind: 'text' }, text: 'a local group, Administrators, Users, Guests, unix:NAME for one of /etc/group, or a SID' },
] as const;

export const join: RegistryVerb = {
  text: 'Puts an account into a group.',
  arguments: accountAndGroup,
  options: ['force'],
  examples: [{ line: 'principal join db unix:ssl-cert', text: 'db reads what the group ssl-cert of /etc/group may read' }],
  run: (registry, context, [account = '', group = '']) =>
    changeGroups(registry, context, account, 'joined', (groups) => {
      if (groups.some((each) => each.toLowerCase() === group.toLowerCase())) throw new UsageError(`${account} is in ${group} already`);
      return [...groups, group];
    }),
};

export const leave: RegistryVerb = {
  text: 'Takes an account out of a group.',
  arguments: accountAndGroup,
  options: ['force'],
  examples: [{ line: 'principal leave db backup', text: 'db is no longer in backup' }],
  run: (registry, context, [account = '', group = '']) =>
    changeGroups(registry, context, account, 'left', (groups) => {
      const left = groups.filter((each) => each.toLowerCase() !== group.toLowerCase());
      if (left.length === groups.length) throw new UsageError(`${account} is not in ${group}`);
      return left;
    }),
};

async function changeGroups(
  registry: RegistryConnection,
  context: Context,
  name: string,
  done: string,
  next: (groups: readonly string[]) => readonly string[],
): Promise<number> {
  let groups: readonly string[] = [];
  const { result, status } = await changePrincipals(registry, context, {
    done,
    concerns: name,
    async act(transaction, directory) {
      const account = accountNamed(directory, name);
      groups = next(account.fields.groups);
      await registry.set({ path: account.key, name: localAccountFields.groups.name, type: 'MULTI_SZ', data: [...groups], transaction });
    },
    check: (after) => void (context.options.values.force === true || wouldMint(after, name, null)),
  });
  if (result !== null && context.options.json) context.print(JSON.stringify({ name, groups }));
  return status;
}
