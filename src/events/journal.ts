import { encodeSubscribeResponse } from '../../gen/control/encode.ts';
import type { EventName, EventOf } from '../../gen/events/events.ts';
import { serviceOf } from '../../gen/events/events.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { formatTimestamp } from '../wire/timestamp.ts';

/**
 * The events of this boot: numbered from 1 on, the latest of them held in a ring of fixed size, oldest dropped first. An event
 * becomes text only when somebody reads it. O-16, WIRE-042, LOG-005.
 */
export interface JournalEntry {
  readonly id: number;
  readonly name: EventName;
  /** Service that it is about, or null. */
  readonly service: string | null;
  /** The event as one line, without its newline. */
  readonly line: string;
}

export interface EventJournal {
  /** `at`: when it happened. */
  publish(at: RealtimeNs, event: EventOf): JournalEntry;
  /** What is held of the events after `id`. `complete`: none of them is missing. */
  after(id: number): { readonly complete: boolean; readonly entries: readonly JournalEntry[] };
  /** Called with each event as it is published. */
  onPublish(listener: (entry: JournalEntry) => void): void;
  readonly lastId: number;
}

const ringBytes = 262_144;
/** What the line has beside name and payload: braces, member names, id and timestamp. */
const lineOverhead = 110;

/** About what a value takes as JSON. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const [name, member] of Object.entries(value)) size += name.length + 4 + sizeOf(member);
  return size;
}

class Entry implements JournalEntry {
  readonly id: number;
  readonly size: number;
  readonly #at: RealtimeNs;
  readonly #event: EventOf;
  #line: string | null = null;

  constructor(id: number, at: RealtimeNs, event: EventOf) {
    this.id = id;
    this.#at = at;
    this.#event = event;
    this.size = lineOverhead + event.event.length + sizeOf(event.payload);
  }

  get name(): EventName {
    return this.#event.event;
  }

  get service(): string | null {
    return serviceOf(this.#event);
  }

  get line(): string {
    this.#line ??= encodeSubscribeResponse({ kind: 'event', id: this.id, timestamp: formatTimestamp(this.#at), ...this.#event });
    return this.#line;
  }
}

export function createEventJournal(capacityBytes = ringBytes): EventJournal {
  let lastId = 0;
  /** From `oldest` on; the part before it is cut off now and then. */
  let entries: (Entry | null)[] = [];
  let oldest = 0;
  let held = 0;
  const listeners: ((entry: JournalEntry) => void)[] = [];

  function makeRoom(): void {
    while (held > capacityBytes && oldest < entries.length) {
      held -= entries[oldest]?.size ?? 0;
      // Its text is given back at once, its place later.
      entries[oldest++] = null;
    }
    if (oldest > 1024 && oldest * 2 > entries.length) {
      entries = entries.slice(oldest);
      oldest = 0;
    }
  }

  return {
    publish(at, event) {
      const entry = new Entry(++lastId, at, event);
      entries.push(entry);
      held += entry.size;
      makeRoom();
      for (const listener of listeners) listener(entry);
      return entry;
    },
    after(id) {
      const first = lastId - (entries.length - oldest) + 1;
      const from = Math.max(id + 1, first);
      return {
        complete: id + 1 >= first,
        entries: from > lastId ? [] : entries.slice(oldest + from - first).filter((entry) => entry !== null),
      };
    },
    onPublish(listener) {
      listeners.push(listener);
    },
    get lastId() {
      return lastId;
    },
  };
}
