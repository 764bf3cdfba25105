/**
 * Who may do what: every decision is an AccessCheck of the caller's token against a descriptor, of the service or of the machine; nobody
 * passes beside it, SYSTEM neither. PSD-007 3.4, 13.1, PRIN-005, PRIN-008.
 */
import { mountKey } from '../../gen/mounts/facts.ts';
import { rights } from '../../gen/options/facts.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import type { SecurityValues } from '../policy/definition/security.ts';
import type { ServiceName } from '../policy/view.ts';
import { defaultControlSecurity, defaultServiceSecurity } from '../security/defaults.ts';
import type { Broken, Guard } from '../security/guard.ts';
import type { Token } from '../security/token.ts';
import type { Caller } from './caller.ts';
import { Guards } from './guards.ts';
import { ofMachine, ofService, queryStatus } from './rights.ts';

export interface Access {
  /** Mask of the rights that the caller holds on a service, by its key, or on the machine (null); an object: that cannot be told. */
  held(caller: Caller, service: string | null): number | Broken;
  /** Whether it holds all of them; not where that cannot be told. */
  holds(caller: Caller, service: string | null, wanted: number): boolean;
  /** Where the descriptor stands that guards it. */
  valueOf(service: string | null): string;
  /** Whether it holds any right on anything now. Whoever holds none gets answers, but no stream, and its place goes first. O-33. */
  hasStanding(caller: Caller): boolean;
  /** Whether it may query every service: nothing need be kept from it. */
  queriesAll(caller: Caller): boolean;
  /** Whether there is, or was, a service of that key. */
  isService(key: string): boolean;
}

/** Who may have the definitions read again may know what is wrong with any of them. */
export const mayKnowFindings = (access: Access, caller: Caller): boolean => access.holds(caller, null, rights.SYSTEM_RELOAD_CONFIG);

/** Events of no service are for those who may do something with the machine. O-16. */
export const mayKnowMachine = (access: Access, caller: Caller): boolean =>
  access.holds(caller, null, rights.SYSTEM_SHUTDOWN) || mayKnowFindings(access, caller);

/** What a caller may do with all services together. */
interface Overall {
  readonly any: boolean;
  readonly all: boolean;
}

/** Entries of mounts have names of their own. */
const mountsKey = mountKey.path.slice(0, mountKey.path.lastIndexOf('\\'));

const pathOf = ({ key, name }: { readonly key: string; readonly name: string }): string => `${key}\\${name}`;

export interface AccessSources {
  /** The descriptors in force: another object when they were read again. */
  readonly security: () => SecurityValues;
  /** The services there are: another list when there are others. */
  readonly names: () => readonly ServiceName[];
}

export function createAccess({ security, names }: AccessSources): Access {
  const services = new Guards(ofService, defaultServiceSecurity);
  const machine = new Guards(ofMachine, defaultControlSecurity);
  let values: SecurityValues | null = null;
  let known: readonly ServiceName[] | null = null;
  let keys: ReadonlySet<string> = new Set();
  /** Of all services, each once. */
  let guards: ReadonlySet<Guard> = new Set();
  let overall = new WeakMap<Token, Overall>();

  /** Only what is asked for often is kept, until there are other descriptors or other services. */
  function look(): SecurityValues {
    const now = security();
    if (now === values) return now;
    values = now;
    known = null;
    services.renew();
    machine.renew();
    return now;
  }

  function lookAround(): void {
    const { own } = look();
    const there = names();
    if (there === known) return;
    known = there;
    keys = new Set([...own.keys(), ...there.map(({ key }) => key)]);
    guards = new Set(there.map(({ key }) => guardOf(key)));
    overall = new WeakMap();
  }

  function guardOf(service: string | null): Guard {
    const { own, inherited, machine: control } = look();
    return service === null ? machine.of(control) : services.of(own.get(service) ?? inherited);
  }

  const held = ({ token }: Caller, service: string | null): number | Broken => guardOf(service).held(token);

  function overallOf(caller: Caller): Overall {
    lookAround();
    const { token } = caller;
    let found = overall.get(token);
    if (found === undefined) {
      const masks = Array.from(guards, (guard) => guard.held(token));
      const any = [held(caller, null), ...masks].some((mask) => typeof mask === 'number' && mask !== 0);
      found = { any, all: masks.every((mask) => typeof mask === 'number' && (mask & queryStatus) !== 0) };
      overall.set(token, found);
    }
    return found;
  }

  return {
    held,
    holds(caller, service, wanted) {
      const mask = held(caller, service);
      return typeof mask === 'number' && (mask & wanted) === wanted;
    },
    valueOf(service) {
      if (service === null) return pathOf(settingFields.controlSecurity);
      const { name, key } = settingFields.serviceSecurity;
      if (service.startsWith('mount:') && look().own.has(service)) return `${mountsKey}\\(${service})\\${name}`;
      return pathOf({ name, key: look().own.has(service) ? `${key}\\${service}` : key });
    },
    hasStanding: (caller) => overallOf(caller).any,
    queriesAll: (caller) => overallOf(caller).all,
    isService(key) {
      lookAround();
      return keys.has(key);
    },
  };
}
