import { encodeSubscribeResponse } from '../../gen/control/encode.ts';
import type { JsonObject, JsonValue } from '../json/text.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { formatTimestamp } from '../wire/timestamp.ts';

/**
 * The events of this boot: numbered from 1 on, the latest of them held in a ring of fixed size, oldest dropped first. An event
 * becomes text only when somebody reads it. O-16, WIRE-042, LOG-005.
 */
export interface PeinitEvent {
  /** Dotted name. */
  readonly name: string;
  /** When it happened. */
  readonly at: RealtimeNs;
  /** Service that it is about, or null. */
  readonly service: string | null;
  readonly payload: JsonObject;
}

export interface JournalEntry extends PeinitEvent {
  readonly id: number;
  /** The event as one line, without its newline. */
  readonly line: string;
}

export interface EventJournal {
  publish(event: PeinitEvent): JournalEntry;
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
function sizeOf(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const name in value) size += name.length + 4 + sizeOf((value as JsonObject)[name]);
  return size;
}

class Entry implements JournalEntry {
  readonly id: number;
  readonly name: string;
  readonly at: RealtimeNs;
  readonly service: string | null;
  readonly payload: JsonObject;
  readonly size: number;
  #line: string | null = null;

  constructor(id: number, { name, at, service, payload }: PeinitEvent) {
    this.id = id;
    this.name = name;
    this.at = at;
    this.service = service;
    this.payload = payload;
    this.size = lineOverhead + name.length + sizeOf(payload);
  }

  get line(): string {
    const { id, name, at, payload } = this;
    this.#line ??= encodeSubscribeResponse({ kind: 'event', id, event: name, timestamp: formatTimestamp(at), payload });
    return this.#line;
  }
}

const dropped = new Entry(0, { name: '', at: 0n, service: null, payload: {} });

export function createEventJournal(capacityBytes = ringBytes): EventJournal {
  let lastId = 0;
  /** From `oldest` on; the part before it is cut off now and then. */
  let entries: Entry[] = [];
  let oldest = 0;
  let held = 0;
  const listeners: ((entry: JournalEntry) => void)[] = [];

  function makeRoom(): void {
    while (held > capacityBytes && oldest < entries.length) {
      held -= entries[oldest]?.size ?? 0;
      // Its text is given back at once, its place later.
      entries[oldest++] = dropped;
    }
    if (oldest > 1024 && oldest * 2 > entries.length) {
      entries = entries.slice(oldest);
      oldest = 0;
    }
  }

  return {
    publish(event) {
      const entry = new Entry(++lastId, event);
      entries.push(entry);
      held += entry.size;
      makeRoom();
      for (const listener of listeners) listener(entry);
      return entry;
    },
    after(id) {
      const first = lastId - (entries.length - oldest) + 1;
      const from = Math.max(id + 1, first);
      return { complete: id + 1 >= first, entries: from > lastId ? [] : entries.slice(oldest + from - first) };
    },
    onPublish(listener) {
      listeners.push(listener);
    },
    get lastId() {
      return lastId;
    },
  };
}
