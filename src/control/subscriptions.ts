import { controlAcknowledgement, encodeSubscribeResponse } from '../../gen/control/encode.ts';
import { rights } from '../../gen/options/facts.ts';
import type { EventJournal, JournalEntry } from '../events/journal.ts';
import type { Access, Caller } from './access.ts';
import { queryStatus } from './access.ts';
import type { Client } from './client.ts';

/**
 * Clients that read events. Each gets only what it may know: events of a service need SERVICE_QUERY_STATUS on it, events of no
 * service a right on the machine. One that reads too slowly is told so and dropped. O-16.
 */
export interface Subscriptions {
  /** Turns the client's connection into a stream. `globs` null: every event. `since` null: new events only. */
  open(client: Client, globs: readonly string[] | null, since: number | null): void;
  forget(client: Client): void;
  readonly size: number;
}

const lagged = encodeSubscribeResponse({ kind: 'lagged' });

export function createSubscriptions(journal: EventJournal, access: Access): Subscriptions {
  const readers = new Map<Client, (name: string) => boolean>();

  function mayKnow(caller: Caller, { service }: JournalEntry): boolean {
    if (service !== null) return access.toService(caller, service, queryStatus) === 'granted';
    return (
      access.toMachine(caller, rights.SYSTEM_SHUTDOWN) === 'granted' || access.toMachine(caller, rights.SYSTEM_RELOAD_CONFIG) === 'granted'
    );
  }

  journal.onPublish((entry) => {
    for (const [client, wants] of readers) {
      const hasStanding = access.hasStanding(client.peer);
      if (hasStanding && (!wants(entry.name) || !mayKnow(client.peer, entry) || client.send(entry.line))) continue;
      readers.delete(client);
      client.finish(hasStanding ? lagged : null);
    }
  });

  return {
    open(client, globs, since) {
      const wants = matcher(globs);
      const first = [controlAcknowledgement];
      if (since !== null) {
        const { complete, entries } = journal.after(since);
        if (!complete) first.push(lagged);
        for (const entry of entries) if (wants(entry.name) && mayKnow(client.peer, entry)) first.push(entry.line);
      }
      readers.set(client, wants);
      client.stream(first.join('\n'));
    },
    forget(client) {
      readers.delete(client);
    },
    get size() {
      return readers.size;
    },
  };
}

/** `*` stands for any run of characters, everything else for itself. */
export function matcher(globs: readonly string[] | null): (name: string) => boolean {
  if (globs === null) return () => true;
  const patterns = globs.map((glob) => glob.split('*'));
  return (name) => patterns.some((parts) => matches(name, parts));
}

/** Bounded work whatever the pattern: each part is looked for once, from where the one before it ended. */
function matches(name: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts[parts.length - 1] ?? '';
  if (parts.length === 1) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
