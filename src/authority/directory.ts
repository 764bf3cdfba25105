/** Who is meant by a name or a SID. O-78. */
import { privilegeGrantFields } from '../../gen/principals/facts.ts';
import type { KeyProblem } from '../policy/definition/decode-key.ts';
import { foldName } from '../registry/folding.ts';
import { serviceSid } from '../security/service-sid.ts';
import type { Sid } from '../security/sid.ts';
import { parseSid } from '../security/sid.ts';
import { linuxUser, principalName, principalNamed, wellKnown } from '../security/well-known.ts';
import type { LinuxUser, LinuxUsers } from './linux-users.ts';
import { parseId } from './linux-users.ts';
import type { Account, AuthorityModel, Grant, Group } from './model.ts';
import type { ServiceAccount } from './names.ts';
import { afterPrefix, servicePrefix, unixPrefix } from './names.ts';
import { Refused } from './refused.ts';

/** One that a token can be made for. */
export type Principal =
  | { readonly kind: 'service-account'; readonly name: ServiceAccount; readonly sid: Sid }
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'linux-user'; readonly uid: number; readonly user: LinuxUser | null };

/** What privileges are granted to: a SID, or an account or group, whose SID may not be given yet. */
export type Holder = string;
export const holderOf = (entry: Account | Group): Holder => entry.key.toLowerCase();

export class Directory {
  readonly model: AuthorityModel;
  readonly users: LinuxUsers;
  readonly #byRid = new Map<number, Account | Group>();
  readonly #grants = new Map<Holder, Grant[]>();
  readonly #accounts: ReadonlySet<Account | Group>;
  /** Privileges that nobody has. */
  readonly unheld: readonly KeyProblem[];

  constructor(model: AuthorityModel, users: LinuxUsers) {
    this.model = model;
    this.users = users;
    this.#accounts = new Set(model.accounts.values());
    for (const entry of [...model.accounts.values(), ...model.groups.values()]) {
      if (entry.fields.rid !== undefined) this.#byRid.set(entry.fields.rid, entry);
    }
    const unheld: KeyProblem[] = [];
    for (const grant of model.grants) {
      const holder = this.holderNamed(grant.principal);
      if (holder === null)
        unheld.push({ key: grant.key, name: null, message: `${grant.key} is of nobody: there is no principal of that name` });
      else this.#grants.set(holder, [...(this.#grants.get(holder) ?? []), grant]);
    }
    this.unheld = unheld;
  }

  isAccount(entry: Account | Group): entry is Account {
    return this.#accounts.has(entry);
  }

  /** The account or group with that SID. */
  entryOf(sid: Sid): Account | Group | null {
    const { machineSid } = this.model;
    if (machineSid === null || !sid.startsWith(`${machineSid}-`)) return null;
    return this.#byRid.get(parseId(sid.slice(machineSid.length + 1)) ?? -1) ?? null;
  }

  /** The privileges of a holder. Throws Refused for one whose grant is broken. */
  granted(holder: Holder): bigint {
    let mask = 0n;
    for (const grant of this.#grants.get(holder) ?? []) {
      const [problem] = grant.problems;
      if (problem !== undefined) throw new Refused('IDENTITY_BROKEN', problem.message);
      mask |= grant.mask;
    }
    return mask;
  }

  /** Keys of grants to that holder, whatever they call it. */
  grantsTo(holder: Holder): readonly Grant[] {
    return this.#grants.get(holder) ?? [];
  }

  /** Null: nobody is called that. */
  holderNamed(text: string): Holder | null {
    const service = afterPrefix(text, servicePrefix);
    if (service !== null) return service === '' ? null : serviceSid(service);
    const sid = parseSid(text);
    if (sid !== null) {
      const entry = this.entryOf(sid);
      return entry === null ? sid : holderOf(entry);
    }
    const known = principalNamed(text);
    if (known !== null) return known;
    const entry = this.model.accounts.get(foldName(text)) ?? this.model.groups.get(foldName(text));
    if (entry !== undefined && afterPrefix(text, unixPrefix) === null) return holderOf(entry);
    const user = this.users.userNamed(afterPrefix(text, unixPrefix) ?? text);
    return user === null ? null : linuxUser(user.uid);
  }

  /**
   * The principal that an Identity means: one that every machine has, a SID, `unix:NAME`, a local account, a user of /etc/passwd, in this
   * order. Throws Refused.
   */
  resolve(identity: string): Principal {
    const sid = parseSid(identity) ?? principalNamed(identity);
    if (sid !== null) return this.#withSid(identity, sid);
    const linuxName = afterPrefix(identity, unixPrefix);
    if (linuxName === null) {
      const account = this.model.accounts.get(foldName(identity));
      if (account !== undefined) return this.#usable(account);
      const group = this.model.groups.get(foldName(identity));
      if (group !== undefined) throw new Refused('DENIED', `${group.name} is a group, and nobody can be one`);
    }
    const user = this.users.userNamed(linuxName ?? identity);
    if (user !== null) return this.#linuxUser(user.uid);
    const accounts = linuxName === null ? 'no account in the registry and ' : '';
    throw new Refused('IDENTITY_NOT_FOUND', `there is ${accounts}no user in /etc/passwd called ${JSON.stringify(linuxName ?? identity)}`);
  }

  #withSid(identity: string, sid: Sid): Principal {
    if (sid === wellKnown.localService) return { kind: 'service-account', name: 'LocalService', sid };
    if (sid === wellKnown.networkService) return { kind: 'service-account', name: 'NetworkService', sid };
    if (sid === wellKnown.system) throw new Refused('DENIED', 'tokens of SYSTEM are made by PID 1 alone');
    const named = principalName(sid);
    if (named !== null) {
      const hint = this.users.userNamed(identity) === null ? '' : `; the user of /etc/passwd is ${unixPrefix}${identity}`;
      throw new Refused('DENIED', `${named} stands for all or none, and nobody can be one${hint}`);
    }
    const uid = parseId(sid.startsWith('S-1-22-1-') ? sid.slice('S-1-22-1-'.length) : '');
    if (uid !== null) return this.#linuxUser(uid);
    const entry = this.entryOf(sid);
    if (entry === null) throw new Refused('IDENTITY_NOT_FOUND', `this machine knows nobody with the SID ${identity}`);
    if (!this.isAccount(entry)) throw new Refused('DENIED', `${entry.name} is a group, and nobody can be one`);
    return this.#usable(entry);
  }

  #usable(account: Account): Principal {
    const [problem] = account.problems;
    if (problem !== undefined) throw new Refused('IDENTITY_BROKEN', problem.message);
    if (account.fields.disabled) throw new Refused('DENIED', `the account ${account.name} is disabled: ${account.key}\\Disabled is 1`);
    return { kind: 'account', account };
  }

  #linuxUser(uid: number): Principal {
    if (uid === 0) throw new Refused('DENIED', 'root has no token of its own: name SYSTEM where a service needs all of the machine');
    const owner = [...this.model.ids.values()].find(({ id, problem }) => id === uid && problem === null);
    if (owner !== undefined) throw new Refused('DENIED', `the uid ${uid} belongs to ${owner.subject}`);
    return { kind: 'linux-user', uid, user: this.users.userOf(uid) };
  }
}

export const privilegesName: string = privilegeGrantFields.privileges.name;
