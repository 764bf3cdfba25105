import { controlAcknowledgement, encodeSubscribeResponse } from '../../gen/control/encode.ts';
import type { EventJournal, JournalEntry } from '../events/journal.ts';
import type { Access } from './access.ts';
import { mayKnowMachine } from './access.ts';
import type { Caller } from './caller.ts';
import type { Client } from './client.ts';
import type { Discretion } from './discretion.ts';

/**
 * Clients that read events. Each gets only what it may know: events of a service need SERVICE_QUERY_STATUS on it, events of no service a
 * right on the machine, and what an event says of other services that the caller may not query is left out. One that reads too slowly is
 * told so and dropped. O-16.
 */
export interface Subscriptions {
  /** Turns the client's connection into a stream. `globs` null: every event. `since` null: new events only. `follows` false: only those. */
  open(client: Client, globs: readonly string[] | null, since: number | null, follows: boolean): void;
  forget(client: Client): void;
  readonly size: number;
}

const lagged = encodeSubscribeResponse({ kind: 'lagged' });

export function createSubscriptions(journal: EventJournal, access: Access, discretion: Discretion): Subscriptions {
  const readers = new Map<Client, (name: string) => boolean>();

  function mayKnow(caller: Caller, { service }: JournalEntry): boolean {
    if (service !== null) return discretion.sees(caller, service);
    return mayKnowMachine(access, caller);
  }

  const lineFor = (caller: Caller, entry: JournalEntry): string =>
    access.queriesAll(caller) ? entry.line : entry.lineWith((text) => discretion.text(caller, text, entry.service));

  journal.onPublish((entry) => {
    for (const [client, wants] of readers) {
      const hasStanding = access.hasStanding(client.peer);
      if (hasStanding && (!wants(entry.name) || !mayKnow(client.peer, entry) || client.send(lineFor(client.peer, entry)))) continue;
      readers.delete(client);
      client.finish(hasStanding ? lagged : null);
    }
  });

  return {
    open(client, globs, since, follows) {
      const wants = matcher(globs);
      const first: string[] = [];
      if (since !== null) {
        const { complete, entries } = journal.after(since);
        if (!complete) first.push(lagged);
        for (const entry of entries) if (wants(entry.name) && mayKnow(client.peer, entry)) first.push(lineFor(client.peer, entry));
      }
      if (follows) readers.set(client, wants);
      client.stream([controlAcknowledgement, ...(follows ? first : [])].join('\n'));
      if (!follows) client.conclude(first.length === 0 ? null : first.join('\n'));
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
