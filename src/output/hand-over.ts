import type { EventJournal, JournalEntry } from '../events/journal.ts';
import type { Burst, OutputRing } from './output-ring.ts';
import type { Ids, Loss, Sink, SinkEvents } from './sink.ts';

/**
 * What goes to the event daemon next. Lines wait in their ring and events in the journal, each kind in the order of its ids, and both stay
 * there until they are acknowledged or pushed out: the rings are what was kept before anybody listened, what is under way, and what is sent
 * anew after a loss of the connection. So nothing is counted: ids that are missing before the next one are told as lost. LOG-014, LOG-015,
 * LOG-017, WIRE-041.
 */
export interface HandOver extends Omit<SinkEvents, 'room'> {
  /** There is something new, or room for it. */
  send(): void;
  /** Somebody takes it. */
  readonly standing: boolean;
  /** All that is there was taken. */
  readonly done: boolean;
  /** All that was taken is acknowledged. */
  readonly settled: boolean;
  /** The highest ids that ever went out: what is beyond cannot have been received. */
  readonly sent: Ids;
}

export interface HandOverParts {
  readonly ring: Pick<OutputRing, 'next' | 'sent' | 'rewind' | 'acknowledge'>;
  readonly journal: Pick<EventJournal, 'after' | 'lastId'>;
  readonly sink: Sink;
}

/** About how much goes in one turn, so that other work has its turn too. LOG-013. */
const bytesPerTurn = 512 * 1024;

export function createHandOver({ ring, journal, sink }: HandOverParts): HandOver {
  let standing = false;
  /** What went out last over this connection. */
  let at: Ids = { log: 0, event: 0 };
  let acknowledged: Ids = at;
  let highest: Ids = at;
  /** Events that were read from the journal at once, and the first of them that has not gone. */
  let entries: readonly JournalEntry[] = [];
  let first = 0;
  /** By how much events are ahead of lines while there are both. Neither crowds out the other. LOG-006. */
  let ahead = 0;

  function reached(next: Ids): void {
    at = next;
    highest = { log: Math.max(highest.log, at.log), event: Math.max(highest.event, at.event) };
  }

  /** The next event; a loss, when those before it are gone; null: there is none. */
  function nextEvent(): JournalEntry | Loss | null {
    while (first < entries.length && (entries[first]?.id ?? 0) <= at.event) first += 1;
    if (first >= entries.length) {
      if (journal.lastId <= at.event) return null;
      ({ entries } = journal.after(at.event));
      first = 0;
    }
    const entry = entries[first];
    const id = entry?.id ?? journal.lastId + 1;
    if (id > at.event + 1) return { of: 'event', from: at.event + 1, to: id - 1 };
    return entry ?? null;
  }

  /** Bytes that went; 0: there was no room. */
  function sendEvent(next: JournalEntry | Loss): number {
    if ('of' in next) return sendLoss(next);
    if (!sink.event(next.line)) return 0;
    reached({ ...at, event: next.id });
    return next.line.length;
  }

  function sendLoss(loss: Loss): number {
    if (!sink.loss(loss)) return 0;
    reached({ ...at, [loss.of]: loss.to });
    return 1;
  }

  /** Bytes that went; 0: there was no room. */
  function sendLines(burst: Burst): number {
    if (burst.firstId > at.log + 1) return sendLoss({ of: 'log', from: at.log + 1, to: burst.firstId - 1 });
    const skip = at.log + 1 - burst.firstId;
    const taken = skip < burst.lines ? sink.lines(burst, skip) : 0;
    if (skip + taken >= burst.lines) ring.sent();
    if (taken === 0) return skip < burst.lines ? 0 : 1;
    reached({ ...at, log: at.log + taken });
    return Math.ceil((burst.bytes.length * taken) / burst.lines);
  }

  function send(): void {
    if (!standing) return;
    for (let left = bytesPerTurn; ; ) {
      const burst = ring.next();
      const event = nextEvent();
      if (burst === null && event === null) return sink.flush(false);
      if (left <= 0) return sink.flush(true);
      const isEvent = event !== null && (burst === null || ahead <= 0);
      const sent = isEvent ? sendEvent(event) : burst === null ? 0 : sendLines(burst);
      if (sent === 0) return sink.flush(true);
      ahead = burst === null || event === null ? 0 : ahead + (isEvent ? sent : -sent);
      left -= sent;
    }
  }

  return {
    begins(held) {
      standing = true;
      acknowledged = held;
      entries = [];
      ring.acknowledge(held.log);
      reached(held);
      send();
    },
    send,
    acknowledged(ids) {
      acknowledged = { log: Math.max(acknowledged.log, ids.log), event: Math.max(acknowledged.event, ids.event) };
      ring.acknowledge(acknowledged.log);
      // What was sent over an earlier connection may be kept a little later than this one began.
      reached({ log: Math.max(at.log, acknowledged.log), event: Math.max(at.event, acknowledged.event) });
    },
    ended() {
      standing = false;
      entries = [];
      ring.rewind();
    },
    get standing() {
      return standing;
    },
    get done() {
      return ring.next() === null && nextEvent() === null;
    },
    get settled() {
      return acknowledged.log >= at.log && acknowledged.event >= at.event;
    },
    get sent() {
      return highest;
    },
  };
}
