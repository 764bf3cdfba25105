/** What the token of a principal holds. ID-005, ID-006, O-31, O-78. */
import { localAccountFields, localGroupFields } from '../../gen/principals/facts.ts';
import { problemOf } from '../policy/definition/decode-key.ts';
import { foldName } from '../registry/folding.ts';
import { isServiceSid, serviceSid } from '../security/service-sid.ts';
import type { Sid } from '../security/sid.ts';
import { parseSid } from '../security/sid.ts';
import type { Token } from '../security/token.ts';
import { mandatoryPolicy, ordinaryGroup } from '../security/token.ts';
import type { TokenSpec } from '../security/token-spec.ts';
import { tokenSpec } from '../security/token-spec.ts';
import { integrity, linuxGroup, linuxUser, principalNamed, wellKnown } from '../security/well-known.ts';
import type { Directory, Holder, Principal } from './directory.ts';
import { holderOf } from './directory.ts';
import type { IdRules } from './id-range.ts';
import { isGiven } from './id-range.ts';
import { noHome, noShell, userNameOf } from './kept-lines.ts';
import type { Ledger } from './ledger.ts';
import type { LinuxUser } from './linux-users.ts';
import { parseId } from './linux-users.ts';
import type { Account, Group } from './model.ts';
import { afterPrefix, serviceAccountSubject, serviceGroupSubject, unixPrefix } from './names.ts';
import { everyonesPrivileges } from './privileges.ts';
import { Refused } from './refused.ts';

/** A token, and what programs find about its user in /etc/passwd. */
export interface Minted {
  readonly spec: TokenSpec;
  readonly name: string | null;
  readonly home: string;
  readonly shell: string;
}

/** Everything about a user but what follows from the service. */
interface Person {
  readonly sid: Sid;
  readonly holder: Holder;
  readonly uid: number;
  /** Null: that of the service, where there is one. */
  readonly gid: number;
  readonly groups: readonly Membership[];
  readonly name: string | null;
  readonly home: string;
  readonly shell: string;
}

interface Membership {
  readonly sid: Sid;
  readonly holder: Holder;
  /** Null: it is no group of Linux. */
  readonly gid: number | null;
}

const source = 'authd';
const noGroup = 65534;

const known = (sid: Sid): Membership => ({ sid, holder: sid, gid: null });

/** @param service null: the token is for no service. Throws Refused. */
export function mint(directory: Directory, ledger: Ledger, rules: IdRules, principal: Principal, service: string | null): Minted {
  const person = personOf(directory, ledger, rules, principal, service);
  const serviceGroups = service === null ? [] : [known(wellKnown.service), serviceMembership(ledger, service)];
  const groups = [...[wellKnown.everyone, wellKnown.authenticatedUsers, wellKnown.local].map(known), ...person.groups, ...serviceGroups];
  const privileges = [person, ...groups].reduce((mask, { holder }) => mask | directory.granted(holder), everyonesPrivileges);
  const token: Token = {
    user: person.sid,
    userDenyOnly: false,
    groups: groups.map(({ sid }) => ({ sid, attributes: ordinaryGroup })),
    type: 'primary',
    level: 0,
    privilegesPresent: privileges,
    privilegesEnabled: privileges,
    integrity: integrity.medium,
    mandatoryPolicy: mandatoryPolicy.noWriteUp | mandatoryPolicy.newProcessMin,
    restricted: [],
    writeRestricted: false,
    confinement: null,
    capabilities: [],
    confinementExempt: false,
  };
  const supplementary = [...new Set(groups.flatMap(({ gid }) => gid ?? []))].filter((gid) => gid !== person.gid);
  const spec = tokenSpec({ token, uid: person.uid, gid: person.gid, supplementary, source });
  return { spec, name: person.name, home: person.home, shell: person.shell };
}

function personOf(directory: Directory, ledger: Ledger, rules: IdRules, principal: Principal, service: string | null): Person {
  switch (principal.kind) {
    case 'service-account': {
      const { name, sid } = principal;
      const subject = serviceAccountSubject(name, service);
      const uid = ledger.idOf(subject);
      const gid = service === null ? uid : serviceMembership(ledger, service).gid;
      return { sid, holder: sid, uid, gid, groups: [], name: userNameOf(subject, uid, directory), home: noHome, shell: noShell };
    }
    case 'account':
      return accountPerson(directory, ledger, rules, principal.account);
    case 'linux-user':
      return linuxPerson(directory, rules, principal.uid, principal.user);
    default:
      return principal satisfies never;
  }
}

function serviceMembership(ledger: Ledger, service: string): Membership & { readonly gid: number } {
  const sid = serviceSid(service);
  return { sid, holder: sid, gid: ledger.idOf(serviceGroupSubject(service)) };
}

function accountPerson(directory: Directory, ledger: Ledger, rules: IdRules, account: Account): Person {
  const { name, fields } = account;
  const sid = ledger.sidOf(account);
  const foreign = directory.users.userNamed(name);
  const uid = fields.uid ?? (foreign === null ? ledger.idOf(sid) : refuseForeign(account, foreign));
  const gid = ownGroup(directory, rules, account, uid, foreign);
  const groups = fields.groups.map((group) => membership(directory, ledger, rules, account, group));
  return { sid, holder: holderOf(account), uid, gid, groups, name, home: fields.home, shell: fields.shell };
}

