import { encodeSubscribeResponse } from '../../gen/control/encode.ts';
import type { EventName, EventOf } from '../../gen/events/events.ts';
import { auditEvents, serviceOf } from '../../gen/events/events.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { formatTimestamp } from '../wire/timestamp.ts';
import { Fifo } from './fifo.ts';
import type { ChangeText } from './texts.ts';
import { withTexts } from './texts.ts';

/**
 * The events of this boot: numbered from 1 on, the latest of them held in two rings of fixed size. One is for the audit's records, which no
 * other event pushes out; of those each caller, or service, has its own, and where the ring is full the oldest of the one with the most
 * goes: whoever floods it loses what is its own. From the other ring the oldest is dropped first. An event becomes text only when somebody
 * reads it. O-16, WIRE-042, LOG-005, EVT-013.
 */
export interface JournalEntry {
  readonly id: number;
  readonly name: EventName;
  /** Service that it is about, or null. */
  readonly service: string | null;
  /** The event as one line, without its newline. */
  readonly line: string;
  /** The same for a reader who may not know all that its texts say. */
  lineWith(change: ChangeText): string;
}

export interface EventJournal {
  /** `at`: when it happened. `by`: whose doing it is, for the audit; the service that it is about when left out. */
  publish(at: RealtimeNs, event: EventOf, by?: string): JournalEntry;
  /** What is held of the events after `id`. `complete`: none of them is missing. */
  after(id: number): { readonly complete: boolean; readonly entries: readonly JournalEntry[] };
  /** Called with each event as it is published. */
  onPublish(listener: (entry: JournalEntry) => void): void;
  readonly lastId: number;
  /** Records of the audit that had to go. */
  readonly auditDropped: number;
}

const ringBytes = 262_144;
/** What the line has beside name and payload: braces, member names, id and timestamp. */
const lineOverhead = 110;

/** About what a value takes as JSON. Of every event, so that no list of its members is made for it. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  const members = value as Readonly<Record<string, unknown>>;
  let size = 2;
  for (const name in members) size += name.length + 4 + sizeOf(members[name]);
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
    this.#line ??= this.#encode(this.#event);
    return this.#line;
  }

  lineWith(change: ChangeText): string {
    const changed = withTexts(this.#event, change);
    return changed === this.#event ? this.line : this.#encode(changed);
  }

  #encode(event: EventOf): string {
    return encodeSubscribeResponse({ kind: 'event', id: this.id, timestamp: formatTimestamp(this.#at), ...event });
  }
}

export function createEventJournal(capacityBytes = ringBytes): EventJournal {
  let lastId = 0;
  /** The latest event that is not held any more. */
  let lastDropped = 0;
  let auditDropped = 0;
  let auditBytes = 0;
  const ordinary = new Fifo<Entry>();
  const audit = new Map<string, Fifo<Entry>>();
  const listeners: ((entry: JournalEntry) => void)[] = [];

  function hold(entry: Entry, by: string | undefined): void {
    if (!auditEvents.has(entry.name)) {
      ordinary.push(entry);
      while (ordinary.size > capacityBytes) forget(ordinary);
      return;
    }
    const whose = by ?? entry.service ?? '';
    const own = audit.get(whose) ?? new Fifo<Entry>();
    audit.set(whose, own);
    own.push(entry);
    auditBytes += entry.size;
    while (auditBytes > capacityBytes) makeRoomForAudit();
  }

  function makeRoomForAudit(): void {
    const [whose, most] = mostRecords();
    auditBytes -= forget(most);
    auditDropped += 1;
    if (most.length === 0) audit.delete(whose);
  }

  function mostRecords(): [string, Fifo<Entry>] {
    let found: [string, Fifo<Entry>] | null = null;
    for (const each of audit) if (found === null || each[1].length > found[1].length) found = each;
    return found ?? ['', ordinary];
  }

  function forget(ring: Fifo<Entry>): number {
    const entry = ring.shift();
    lastDropped = Math.max(lastDropped, entry?.id ?? 0);
    return entry?.size ?? 0;
  }

  return {
    publish(at, event, by) {
      const entry = new Entry(++lastId, at, event);
      hold(entry, by);
      for (const listener of listeners) listener(entry);
      return entry;
    },
    after(id) {
      const held = [ordinary, ...audit.values()].flatMap((ring) => ring.from((entry) => entry.id > id));
      return { complete: id >= lastDropped, entries: held.sort((one, other) => one.id - other.id) };
    },
    onPublish(listener) {
      listeners.push(listener);
    },
    get lastId() {
      return lastId;
    },
    get auditDropped() {
      return auditDropped;
    },
  };
}
