/**
 * Accounts, groups, privileges and given ids, as the registry has them. What is wrong with one of them harms it alone: it keeps its place
 * with the reason, and whoever needs it is told.
 */
import {
  authorityStateDefaults,
  authorityStateFields,
  givenIdsDefaults,
  givenIdsFields,
  localAccountDefaults,
  localAccountFields,
  localGroupDefaults,
  localGroupFields,
  privilegeGrantDefaults,
  privilegeGrantFields,
} from '../../gen/principals/facts.ts';
import type { LocalAccount, LocalGroup } from '../../gen/principals/types.ts';
import type { KeyProblem } from '../policy/definition/decode-key.ts';
import { decodeKey, problemOf } from '../policy/definition/decode-key.ts';
import { foldName } from '../registry/folding.ts';
import type { RegistryValue } from '../registry/value.ts';
import type { Sid } from '../security/sid.ts';
import { parseSid } from '../security/sid.ts';
import { isGiven } from './id-range.ts';
import { accountsKey, authorityKey, groupsKey, idsKey, privilegesKey } from './layout.ts';
import type { Change } from './ledger.ts';
import { nameProblem } from './names.ts';
import { maskOf } from './privileges.ts';

/** A key; its path is relative to Machine\System\Authority. */
export interface AuthorityNode {
  readonly path: string;
  readonly values: readonly RegistryValue[];
  /** Its descriptor keeps the authority out. */
  readonly denied?: true;
}

/** A key below Accounts or Groups. */
export interface Entry<Fields> {
  /** Name of the key. */
  readonly name: string;
  /** Its full path. */
  readonly key: string;
  readonly fields: Fields;
  /** Empty: all is well with it. */
  readonly problems: readonly KeyProblem[];
}

export type Account = Entry<LocalAccount>;
export type Group = Entry<LocalGroup>;

export interface Grant {
  /** As the key is called: who has the privileges. */
  readonly principal: string;
  readonly key: string;
  readonly mask: bigint;
  readonly problems: readonly KeyProblem[];
}

export interface AuthorityModel {
  /** Null: none was made yet. */
  readonly machineSid: Sid | null;
  readonly nextRid: number;
  readonly nextId: number;
  /** What is wrong with the state of the authority itself: nothing new is given then. */
  readonly stateProblems: readonly KeyProblem[];
  /** By folded name. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly grants: readonly Grant[];
  /** Given numbers by folded subject. */
  readonly ids: ReadonlyMap<string, GivenId>;
  /** Of everything. */
  readonly problems: readonly KeyProblem[];
}

export interface GivenId {
  /** As it was written. */
  readonly subject: string;
  readonly id: number;
  readonly problem: KeyProblem | null;
}

/** A key, and that it is locked, if it is. */
interface Below {
  readonly name: string;
  readonly key: string;
  readonly values: readonly RegistryValue[];
  readonly lock: readonly KeyProblem[];
}

const machineSidForm = /^S-1-5-21(?:-[0-9]+){3}$/;

