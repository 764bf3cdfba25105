/** Deadlines in a binary heap: earliest first, equal instants in order of arrival. Removal is O(log n) by remembered place. */
import type { MonotonicNs } from '../kernel/kernel.ts';

export interface DeadlineEntry<Instant extends bigint = MonotonicNs> {
  readonly instant: Instant;
  readonly sequence: number;
  readonly handler: () => void;
  /** Place in the heap, -1 when it is not there. */
  place: number;
  cancelled: boolean;
}

export interface DeadlineHeap<Instant extends bigint = MonotonicNs> {
  readonly size: number;
  add(instant: Instant, handler: () => void): DeadlineEntry<Instant>;
  /** False when it is not there any more. */
  remove(entry: DeadlineEntry<Instant>): boolean;
  first(): DeadlineEntry<Instant> | undefined;
  /** Takes out those at or before `now`, in order, all or so many. */
  takeDue(now: Instant, most?: number): DeadlineEntry<Instant>[];
}

function before(a: DeadlineEntry<bigint>, b: DeadlineEntry<bigint>): boolean {
  return a.instant < b.instant || (a.instant === b.instant && a.sequence < b.sequence);
}

export function createDeadlineHeap<Instant extends bigint = MonotonicNs>(): DeadlineHeap<Instant> {
  type Entry = DeadlineEntry<Instant>;
  const entries: Entry[] = [];
  let sequence = 0;

  function put(entry: Entry, place: number): void {
    entries[place] = entry;
    entry.place = place;
  }

  function rise(entry: Entry, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = entries[(place - 1) >> 1];
      if (parent === undefined || !before(entry, parent)) break;
      put(parent, place);
      place = (place - 1) >> 1;
    }
    put(entry, place);
  }

  function sink(entry: Entry, from: number): void {
    let place = from;
    for (;;) {
      let childPlace = 2 * place + 1;
      let child = entries[childPlace];
      const right = entries[childPlace + 1];
      if (child !== undefined && right !== undefined && before(right, child)) {
        child = right;
        childPlace += 1;
      }
      if (child === undefined || !before(child, entry)) break;
      put(child, place);
      place = childPlace;
    }
    put(entry, place);
  }

  function remove(entry: Entry): boolean {
    const place = entry.place;
    if (place < 0) return false;
    entry.place = -1;
    const last = entries.pop();
    if (last === undefined || last === entry) return true;
    rise(last, place);
    if (last.place === place) sink(last, place);
    return true;
  }

  return {
    get size() {
      return entries.length;
    },
    add(instant, handler) {
      const entry: Entry = { instant, sequence: sequence++, handler, place: entries.length, cancelled: false };
      entries.push(entry);
      rise(entry, entries.length - 1);
      return entry;
    },
    remove,
    first: () => entries[0],
    takeDue(now, most = Number.POSITIVE_INFINITY) {
      const due: Entry[] = [];
      for (let first = entries[0]; first !== undefined && first.instant <= now && due.length < most; first = entries[0]) {
        remove(first);
        due.push(first);
      }
      return due;
    },
  };
}
