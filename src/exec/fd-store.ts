import type { StoreRefusal } from '../../gen/events/types.ts';
import type { Descriptors } from '../kernel/kernel.ts';
import type { KnownDescriptions } from './known-descriptions.ts';
import { createKnownDescriptions } from './known-descriptions.ts';

/** A descriptor kept for the next incarnation of a service. */
export interface StoredDescriptor {
  readonly fd: number;
  readonly name: string;
  /** The service asked not to have it polled. peinit never polls; the wish is kept with it. NTF-025. */
  readonly pollOff: boolean;
}

export interface StoreRequest {
  /** Of the service. */
  readonly key: string;
  /** FDNAME; null: none was given. */
  readonly name: string | null;
  /** Theirs to keep or to close. */
  readonly descriptors: readonly number[];
  readonly pollOff: boolean;
  /** FdStoreMax of the definition in force. */
  readonly max: number;
  /** FdStoreKeep of it: what is kept already is not kept twice. O-23. */
  readonly once: boolean;
}

/**
 * Descriptors that services leave with peinit over their restarts. They are kept by the service's key. Nothing is polled, nothing is
 * dropped by itself. PSD-007 5.3, D-72.
 */
export interface FdStore {
  /** Keeps what fits; one refusal for each descriptor that is closed instead. */
  store(request: StoreRequest): readonly StoreRefusal[];
  /** Closes all of that name. */
  remove(key: string, name: string): void;
  /** In the order of storing. */
  entries(key: string): readonly StoredDescriptor[];
  /** Closes all; also once the new process has its own copies. */
  clear(key: string): void;
}

const defaultName = 'stored';
const legalName = /^[\x20-\x39\x3b-\x7e]{1,255}$/;

const blindness =
  'the kernel does not tell whether two descriptors are the same (fcntl F_DUPFD_QUERY and kcmp are missing or filtered), ' +
  'so what a service with FdStoreKeep stores again is kept twice';

export interface FdStoreParts {
  readonly kernel: Pick<Descriptors, 'closeAside' | 'compareDescriptions'>;
  /** What all services together may keep, so that peinit itself never runs out of descriptors for it. */
  readonly maxOfAll: number;
  readonly warn: (text: string) => void;
}

export function createFdStore({ kernel, maxOfAll, warn }: FdStoreParts): FdStore {
  const stores = new Map<string, StoredDescriptor[]>();
  /** What FdStoreKeep compares with, by the key of the service. */
  const descriptions = new Map<string, KnownDescriptions>();
  let heldOfAll = 0;
  let toldBlind = false;

  function knownOf(key: string, held: readonly StoredDescriptor[]): KnownDescriptions {
    let known = descriptions.get(key);
    // Without FdStoreKeep nothing is noted, and a definition may change.
    if (known?.size !== held.length) {
      known = createKnownDescriptions((fd, other) => kernel.compareDescriptions(fd, other));
      for (const { fd } of held) known.add(fd);
      descriptions.set(key, known);
    }
    return known;
  }

  function refusal(request: StoreRequest, name: string, held: number): StoreRefusal | null {
    if (request.max === 0) return 'disabled';
    if (!legalName.test(name)) return 'invalid_name';
    return held >= request.max || heldOfAll >= maxOfAll ? 'full' : null;
  }

  /** Never by inode: two connections of one socket file are two things. */
  function isKept(fd: number, among: KnownDescriptions): boolean {
    const found = among.find(fd);
    if (found === null && !toldBlind) {
      toldBlind = true;
      warn(blindness);
    }
    return found === true;
  }

  return {
    store(request) {
      const name = request.name === null || request.name === '' ? defaultName : request.name;
      const held = stores.get(request.key) ?? [];
      const refusals: StoreRefusal[] = [];
      const known = request.once && request.max > 0 ? knownOf(request.key, held) : null;
      for (const fd of request.descriptors) {
        const refused = refusal(request, name, held.length);
        const isIllegal = refused !== null && refused !== 'full';
        if (known !== null && !isIllegal && isKept(fd, known)) kernel.closeAside(fd);
        else if (refused === null) {
          held.push({ fd, name, pollOff: request.pollOff });
          known?.add(fd);
          heldOfAll++;
        } else {
          kernel.closeAside(fd);
          refusals.push(refused);
        }
      }
      if (held.length > 0) stores.set(request.key, held);
      return refusals;
    },
    remove(key, name) {
      const held = stores.get(key) ?? [];
      for (const entry of held) if (entry.name === name) kernel.closeAside(entry.fd);
      const kept = held.filter((entry) => entry.name !== name);
      heldOfAll -= held.length - kept.length;
      const left = new Set(kept.map(({ fd }) => fd));
      descriptions.get(key)?.keep((fd) => left.has(fd));
      if (kept.length > 0) stores.set(key, kept);
      else stores.delete(key);
    },
    entries: (key) => stores.get(key) ?? [],
    clear(key) {
      const held = stores.get(key) ?? [];
      for (const { fd } of held) kernel.closeAside(fd);
      heldOfAll -= held.length;
      stores.delete(key);
      descriptions.delete(key);
    },
  };
}