function refuseForeign({ key, name }: Account, { uid }: LinuxUser): never {
  const remedy = `Set Uid to ${uid} if the account is that user, name unix:${name} for the user, or call the account otherwise.`;
  throw new Refused('IDENTITY_BROKEN', problemOf(key, null, `has the name of a user in /etc/passwd, whose uid is ${uid}`, remedy).message);
}

/** The gid of an account is its uid, or that of the user of /etc/passwd that it is. */
function ownGroup({ users }: Directory, rules: IdRules, account: Account, uid: number, foreign: LinuxUser | null): number {
  const { key, name } = account;
  const wrong = (what: string): never => {
    throw new Refused('IDENTITY_BROKEN', problemOf(key, localAccountFields.uid.name, what, 'Take another number, or none.').message);
  };
  if (account.fields.uid === undefined) return uid;
  if (foreign !== null)
    return foreign.uid === uid ? foreign.gid : wrong(`is ${uid}, but the user ${name} of /etc/passwd has ${foreign.uid}`);
  const stranger = users.userOf(uid) ?? users.groupOf(uid);
  if (stranger !== null && stranger.name !== name) return wrong(`is ${uid}, like that of ${stranger.name} in /etc/passwd or /etc/group`);
  return rules.isTag(uid) ? wrong(`is ${uid}, from the groups that mark processes`) : uid;
}

/** Local groups that every machine has; files know nothing of them. */
const aliasPrefix = 'S-1-5-32-';

function membership(directory: Directory, ledger: Ledger, rules: IdRules, { key }: Account, text: string): Membership {
  const wrong = (what: string): never => {
    const problem = problemOf(key, localAccountFields.groups.name, `names ${JSON.stringify(text)}, ${what}`, 'Correct or remove it.');
    throw new Refused('IDENTITY_BROKEN', problem.message);
  };
  const linuxName = afterPrefix(text, unixPrefix);
  if (linuxName !== null) {
    const group = directory.users.groupNamed(linuxName);
    return group === null ? wrong('and /etc/group has no such group') : linuxMembership(group.gid, rules, wrong);
  }
  const sid = parseSid(text) ?? principalNamed(text);
  if (sid?.startsWith(aliasPrefix) === true) return known(sid);
  const gid = parseId(sid?.startsWith('S-1-22-2-') === true ? sid.slice('S-1-22-2-'.length) : '');
  if (gid !== null) return linuxMembership(gid, rules, wrong);
  const entry = sid === null ? directory.model.groups.get(foldName(text)) : directory.entryOf(sid);
  if (entry === undefined || entry === null || directory.isAccount(entry))
    return wrong(sid !== null && isServiceSid(sid) ? 'which is a service' : 'which is no group');
  return localMembership(directory, ledger, rules, entry);
}

function linuxMembership(gid: number, rules: IdRules, wrong: (what: string) => never): Membership {
  if (gid === 0) return wrong("which is root's");
  if (rules.isTag(gid)) return wrong('which marks processes');
  if (isGiven(gid)) return wrong('which is given to somebody');
  return { sid: linuxGroup(gid), holder: linuxGroup(gid), gid };
}

function localMembership({ users }: Directory, ledger: Ledger, rules: IdRules, group: Group): Membership {
  const { key, name, fields } = group;
  const wrong = (what: string, remedy: string): never => {
    throw new Refused('IDENTITY_BROKEN', problemOf(key, localGroupFields.gid.name, what, remedy).message);
  };
  const [problem] = group.problems;
  if (problem !== undefined) throw new Refused('IDENTITY_BROKEN', problem.message);
  const sid = ledger.sidOf(group);
  const foreign = users.groupNamed(name);
  const { gid } = fields;
  if (foreign !== null && foreign.gid !== gid)
    return wrong(
      `is not ${foreign.gid}, which the group ${name} of /etc/group has`,
      `Set it to ${foreign.gid}, or call the group otherwise.`,
    );
  if (gid === undefined) return { sid, holder: holderOf(group), gid: ledger.idOf(sid) };
  const stranger = users.groupOf(gid);
  if (stranger !== null && stranger.name !== name)
    return wrong(`is ${gid}, like that of ${stranger.name} in /etc/group`, 'Take another number, or none.');
  return rules.isTag(gid)
    ? wrong(`is ${gid}, from the groups that mark processes`, 'Take another number, or none.')
    : { sid, holder: holderOf(group), gid };
}

/** As the C library would have it: the group of /etc/passwd, and those of /etc/group that name the user. */
function linuxPerson({ users }: Directory, rules: IdRules, uid: number, user: LinuxUser | null): Person {
  const sid = linuxUser(uid);
  const isItsOwn = (gid: number): boolean => !rules.isTag(gid) && !isGiven(gid);
  const gid = user !== null && isItsOwn(user.gid) ? user.gid : noGroup;
  const others = user === null ? [] : users.groupsOf(user.name).map((group) => group.gid);
  const groups = [...new Set([gid, ...others.filter(isItsOwn)])].map((each) => ({
    sid: linuxGroup(each),
    holder: linuxGroup(each),
    gid: each,
  }));
  return { sid, holder: sid, uid, gid, groups, name: user?.name ?? null, home: user?.home ?? noHome, shell: user?.shell ?? noShell };
}