export function readModel(nodes: readonly AuthorityNode[]): AuthorityModel {
  const below = (parent: string): readonly Below[] => {
    const relative = `${foldName(parent.slice(authorityKey.length + 1))}\\`;
    return nodes
      .filter(({ path }) => foldName(path).startsWith(relative) && !path.slice(relative.length).includes('\\'))
      .map(({ path, values, denied }) => {
        const key = `${parent}\\${path.slice(relative.length)}`;
        return { name: path.slice(relative.length), key, values, lock: denied === true ? [locked(key)] : [] };
      });
  };
  const valuesOf = (key: string): readonly RegistryValue[] =>
    nodes.find(({ path }) => foldName(path) === foldName(key.slice(authorityKey.length + 1)))?.values ?? [];

  const state = decodeKey(authorityKey, authorityStateFields, authorityStateDefaults, valuesOf(authorityKey));
  const given = decodeKey(idsKey, givenIdsFields, givenIdsDefaults, valuesOf(idsKey));
  // Of numbers that cannot be read it cannot be told which were given.
  const stateProblems = [...state.problems, ...given.problems, ...lockedAmong(nodes, [accountsKey, groupsKey, privilegesKey, idsKey])];
  const machineSid = state.fields.machineSid === undefined ? null : parseSid(state.fields.machineSid);
  if (state.fields.machineSid !== undefined && (machineSid === null || !machineSidForm.test(machineSid)))
    stateProblems.push(
      problemOf(authorityKey, authorityStateFields.machineSid.name, 'is no SID of a machine', 'Give it back the SID that it had.'),
    );

  const accounts = below(accountsKey).map(
    ({ name, key, values, lock }): Account => named(name, key, decodeKey(key, localAccountFields, localAccountDefaults, values), lock),
  );
  const groups = below(groupsKey).map(
    ({ name, key, values, lock }): Group => named(name, key, decodeKey(key, localGroupFields, localGroupDefaults, values), lock),
  );
  const grants = below(privilegesKey).map(({ name, key, values, lock }): Grant => grant(name, key, values, lock));
  const told = tellClashes(accounts, groups);
  const ids = givenIds(valuesOf(idsKey));
  return {
    machineSid,
    nextRid: state.fields.nextRid,
    nextId: given.fields.nextId,
    stateProblems,
    ...told,
    grants,
    ids,
    problems: [
      ...stateProblems,
      ...[...told.accounts.values(), ...told.groups.values(), ...grants].flatMap(({ problems }) => problems),
      ...[...ids.values()].flatMap(({ problem }) => problem ?? []),
    ],
  };
}

/** Nothing is taken for absent that cannot be read: an account that is disabled, a number that was given. */
const locked = (key: string): KeyProblem =>
  problemOf(
    key,
    null,
    'does not let SYSTEM read it',
    'As SYSTEM, set its owner with `peiosctl registry security KEY O:SY`, and then who may do what with D:.',
  );

const lockedAmong = (nodes: readonly AuthorityNode[], keys: readonly string[]): readonly KeyProblem[] =>
  keys.flatMap((key) => {
    const relative = foldName(key.slice(authorityKey.length + 1));
    return nodes.some(({ path, denied }) => denied === true && foldName(path) === relative) ? [locked(key)] : [];
  });

function named<Fields>(
  name: string,
  key: string,
  { fields, problems }: { fields: Fields; problems: readonly KeyProblem[] },
  lock: readonly KeyProblem[],
): Entry<Fields> {
  const wrong = nameProblem(name);
  const ofName = wrong === null ? [] : [problemOf(key, null, wrong.what, wrong.remedy)];
  return { name, key, fields, problems: [...lock, ...ofName, ...problems] };
}

function grant(principal: string, key: string, values: readonly RegistryValue[], lock: readonly KeyProblem[]): Grant {
  const { fields, problems: found } = decodeKey(key, privilegeGrantFields, privilegeGrantDefaults, values);
  const problems = [...lock, ...found];
  const mask = maskOf(fields.privileges);
  if (typeof mask === 'bigint') return { principal, key, mask, problems };
  return {
    principal,
    key,
    mask: 0n,
    problems: [...problems, problemOf(key, privilegeGrantFields.privileges.name, mask.what, mask.remedy)],
  };
}

