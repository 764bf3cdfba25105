/** Names of principals, and the tokens that they would have. */
import type { Directory } from '../../../src/authority/directory.ts';
import { holderOf } from '../../../src/authority/directory.ts';
import { parseId } from '../../../src/authority/linux-users.ts';
import { afterPrefix, servicePrefix, unixPrefix } from '../../../src/authority/names.ts';
import { Refused } from '../../../src/authority/refused.ts';
import type { GuardedMachine, GuardedService } from '../../../src/judge/machine.ts';
import { allPrivileges } from '../../../src/security/privileges.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Sid } from '../../../src/security/sid.ts';
import { parseSid } from '../../../src/security/sid.ts';
import type { Token } from '../../../src/security/token.ts';
import { groupAttributes, ordinaryGroup } from '../../../src/security/token.ts';
import { integrity, linuxGroup, principalName, principalNamed, wellKnown } from '../../../src/security/well-known.ts';
import { sidOf, wouldMint } from '../principals.ts';
import { UsageError } from '../usage-error.ts';

/** Who is asked about. */
export interface Somebody {
  /** As messages name them. */
  readonly name: string;
  readonly token: Token;
}

export class Principals {
  readonly #machine: GuardedMachine;
  readonly #directory: Directory;
  readonly #serviceOf: ReadonlyMap<Sid, string>;

  constructor(machine: GuardedMachine, directory: Directory) {
    this.#machine = machine;
    this.#directory = directory;
    this.#serviceOf = new Map(machine.services.map(({ name }) => [serviceSid(name), name]));
  }

  /** As people call it; the SID where nothing else is known. */
  nameOf(sid: Sid): string {
    const known = principalName(sid);
    if (known !== null) return known;
    const service = this.#serviceOf.get(sid);
    if (service !== undefined) return servicePrefix + service;
    const entry = this.#directory.entryOf(sid);
    if (entry !== null) return entry.name;
    const { users } = this.#directory;
    const [uid, gid] = ['S-1-22-1-', 'S-1-22-2-'].map((prefix) => (sid.startsWith(prefix) ? parseId(sid.slice(prefix.length)) : null));
    if (uid !== null && uid !== undefined) return `${unixPrefix}${users.userOf(uid)?.name ?? uid}`;
    if (gid !== null && gid !== undefined) return `${unixPrefix}${users.groupOf(gid)?.name ?? gid}`;
    return sid;
  }

  /** Whoever is called that. Throws a UsageError where nobody is. */
  named(text: string): Somebody {
    const service = afterPrefix(text, servicePrefix);
    if (service !== null) return this.#service(service);
    if ((parseSid(text) ?? principalNamed(text)) === wellKnown.system) return { name: 'SYSTEM', token: system(null) };
    try {
      return this.#minted(text, null);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return this.#member(text) ?? refuse(error.message);
    }
  }

  /** The SID that an entry is to name. Throws a UsageError where nobody is called that. */
  sidOf(text: string): Sid {
    const service = afterPrefix(text, servicePrefix);
    if (service === null) return this.named(text).token.user;
    if (service === '') return refuse('service: is followed by the name of a service');
    // Also of one that is still to come.
    return serviceSid(service);
  }

  /** The token of whoever that SID is meant for: of a service nobody else than the service. */
  tokenOf(text: string): Token {
    return afterPrefix(text, servicePrefix) === null ? this.named(text).token : this.holderOf(this.sidOf(text));
  }

  /** Somebody who is that and nothing else. */
  holderOf(sid: Sid): Token {
    if (sid === wellKnown.system) return system(null);
    if (sid === wellKnown.anonymous) return { ...memberOf(sid, []), integrity: integrity.untrusted };
    return memberOf(sid, sid === wellKnown.everyone ? [] : [wellKnown.everyone, wellKnown.authenticatedUsers]);
  }

  /** Who the main process of a service would be. Throws Refused where it could not be anybody. */
  ofService({ name, definition }: GuardedService): Somebody | null {
    if (definition === null) return null;
    if ((parseSid(definition.identity) ?? principalNamed(definition.identity)) === wellKnown.system)
      return { name: 'SYSTEM', token: system(name) };
    return this.#minted(definition.identity, name);
  }

  #minted(identity: string, service: string | null): Somebody {
    const principal = this.#directory.resolve(identity);
    const { token } = wouldMint(this.#directory, identity, service).spec;
    // An account may have no number yet that its SID could be told by.
    return { name: principal.kind === 'account' ? principal.account.name : this.nameOf(token.user), token };
  }

  #service(name: string): Somebody {
    const service = this.#machine.services.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (service === undefined) return refuse(`there is no service ${name}`);
    try {
      const { name: user, token } = this.ofService(service) ?? refuse(`the definition of ${service.name} is broken, so it has no identity`);
      return { name: `the service ${service.name} (${user})`, token };
    } catch (error) {
      if (error instanceof Refused) return refuse(error.message);
      throw error;
    }
  }

  /** Somebody who is in a group and nothing else; null: there is nobody of that name. */
  #member(text: string): Somebody | null {
    const linux = this.#directory.users.groupNamed(afterPrefix(text, unixPrefix) ?? text);
    const holder = this.#directory.holderNamed(text) ?? (linux === null ? null : linuxGroup(linux.gid));
    if (holder === null) return null;
    const { accounts, groups } = this.#directory.model;
    // Why an account cannot be used was said already.
    if ([...accounts.values()].some((one) => holderOf(one) === holder)) return null;
    const group = [...groups.values()].find((one) => holderOf(one) === holder);
    const sid = group === undefined ? holder : sidOf(this.#directory, group);
    if (sid === null) return refuse(`${group?.name ?? text} has no SID yet: authd gives it one`);
    return { name: this.#memberName(sid, group !== undefined), token: this.holderOf(sid) };
  }

  #memberName(sid: Sid, isLocalGroup: boolean): string {
    const name = this.nameOf(sid);
    if (isLocalGroup || sid.startsWith('S-1-5-32-') || sid.startsWith('S-1-22-2-')) return `a member of ${name}`;
    return name === sid ? `the SID ${sid}` : name;
  }
}

const refuse = (message: string): never => {
  throw new UsageError(message);
};

const memberOf = (user: Sid, groups: readonly Sid[]): Token => ({
  user,
  userDenyOnly: false,
  groups: groups.map((sid) => ({ sid, attributes: ordinaryGroup })),
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  integrity: integrity.medium,
  mandatoryPolicy: 1,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
});

/** SYSTEM, as processes of a service have it. */
function system(service: string | null): Token {
  const groups = [wellKnown.everyone, wellKnown.authenticatedUsers, wellKnown.local];
  const token = memberOf(wellKnown.system, service === null ? groups : [...groups, serviceSid(service)]);
  return {
    ...token,
    groups: [{ sid: wellKnown.administrators, attributes: ordinaryGroup | groupAttributes.owner }, ...token.groups],
    privilegesPresent: allPrivileges,
    privilegesEnabled: allPrivileges,
    integrity: integrity.system,
  };
}
