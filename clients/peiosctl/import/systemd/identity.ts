/** Who a unit is and what it may do. User and DynamicUser are read before all else, and the rest is settled when all has been read. */
import { allCapabilities } from '../../../../src/platform/hosted/identity/capabilities.ts';
import type { Draft } from '../conversion.ts';
import type { Capabilities } from '../identity.ts';
import {
  capabilitiesNamed,
  grant,
  groupsText,
  isSystem,
  keepOnly,
  localService,
  makeDirectories,
  setIdentity,
  system,
} from '../identity.ts';
import type { UnitEntry } from './unit-file.ts';

type Handler = (draft: Draft, entry: UnitEntry) => void;

/** Words that others look at; the last one is read first. */
export const firstWords: readonly string[] = ['User', 'DynamicUser'];

interface Noted {
  readonly hooks: { readonly entry: UnitEntry; readonly asRoot: boolean }[];
  /** By word, with the last entry of it. */
  readonly sets: Map<string, Capabilities & { readonly entry: UnitEntry }>;
  noNewPrivileges: UnitEntry | null;
}

const noted = new WeakMap<Draft, Noted>();

function notedOf(draft: Draft): Noted {
  const known = noted.get(draft) ?? { hooks: [], sets: new Map(), noNewPrivileges: null };
  noted.set(draft, known);
  return known;
}

export const noteHook = (draft: Draft, entry: UnitEntry, asRoot: boolean): void => void notedOf(draft).hooks.push({ entry, asRoot });

/** Directories that belong to the service, made by a hook. */
export function directories(draft: Draft, entry: UnitEntry, paths: readonly string[]): void {
  const how = makeDirectories(draft, entry, paths);
  if (how !== 'not') noteHook(draft, entry, how === 'as-root');
}

/** Several lines add up; those that begin with ~ take away, the first of them from all there is. */
const capabilities: Handler = (draft, entry) => {
  const { sets } = notedOf(draft);
  const takesAway = entry.value.startsWith('~');
  const words = entry.value
    .replace(/^~/, '')
    .split(/\s+/)
    .filter((word) => word !== '');
  const named = capabilitiesNamed(words);
  const before = sets.get(entry.word);
  const mask = takesAway ? (before?.mask ?? allCapabilities) & ~named.mask : (before?.mask ?? 0n) | named.mask;
  sets.set(entry.word, { mask, unknown: [...(before?.unknown ?? []), ...(takesAway ? [] : named.unknown)], entry });
  draft.noted();
};

const isYes = (text: string): boolean => /^(?:1|yes|y|true|t|on)$/i.test(text);

export const identityHandlers: Readonly<Record<string, Handler>> = {
  DynamicUser(draft, entry) {
    if (!isYes(entry.value)) return draft.needless(entry, 'that is so anyway');
    draft.set('identity', localService);
    draft.set('accountEnvironment', true);
  },
  User(draft, entry) {
    if (draft.fields.identity === localService)
      return draft.changed(entry, `LocalService has a user of its own for each service, ls-${draft.name}`);
    setIdentity(draft, entry, entry.value);
    if (entry.value !== '') draft.set('accountEnvironment', true);
  },
  SetLoginEnvironment: (draft, entry) => draft.set('accountEnvironment', isYes(entry.value)),
  Group(draft, entry) {
    if (entry.value === draft.fields.identity || (isSystem(draft) && /^(?:root|0|)$/.test(entry.value)))
      draft.needless(entry, 'the Identity has its group');
    else draft.lost(entry, groupsText);
  },
  SupplementaryGroups: (draft, entry) => draft.lost(entry, groupsText),
  CapabilityBoundingSet: capabilities,
  AmbientCapabilities: capabilities,
  NoNewPrivileges(draft, entry) {
    if (isYes(entry.value)) notedOf(draft).noNewPrivileges = entry;
    draft.noted();
  },
};

/** What only the whole unit tells. */
export function settleIdentity(draft: Draft): void {
  const { hooks, sets, noNewPrivileges } = notedOf(draft);
  const bounding = sets.get('CapabilityBoundingSet');
  const ambient = sets.get('AmbientCapabilities');
  if (bounding !== undefined && isSystem(draft)) keepOnly(draft, bounding.entry, bounding);
  else if (bounding !== undefined) draft.needless(bounding.entry, 'who is not SYSTEM has no capabilities but those of its privileges');
  if (ambient !== undefined && isSystem(draft)) draft.needless(ambient.entry, 'SYSTEM has all capabilities that are not taken from it');
  else if (ambient !== undefined) grant(draft, ambient.entry, ambient);
  if (noNewPrivileges !== null && (!isSystem(draft) || bounding !== undefined)) draft.needless(noNewPrivileges, 'that is so anyway');
  else if (noNewPrivileges !== null)
    draft.lost(noNewPrivileges, 'it is so for each Identity but SYSTEM, and for SYSTEM with RequiredPrivileges');
  const asRoot = hooks.filter((hook) => hook.asRoot);
  if (isSystem(draft) || asRoot.length === 0) return;
  if (asRoot.length === hooks.length) return draft.set('hookIdentity', system);
  for (const { entry } of asRoot)
    draft.lost(
      entry,
      'only SYSTEM can do that, and other hooks of the unit are for its user: do it in a Oneshot of SYSTEM that Requires names',
    );
}
