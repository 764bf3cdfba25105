/** Principals that every machine knows, and those that stand for users and groups of Linux. */
import { integrityLevelFacts, principalFacts } from '../../gen/security/facts.ts';
import type { IntegrityLevel, Principal } from '../../gen/security/types.ts';
import { integrityLevelNames, principalNames } from '../../gen/security/types.ts';
import type { Sid } from './sid.ts';

export const wellKnown = {
  nobody: principalFacts.Nobody.sid,
  everyone: principalFacts.Everyone.sid,
  local: principalFacts.Local.sid,
  console: principalFacts.Console.sid,
  creatorOwner: principalFacts.CreatorOwner.sid,
  creatorGroup: principalFacts.CreatorGroup.sid,
  ownerRights: principalFacts.OwnerRights.sid,
  network: principalFacts.Network.sid,
  interactive: principalFacts.Interactive.sid,
  service: principalFacts.Service.sid,
  anonymous: principalFacts.Anonymous.sid,
  self: principalFacts.Self.sid,
  authenticatedUsers: principalFacts.AuthenticatedUsers.sid,
  system: principalFacts.SYSTEM.sid,
  localService: principalFacts.LocalService.sid,
  networkService: principalFacts.NetworkService.sid,
  administrators: principalFacts.Administrators.sid,
  users: principalFacts.Users.sid,
  guests: principalFacts.Guests.sid,
  backupOperators: principalFacts.BackupOperators.sid,
} as const satisfies { readonly [name: string]: Sid };

const principalOf: ReadonlyMap<Sid, Principal> = new Map(principalNames.map((name) => [principalFacts[name].sid, name]));
const levelOf: ReadonlyMap<number, IntegrityLevel> = new Map(integrityLevelNames.map((name) => [integrityLevelFacts[name].number, name]));

/** Null: no principal that every machine knows. */
export const principalName = (sid: Sid): Principal | null => principalOf.get(sid) ?? null;

/** By its name, in any case of letters. */
export function principalNamed(name: string): Sid | null {
  const found = principalNames.find((known) => known.toLowerCase() === name.toLowerCase());
  return found === undefined ? null : principalFacts[found].sid;
}

/** How far tokens and objects are trusted, by name. */
export const integrity = {
  untrusted: integrityLevelFacts.untrusted.number,
  low: integrityLevelFacts.low.number,
  medium: integrityLevelFacts.medium.number,
  high: integrityLevelFacts.high.number,
  system: integrityLevelFacts.system.number,
} as const satisfies { readonly [L in IntegrityLevel]: number };

/** Null: a number between those that have a name. */
export const integrityName = (level: number): IntegrityLevel | null => levelOf.get(level) ?? null;

/** A user of Linux that has no account of the machine: Samba's convention. */
export const linuxUser = (uid: number): Sid => `S-1-22-1-${uid}`;
/** Of a user of Linux; null: it is another one. */
export const linuxUid = (sid: Sid): number | null => (sid.startsWith('S-1-22-1-') ? Number(sid.slice(9)) : null);
/** A group of Linux, by the same convention. */
export const linuxGroup = (gid: number): Sid => `S-1-22-2-${gid}`;
/** Of a group of Linux; null: it is another one. */
export const linuxGid = (sid: Sid): number | null => (sid.startsWith('S-1-22-2-') ? Number(sid.slice(9)) : null);
