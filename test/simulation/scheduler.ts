/** Virtual time: what is to happen, in the order of its time; at the same time in the order it was asked for. */
export interface Scheduler {
  /** Nanoseconds since the begin. */
  readonly now: number;
  /** Things that are to happen. */
  readonly size: number;
  at(time: number, run: () => void): Ticket;
  after(delayNs: number, run: () => void): Ticket;
  /** Lets the next thing happen. @returns false: nothing is to happen, or not before `until` */
  step(until: number): boolean;
  /** Time goes on to then: nothing is to happen before. */
  pass(until: number): void;
}

export interface Ticket {
  cancel(): void;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  run: (() => void) | null;
}

export function createScheduler(): Scheduler {
  const heap: Entry[] = [];
  let now = 0;
  let asked = 0;
  let live = 0;

  const isBefore = (one: Entry, other: Entry): boolean => one.time < other.time || (one.time === other.time && one.order < other.order);

  function push(entry: Entry): void {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  function pop(): void {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }

  const scheduler: Scheduler = {
    get now() {
      return now;
    },
    get size() {
      return live;
    },
    at(time, run) {
      const entry: Entry = { time: Math.max(Math.round(time), now), order: asked++, run };
      push(entry);
      live += 1;
      return {
        cancel() {
          if (entry.run === null) return;
          entry.run = null;
          live -= 1;
        },
      };
    },
    after: (delayNs, run) => scheduler.at(now + delayNs, run),
    step(until) {
      for (;;) {
        const next = heap[0];
        if (next === undefined || next.time > until) return false;
        pop();
        const { run } = next;
        if (run === null) continue;
        next.run = null;
        live -= 1;
        now = next.time;
        run();
        return true;
      }
    },
    pass(until) {
      now = Math.max(now, Math.round(until));
    },
  };
  return scheduler;
}
