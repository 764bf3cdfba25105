import { privilegeGrantFields } from '../../../../gen/principals/facts.ts';
import { privilegeNames as allNames } from '../../../../gen/security/types.ts';
import type { Directory, Holder } from '../../../../src/authority/directory.ts';
import { privilegesKey } from '../../../../src/authority/layout.ts';
import { afterPrefix, unixPrefix } from '../../../../src/authority/names.ts';
import { everyonesPrivileges } from '../../../../src/authority/privileges.ts';
import { linuxGroup } from '../../../../src/security/well-known.ts';
import type { RegistryConnection } from '../../../typescript/registry.ts';
import type { Context } from '../../command.ts';
import { changePrincipals } from '../../principals.ts';
import { checkGrantable, grantedNames, namesOf, privilegeNamed } from '../../privilege-names.ts';
import { createPath } from '../../registry-changes.ts';
import type { RegistryVerb } from '../../registry-verb.ts';
import { UsageError } from '../../usage-error.ts';

const principalAndPrivileges = [
  { name: 'PRINCIPAL', is: { kind: 'text' }, text: 'an account, a group, LocalService, unix:NAME, a SID, or service:NAME for a service' },
  { name: 'PRIVILEGE', is: { kind: 'words', words: allNames }, text: 'names of privileges; their end may be left out', count: 'several' },
] as const;

export const grant: RegistryVerb = {
  text: 'Gives privileges to a principal, or to a service whatever it runs as.',
  more: ['SeTcbPrivilege, SeCreateTokenPrivilege and SeAssignPrimaryTokenPrivilege are only had by SYSTEM.'],
  arguments: principalAndPrivileges,
  options: ['force'],
  examples: [{ line: 'principal grant service:nginx SeBindPrivilegedPort', text: 'nginx may listen at ports below 1024' }],
  run: (registry, context, [principal = '', ...words]) => {
    const names = words.map(privilegeNamed);
    checkGrantable(names);
    return changeGrants(registry, context, principal, 'granted', (had) => [...had, ...names]);
  },
};

export const revoke: RegistryVerb = {
  text: 'Takes privileges from a principal, or from a service.',
  more: ['What it has by one of its groups, or by its service, stays. Everyone has SeChangeNotifyPrivilege, which cannot be taken away.'],
  arguments: principalAndPrivileges,
  options: ['force'],
  examples: [{ line: 'principal revoke service:nginx SeBindPrivilegedPort', text: 'from its next start on' }],
  run: (registry, context, [principal = '', ...words]) => {
    const names = words.map(privilegeNamed);
    const everyones = names.find((name) => namesOf(everyonesPrivileges).some((each) => each === name));
    if (everyones !== undefined) throw new UsageError(`everyone has ${everyones}`);
    return changeGrants(registry, context, principal, 'revoked', (had) => {
      const missing = names.find((name) => !had.includes(name));
      if (missing !== undefined) throw new UsageError(`${missing} is not granted to ${principal} itself`);
      return had.filter((name) => !names.includes(name));
    });
  },
};

async function changeGrants(
  registry: RegistryConnection,
  context: Context,
  principal: string,
  done: string,
  next: (had: readonly string[]) => readonly string[],
): Promise<number> {
  let privileges: readonly string[] = [];
  const { result, status } = await changePrincipals(registry, context, {
    done,
    concerns: principal,
    async act(transaction, directory) {
      const holder = holderNamed(directory, principal);
      privileges = [...new Set(next(grantedNames(directory, holder)))];
      const [first, ...others] = directory.grantsTo(holder);
      // One key is enough, whatever the others call it.
      for (const { key } of privileges.length === 0 && first !== undefined ? [first, ...others] : others)
        await registry.deleteKey({ path: key, recursive: true, transaction });
      if (privileges.length === 0) return;
      const path = first?.key ?? `${privilegesKey}\\${principal}`;
      await createPath(registry, path.split('\\'), transaction);
      await registry.set({ path, name: privilegeGrantFields.privileges.name, type: 'MULTI_SZ', data: [...privileges], transaction });
    },
  });
  if (result !== null && context.options.json) context.print(JSON.stringify({ principal, privileges }));
  return status;
}

function holderNamed(directory: Directory, principal: string): Holder {
  const holder = /[\\/]/.test(principal) ? null : directory.holderNamed(principal);
  if (holder !== null) return holder;
  const group = directory.users.groupNamed(afterPrefix(principal, unixPrefix) ?? principal);
  const hint = group === null ? 'of a service it is service:NAME' : `the group of Linux is named by its SID: ${linuxGroup(group.gid)}`;
  throw new UsageError(`there is nobody called ${principal}; ${hint}`);
}