/** Names and numbers that two of them have: which one was first cannot be told, so both are wrong. */
function tellClashes(
  accounts: readonly Account[],
  groups: readonly Group[],
): { readonly accounts: ReadonlyMap<string, Account>; readonly groups: ReadonlyMap<string, Group> } {
  const rids = new Claims('Rid', 'Remove it from one of them: it is given another one.');
  const ids = new Claims('Uid or Gid', 'Take another number for one of them, or none.');
  const names = new Claims('name', 'Rename one of them.');
  for (const { key, name, fields } of accounts) {
    rids.claim(fields.rid, key);
    ids.claim(fields.uid, key);
    names.claim(foldName(name), key);
  }
  for (const { key, name, fields } of groups) {
    rids.claim(fields.rid, key);
    ids.claim(fields.gid, key);
    names.claim(foldName(name), key);
  }
  const checked = <Fields extends LocalAccount | LocalGroup>(
    entry: Entry<Fields>,
    id: number | undefined,
    idName: string,
  ): [string, Entry<Fields>] => {
    const { key, name, fields } = entry;
    const clashes = [
      ...names.against(foldName(name), key, null),
      ...rids.against(fields.rid, key, localAccountFields.rid.name),
      ...ids.against(id, key, idName),
      ...(id !== undefined && isGiven(id)
        ? [problemOf(key, idName, `is ${id}, from the numbers that are given to whoever has none`, 'Take one outside of them, or none.')]
        : []),
    ];
    return [foldName(name), { ...entry, problems: [...entry.problems, ...clashes] }];
  };
  return {
    accounts: new Map(accounts.map((entry) => checked(entry, entry.fields.uid, localAccountFields.uid.name))),
    groups: new Map(groups.map((entry) => checked(entry, entry.fields.gid, localGroupFields.gid.name))),
  };
}

/** Who says that something is its own. */
class Claims {
  readonly #what: string;
  readonly #remedy: string;
  readonly #by = new Map<number | string, string[]>();

  constructor(what: string, remedy: string) {
    this.#what = what;
    this.#remedy = remedy;
  }

  claim(thing: number | string | undefined, key: string): void {
    if (thing === undefined) return;
    const known = this.#by.get(thing);
    if (known === undefined) this.#by.set(thing, [key]);
    else known.push(key);
  }

  against(thing: number | string | undefined, key: string, name: string | null): readonly KeyProblem[] {
    const others = thing === undefined ? [] : (this.#by.get(thing) ?? []).filter((other) => other !== key);
    return others.map((other) => problemOf(key, name, `has the ${this.#what} of ${other}`, this.#remedy));
  }
}

function givenIds(values: readonly RegistryValue[]): ReadonlyMap<string, GivenId> {
  const subjects = values.filter(({ name }) => foldName(name) !== foldName(givenIdsFields.nextId.name));
  const owners = new Map<number, number>();
  for (const { type, data } of subjects) if (type === 'DWORD') owners.set(data, (owners.get(data) ?? 0) + 1);
  return new Map(
    subjects.map(({ name, type, data }): [string, GivenId] => {
      const id = type === 'DWORD' ? data : 0;
      const what =
        type !== 'DWORD' || !isGiven(id)
          ? 'is no number that is given to anybody'
          : owners.get(id) === 1
            ? null
            : `is ${id}, like another one`;
      const problem = what === null ? null : problemOf(idsKey, name, what, 'Give it back the number that it had: files have it.');
      return [foldName(name), { subject: name, id, problem }];
    }),
  );
}

/** What it says once these are written. */
export function withChanges(model: AuthorityModel, changes: readonly Change[]): AuthorityModel {
  const ids = new Map(model.ids);
  const accounts = new Map(model.accounts);
  const groups = new Map(model.groups);
  let { nextRid, nextId } = model;
  for (const { key, name, data } of changes) {
    if (key === authorityKey) nextRid = data;
    else if (key === idsKey && name === givenIdsFields.nextId.name) nextId = data;
    else if (key === idsKey) ids.set(foldName(name), { subject: name, id: data, problem: null });
    else {
      giveRid(accounts, key, data);
      giveRid(groups, key, data);
    }
  }
  return { ...model, ids, accounts, groups, nextRid, nextId };
}

function giveRid<Fields extends LocalAccount | LocalGroup>(entries: Map<string, Entry<Fields>>, key: string, rid: number): void {
  const name = foldName(key.slice(key.lastIndexOf('\\') + 1));
  const entry = entries.get(name);
  if (entry?.key === key) entries.set(name, { ...entry, fields: { ...entry.fields, rid } });
}
