/** Users and groups of Linux, from the text of /etc/passwd and /etc/group; lines that this project keeps there are told by a mark. */

/** Stands where a password would: no such password exists, and no such line of somebody else. O-80. */
export const mark = '!peinit';

export interface LinuxUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface LinuxGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Users and groups of others: not those that have our mark. The first line of a name or number counts, as for the C library. */
export interface LinuxUsers {
  readonly userNamed: (name: string) => LinuxUser | null;
  readonly userOf: (uid: number) => LinuxUser | null;
  readonly groupNamed: (name: string) => LinuxGroup | null;
  readonly groupOf: (gid: number) => LinuxGroup | null;
  /** Groups that a user is a member of beside its own. */
  readonly groupsOf: (name: string) => readonly LinuxGroup[];
}

/** The greatest number that is one: the one above means none. */
const maxId = 0xffff_fffe;

/** Null: no number of a user or group. */
export function parseId(text: string): number | null {
  const id = /^(?:0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : Number.NaN;
  return id <= maxId ? id : null;
}

const linesOf = (text: string): readonly (readonly string[])[] => text.split('\n').map((line) => line.split(':'));

const isForeign = ([name = '', password]: readonly string[]): boolean => password !== mark && /^[^+\-#\s]/.test(name);

function parseUsers(passwd: string): readonly LinuxUser[] {
  return linesOf(passwd).flatMap((fields) => {
    const [name = '', , uidText = '', gidText = '', , home = '', shell = ''] = fields;
    const [uid, gid] = [parseId(uidText), parseId(gidText)];
    if (!isForeign(fields) || uid === null || gid === null) return [];
    return [{ name, uid, gid, home: home || '/', shell: shell || '/bin/sh' }];
  });
}

function parseGroups(group: string): readonly LinuxGroup[] {
  return linesOf(group).flatMap((fields) => {
    const [name = '', , gidText = '', members = ''] = fields;
    const gid = parseId(gidText);
    if (!isForeign(fields) || gid === null) return [];
    return [{ name, gid, members: members.split(',').filter((member) => member !== '') }];
  });
}

function firstBy<T, K>(items: readonly T[], keyOf: (item: T) => K): (key: K) => T | null {
  const found = new Map<K, T>();
  for (const item of items) if (!found.has(keyOf(item))) found.set(keyOf(item), item);
  return (key) => found.get(key) ?? null;
}

export function parseLinuxUsers(passwd: string, group: string): LinuxUsers {
  const [users, groups] = [parseUsers(passwd), parseGroups(group)];
  const byMember = new Map<string, LinuxGroup[]>();
  for (const each of groups) {
    for (const member of new Set(each.members)) byMember.set(member, [...(byMember.get(member) ?? []), each]);
  }
  return {
    userNamed: firstBy(users, ({ name }) => name),
    userOf: firstBy(users, ({ uid }) => uid),
    groupNamed: firstBy(groups, ({ name }) => name),
    groupOf: firstBy(groups, ({ gid }) => gid),
    groupsOf: (name) => byMember.get(name) ?? [],
  };
}
