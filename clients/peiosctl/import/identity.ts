/** Who a service of another system is here, and what it may do beyond that: users as identities, capabilities as privileges. */
import type { Privilege } from '../../../gen/security/types.ts';
import { everyonesPrivileges } from '../../../src/authority/privileges.ts';
import { capabilitiesOf, capabilityMask, capabilityNames, privilegesWithin } from '../../../src/platform/hosted/identity/capabilities.ts';
import { privilegeNames, systemPrivileges } from '../../../src/security/privileges.ts';
import { linuxUser, principalName, principalNamed, wellKnown } from '../../../src/security/well-known.ts';
import type { Draft, Entry } from './conversion.ts';

export const system: string = principalName(wellKnown.system) ?? '';
export const localService: string = principalName(wellKnown.localService) ?? '';

export const isSystem = ({ fields }: Draft): boolean => fields.identity === system;

const unix = 'unix:';

/** A user of Linux by name or number; root is SYSTEM. */
export function identityOf(user: string): string {
  if (user === 'root' || user === '0' || user === '') return system;
  if (/^\d+$/.test(user)) return linuxUser(Number(user));
  // A name that means somebody else here.
  return principalNamed(user) === null ? user : `${unix}${user}`;
}

export function setIdentity(draft: Draft, entry: Entry, user: string): void {
  const identity = identityOf(user);
  draft.set('identity', identity);
  if (identity !== system && !/^\d+$/.test(user))
    draft.changed(entry, `${user} must be a user of /etc/passwd there, or an account: peiosctl principal add ${user}`);
}

export const groupsText =
  'groups come with the Identity: those of its user in /etc/group, or of an account, peiosctl principal add NAME --group unix:GROUP';

/** Has directories made for whoever the service is. Only SYSTEM may do that for others, and a name is needed for it. */
export function makeDirectories(draft: Draft, entry: Entry, paths: readonly string[]): 'as-root' | 'not' | 'anyhow' {
  const { identity = '' } = draft.fields;
  if (identity === localService) {
    draft.lost(
      entry,
      'LocalService cannot own files by name: make an account the Identity (peiosctl principal add NAME), and the directories in an ' +
        'ExecStartPre under HookIdentity SYSTEM: /usr/bin/install -d -o NAME DIRECTORY',
    );
    return 'not';
  }
  const owner = identity.replace(unix, '').replace(linuxUser(0).slice(0, -1), '');
  const program = isSystem(draft) ? '/bin/mkdir -p' : `/usr/bin/install -d -o ${owner}`;
  draft.append('execStartPre', `${program} ${paths.join(' ')}`);
  return isSystem(draft) ? 'anyhow' : 'as-root';
}

/** Capabilities as they are named in files, CAP_CHOWN or chown, and the names that have no privilege. */
export interface Capabilities {
  readonly mask: bigint;
  readonly unknown: readonly string[];
}

export function capabilitiesNamed(words: readonly string[]): Capabilities {
  const names = words.map((word) => word.toUpperCase().replace(/^(?!CAP_)/, 'CAP_'));
  const masks = names.map((name) => capabilityMask(name));
  return {
    mask: masks.reduce<bigint>((all, mask) => all | (mask ?? 0n), 0n),
    unknown: names.filter((_, index) => masks[index] === null),
  };
}

/** SYSTEM loses all but these. */
export function keepOnly(draft: Draft, entry: Entry, capabilities: Capabilities): void {
  const kept = privilegesWithin(capabilities.mask);
  draft.set('requiredPrivileges', privilegeNames(kept | everyonesPrivileges));
  const without = remaining(capabilities, kept);
  if (without.length > 0)
    draft.lost(
      entry,
      `no privilege stands for ${without.join(', ')} alone: if the program needs it, name one in RequiredPrivileges that brings it along`,
    );
}

/** The service, and nobody else of its identity, has these. */
export function grant(draft: Draft, entry: Entry, capabilities: Capabilities): void {
  const granted = privilegesWithin(capabilities.mask) & ~systemPrivileges;
  const names: readonly Privilege[] = privilegeNames(granted);
  if (names.length > 0) {
    draft.grant(names);
    draft.changed(entry, `it is granted to the service, as ${names.join(' and ')}: a key of its own in the file`);
  }
  const without = remaining(capabilities, granted);
  if (without.length > 0) draft.lost(entry, `no privilege that may be granted stands for ${without.join(', ')} alone; only SYSTEM has it`);
}

const remaining = ({ mask, unknown }: Capabilities, privileges: bigint): readonly string[] => [
  ...capabilityNames(mask & ~capabilitiesOf(privileges)),
  ...unknown,
];
