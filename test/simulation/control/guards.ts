/**
 * Who the clients are, and the descriptors that say what each may do: random ones, written anew now and then while the machine lives. What
 * they come to is told here in the plainest way, from the entries that they were made of.
 */
import type { Caller } from '../../../src/control/caller.ts';
import type { SecurityValues } from '../../../src/policy/definition/security.ts';
import { callerOf, descriptorWith, tokenOf } from '../../support/identities.ts';
import type { Random } from '../../support/random.ts';

export const queryRight = 0x1;

const system = 'S-1-5-18';
const administrators = 'S-1-5-32-544';
const everyone = 'S-1-1-0';
const staff = 'S-1-5-21-7-7-7-2000';
const carol = 'S-1-5-21-7-7-7-1001';
const dave = 'S-1-5-21-7-7-7-1002';
const rootOfLinux = 'S-1-22-1-0';

/** A kind of client. */
export interface Identity {
  readonly name: string;
  readonly sids: readonly string[];
  /** It counts where access is denied only. */
  readonly denied?: string;
  readonly isLow?: true;
}

const nobody: Identity = { name: 'nobody', sids: ['S-1-22-1-1007'] };

const powerful: Identity = { name: 'SYSTEM', sids: [system, administrators, everyone] };

/** By the number of the client modulo twelve. Most are not refused: what they ask for is to happen. */
const identities: readonly Identity[] = [
  powerful,
  powerful,
  { name: 'an administrator', sids: [carol, administrators, everyone] },
  powerful,
  { name: 'one of the staff', sids: [dave, staff, everyone], denied: administrators },
  { name: 'one of low integrity', sids: [dave, staff, everyone], isLow: true },
  { name: 'root from outside', sids: [rootOfLinux, everyone] },
  nobody,
  powerful,
  powerful,
  powerful,
  powerful,
];

export const identityOf = (slot: number): Identity => identities[slot % identities.length] ?? nobody;
export const isSystem = (identity: Identity): boolean => identity.name === 'SYSTEM';
/** Of SYSTEM and of root from outside it is 0; everybody else has one of its own. */
export const uidOf = (slot: number): number =>
  identityOf(slot).sids.some((sid) => sid === system || sid === rootOfLinux) ? 0 : 1000 + slot;

export function callerIn(slot: number, pid: number): Caller {
  const { sids, denied, isLow } = identityOf(slot);
  const [user = '', ...groups] = sids;
  const token = tokenOf(user, groups, isLow === true ? { integrity: 0x1000 } : {});
  const more = denied === undefined ? [] : [{ sid: denied, attributes: 0x10 }];
  return callerOf({ ...token, groups: [...token.groups, ...more] }, { pid, uid: uidOf(slot) });
}

interface Entry {
  readonly type: 'allow' | 'deny';
  readonly sid: string;
  readonly mask: number;
}

/** What stands in the registry: entries in order, no list at all, or bytes that are no descriptor. */
type Guard = readonly Entry[] | 'everything' | 'broken';

/** The descriptors of one moment; a service that is not in `own` has the inherited one. */
export interface Guards {
  readonly own: ReadonlyMap<string, Guard>;
  readonly inherited: Guard;
  readonly machine: Guard;
}

const allOfService = 0xf;
const allOfMachine = 0x3;
/** With the rights on jobs, which full control of the machine holds. */
const fullMachine = 0xf;
/** What is not written: SYSTEM everything, administrators query and stop, and both rights on the machine. */
const defaultGuards: Guards = {
  own: new Map(),
  inherited: [allow(system, allOfService), allow(administrators, 0x5)],
  machine: [allow(system, fullMachine), allow(administrators, allOfMachine)],
};

function allow(sid: string, mask: number): Entry {
  return { type: 'allow', sid, mask };
}

const principals = [administrators, everyone, staff, carol, dave, rootOfLinux, 'S-1-5-21-9-9-9-9'];

/** SYSTEM may always do everything: the life of the machine needs one that can. `rights`: what others may be granted. */
const randomEntries = (random: Random, all: number, rights: number, full = all): readonly Entry[] => [
  allow(system, full),
  ...Array.from(
    { length: random.below(4) },
    (): Entry => ({ type: random.chance(0.25) ? 'deny' : 'allow', sid: random.pick(principals), mask: random.below(all + 1) & rights }),
  ),
];

const randomGuard = (random: Random): Guard => (random.chance(0.05) ? 'everything' : randomEntries(random, allOfService, allOfService));

/** They never ask for the end of the machine: nobody else may be granted it. */
export const mayEnd = ({ sids }: Identity): boolean => sids.includes(administrators);

/** `names`: services there may be. Now and then the guards are those that nobody has written. */
export function randomGuards(random: Random, names: readonly string[]): Guards {
  if (random.chance(0.15)) return defaultGuards;
  const some = Array.from({ length: 8 }, () => randomGuard(random));
  const own = names.flatMap((name): [string, Guard][] => (random.chance(0.6) ? [[name, random.pick(some)]] : []));
  return {
    own: new Map(own),
    inherited: random.chance(0.5) ? defaultGuards.inherited : randomGuard(random),
    machine: random.chance(0.5) ? defaultGuards.machine : randomEntries(random, allOfMachine, 0x2, fullMachine),
  };
}

/** With a broken one among them, for those that nobody needs. */
export function withBroken(random: Random, guards: Guards, names: readonly string[]): Guards {
  return names.length === 0 ? guards : { ...guards, own: new Map([...guards.own, [random.pick(names), 'broken']]) };
}

/** The life lasts, and many services have the same. */
const bytes = new WeakMap<readonly Entry[], Uint8Array>();
const none = descriptorWith(null);
const broken = new Uint8Array([1, 0, 4, 0x80]);

function bytesOf(guard: Guard): Uint8Array {
  if (typeof guard === 'string') return guard === 'broken' ? broken : none;
  const known = bytes.get(guard) ?? descriptorWith(guard);
  bytes.set(guard, known);
  return known;
}

/** Whether nobody may query one of the services, SYSTEM neither. */
export const isAnyBroken = ({ own }: Guards): boolean => [...own.values()].includes('broken');

/** As the registry holds them. */
export const valuesOf = ({ own, inherited, machine }: Guards): SecurityValues => ({
  own: new Map(Array.from(own, ([name, guard]) => [name, bytesOf(guard)])),
  inherited: inherited === defaultGuards.inherited ? null : bytesOf(inherited),
  machine: machine === defaultGuards.machine ? null : bytesOf(machine),
});

/** Mask of what the identity may do with that service (or the machine, null); null: nobody can tell. */
export function mayOn(identity: Identity, guards: Guards, service: string | null): number | null {
  const guard = service === null ? guards.machine : (guards.own.get(service) ?? guards.inherited);
  const all = service === null ? fullMachine : allOfService;
  // Whoever is of low integrity only reads.
  const reachable = identity.isLow === true ? (service === null ? 0 : queryRight) : all;
  if (guard === 'broken') return null;
  if (guard === 'everything') return reachable;
  let held = 0;
  for (let bit = 1; bit <= all; bit <<= 1) {
    const first = guard.find(({ type, sid, mask }) => (mask & bit) !== 0 && counts(identity, type, sid));
    if (first?.type === 'allow') held |= bit;
  }
  return held & reachable;
}

const counts = ({ sids, denied }: Identity, type: Entry['type'], sid: string): boolean =>
  sids.includes(sid) || (type === 'deny' && sid === denied);
