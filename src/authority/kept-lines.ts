/** Names of given numbers: marked lines in /etc/passwd and /etc/group, beside those of others. O-31, O-80. */
import type { Sid } from '../security/sid.ts';
import type { Directory } from './directory.ts';
import { mark } from './linux-users.ts';
import type { Account, Group } from './model.ts';
import { afterPrefix, servicePrefix } from './names.ts';

export const noHome = '/';
export const noShell = '/usr/sbin/nologin';

/** Longest name that all programs take. */
const maxName = 31;

/** A short name, with the number where it is too long or somebody else has it. */
function shortName(wish: string, id: number, isTaken: (name: string) => boolean): string {
  if (wish.length <= maxName && !isTaken(wish)) return wish;
  const end = `-${id}`;
  return wish.slice(0, maxName - end.length) + end;
}

const userPrefixes: readonly (readonly [subject: string, user: string])[] = [
  ['localservice/', 'ls-'],
  ['networkservice/', 'ns-'],
];

/** The user of LocalService or NetworkService for a service, or of itself. */
export function userNameOf(subject: string, uid: number, { model, users }: Directory): string {
  const folded = subject.toLowerCase();
  const [before, prefix] = userPrefixes.find(([one]) => folded.startsWith(one)) ?? ['', ''];
  return shortName(prefix + folded.slice(before.length), uid, (name) => model.accounts.has(name) || users.userNamed(name) !== null);
}

export interface KeptLines {
  readonly passwd: readonly string[];
  readonly group: readonly string[];
}

/** One field: no separator, nothing that ends a line. */
const field = (text: string): string => text.replaceAll(/[:\p{Cc}\u2028\u2029]/gu, ' ');

/**
 * A line for each given number whose holder is known, and for the numbers that accounts and groups chose. Ordered by number, so that the
 * same registry gives the same lines.
 */
export function keptLines(directory: Directory): KeptLines {
  const { model, users } = directory;
  const { ids } = model;
  const passwd = new Map<number, string>();
  const group = new Map<number, string>();
  const user = (name: string, uid: number, gid: number, words: string, home: string, shell: string): void =>
    void passwd.set(uid, [name, mark, uid, gid, field(words), field(home), field(shell)].join(':'));
  const idOf = (subject: string): number | null => ids.get(subject.toLowerCase())?.id ?? null;
  const groupNames = new Set<string>();
  const groupLine = (wish: string, gid: number, members: readonly string[] = []): void => {
    const name = shortName(wish, gid, (taken) => groupNames.has(taken) || users.groupNamed(taken) !== null);
    groupNames.add(name);
    group.set(gid, [name, mark, gid, members.join(',')].join(':'));
  };
  const sidOf = ({ fields }: Account | Group): Sid => `${model.machineSid}-${fields.rid}`;

  for (const account of model.accounts.values()) {
    const uid = account.fields.uid ?? idOf(sidOf(account));
    const isStrange = users.userNamed(account.name) !== null || (uid !== null && users.userOf(uid) !== null);
    if (uid === null || account.problems.length > 0 || isStrange) continue;
    user(account.name, uid, uid, account.fields.fullName ?? '', account.fields.home, account.fields.shell);
    if (users.groupOf(uid) === null) groupLine(account.name, uid);
  }
  for (const local of model.groups.values()) {
    const gid = local.fields.gid ?? idOf(sidOf(local));
    if (gid === null || local.problems.length > 0 || users.groupNamed(local.name) !== null || users.groupOf(gid) !== null) continue;
    const members = [...model.accounts.values()].filter(({ fields }) => fields.groups.some((name) => name.toLowerCase() === local.name));
    groupLine(
      local.name,
      gid,
      members.map(({ name }) => name),
    );
  }
  for (const { subject, id, problem } of ids.values()) {
    if (problem !== null || users.userOf(id) !== null || users.groupOf(id) !== null) continue;
    const service = afterPrefix(subject, servicePrefix);
    if (service !== null) groupLine(`svc-${service}`, id);
    else if (/^(?:Local|Network)Service(?:\/|$)/i.test(subject)) {
      const [account = '', of = null] = subject.split('/');
      const name = userNameOf(subject, id, directory);
      user(
        name,
        id,
        of === null ? id : (idOf(`${servicePrefix}${of}`) ?? id),
        of === null ? account : `${account} of ${of}`,
        noHome,
        noShell,
      );
      if (of === null) groupLine(name, id);
    }
  }
  return { passwd: byNumber(passwd), group: byNumber(group) };
}

const byNumber = (lines: ReadonlyMap<number, string>): readonly string[] => [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);

/** The text with these marked lines in place of those that it had; all others stay as they are. */
export function withKeptLines(text: string, lines: readonly string[]): string {
  const others = text.split('\n').filter((line) => line.split(':', 2)[1] !== mark);
  if (others.at(-1) === '') others.pop();
  return [...others, ...lines, ''].join('\n');
}
