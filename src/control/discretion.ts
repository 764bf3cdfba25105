/**
 * What is told of services to callers that may not query them all: nothing, neither by name nor between the lines. Whatever text speaks of
 * a service that the caller may not query is left out as a whole. PRIN-006, O-29.
 */
import { foldName, isMountName } from '../policy/definition/names.ts';
import { serviceOfTree } from '../policy/tree-names.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import { queryStatus } from './rights.ts';

export interface Discretion {
  /** Whether the caller may know the state of that service, by its name in any case. */
  sees(caller: Caller, service: string): boolean;
  /** Whether it may know what a text says, which is about `of`, or about no service. */
  mayRead(caller: Caller, text: string, of: string | null): boolean;
  /** The text, or that something is withheld. */
  text<T extends string | null>(caller: Caller, text: T, of: string | null): T | string;
  /** The same of several. */
  texts(caller: Caller, texts: readonly string[], of: string | null): readonly string[];
  /** Those services that it may query. */
  seen(caller: Caller, services: readonly string[]): readonly string[];
}

/** Said where a text was left out. */
export const withheld = 'This is withheld: it speaks of services that the caller may not query.';

/** Where the name of a mount begins, and whatever may be the name of a service. */
const words = /mount:(?=\/)|[A-Za-z0-9._-]+/g;
/** What may be the name of a cgroup whose service has other characters than its own. */
const trees = /[A-Za-z0-9._-]*%[A-Za-z0-9._%-]*/g;
/** More than the name of a mount may have. */
const longestMountName = 1100;

export function createDiscretion(access: Access): Discretion {
  const sees = (caller: Caller, service: string): boolean => access.holds(caller, foldName(service), queryStatus);

  /** A name at the end of a sentence has its full stop; both are legal in a name. */
  function isHidden(caller: Caller, word: string, own: string | null): boolean {
    for (let name = foldName(word); name !== ''; name = name.slice(0, -1)) {
      if (access.isService(name) && name !== own && !access.holds(caller, name, queryStatus)) return true;
      if (!/[._-]$/.test(name)) return false;
    }
    return false;
  }

  /** Paths may hold anything: the longest name that is one is meant. SEC-030. */
  function isHiddenMount(caller: Caller, text: string, own: string | null): boolean {
    for (let name = text.slice(0, longestMountName); name.length > 'mount:'.length; name = name.slice(0, -1))
      if (access.isService(name)) return name !== own && !access.holds(caller, name, queryStatus);
    return false;
  }

  /** The cgroup of a service says its name in another form. Of one that is cut off nobody knows whose it is. */
  function isHiddenTree(caller: Caller, tree: string, own: string | null): boolean {
    const name = serviceOfTree(tree);
    if (name === null) return true;
    return isMountName(name) ? isHiddenMount(caller, name, own) : isHidden(caller, name, own);
  }

  function mayRead(caller: Caller, text: string, of: string | null): boolean {
    if (access.queriesAll(caller)) return true;
    const own = of === null ? null : foldName(of);
    if (text.includes('%') && Array.from(text.matchAll(trees)).some(([tree]) => isHiddenTree(caller, tree, own))) return false;
    return !Array.from(text.matchAll(words)).some(({ 0: word, index }) =>
      word === 'mount:' ? isHiddenMount(caller, text.slice(index), own) : isHidden(caller, word, own),
    );
  }

  const readable = <T extends string | null>(caller: Caller, text: T, of: string | null): T | string =>
    text === null || mayRead(caller, text, of) ? text : withheld;

  // Mostly there is nothing to look at.
  return {
    sees,
    mayRead,
    text: readable,
    texts: (caller, texts, of) => (texts.length === 0 ? texts : texts.map((text) => readable(caller, text, of))),
    seen: (caller, services) => (services.length === 0 ? services : services.filter((service) => sees(caller, service))),
  };
}
