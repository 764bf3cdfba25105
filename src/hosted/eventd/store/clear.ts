import { foldName } from '../../../policy/definition/names.ts';
import { rangeOfBoot } from './boots.ts';
import { integerOf, integerOrNull, timeColumns, timeOf } from './columns.ts';
import type { Lanes } from './lanes.ts';
import { nextWindow, windowRows } from './lanes.ts';
import { lastUntil } from './minutes.ts';
import type { Cleared, ClearFilter } from './model.ts';
import { channelOf } from './names.ts';
import type { Opened } from './opened.ts';
import { removeBursts, removeEvents, removeGaps } from './remove.ts';

/** Clears what a filter names, window by window, up to what was stored when it began. */
export class StoreClearing {
  readonly opened: Opened;
  readonly #filter: ClearFilter;
  readonly #boot: number | null;
  readonly #last: number;
  readonly #bursts: Lanes | null;
  readonly #events: Lanes | null;
  readonly #services: ReadonlySet<number> | null;
  readonly #eventNames: ReadonlySet<number>;
  /** Whether those who ask may clear all of a kind, and so what is said to be missing of it. */
  readonly #isAllOf: { readonly log: boolean; readonly event: boolean };
  #at: number;
  #lines = 0;
  #eventCount = 0;

  constructor(opened: Opened, filter: ClearFilter) {
    const range = filter.boot === null ? null : rangeOfBoot(opened, filter.boot);
    const services = opened.names.services();
    const asked = filter.services === null ? null : new Set(filter.services.map(foldName));
    const named = services.filter(({ name }) => asked === null || (name !== '' && asked.has(foldName(name))));
    const ofLines = named.filter(({ name }) => filter.mayClearLines(name === '' ? null : name));
    const names = opened.names.events();
    const ofEvents = names.filter(({ name }) => filter.mayClearEvents(name));
    this.opened = opened;
    this.#filter = filter;
    this.#boot = range?.number ?? null;
    this.#at = Math.max(opened.floor, range?.first ?? 0);
    const until = filter.until === null ? opened.next - 1 : (lastUntil(opened, filter.until) ?? 0);
    this.#last = filter.boot !== null && range === null ? 0 : Math.min(until, opened.next - 1, range?.last ?? Number.MAX_SAFE_INTEGER);
    const channels = ofLines.flatMap(({ number }) => [channelOf(number, false), channelOf(number, true)]);
    const isAllLines = ofLines.length === services.length;
    const all: Lanes = { table: 'burst', column: null, values: [null], prefilters: [] };
    this.#bursts = filter.of === 'event' ? null : isAllLines ? all : { ...all, column: 'channel', values: channels };
    this.#services = asked === null ? null : new Set(named.map(({ number }) => number));
    this.#eventNames = new Set(ofEvents.map(({ number }) => number));
    this.#events = filter.of === 'log' ? null : { ...all, table: 'event' };
    this.#isAllOf = {
      log: filter.of !== 'event' && asked === null && isAllLines,
      event: filter.of !== 'log' && asked === null && ofEvents.length === names.length,
    };
  }

  step(): Cleared {
    if (this.#at <= this.#last) this.opened.atomically(() => this.#clearWindow());
    return { lines: this.#lines, events: this.#eventCount, done: this.#at > this.#last };
  }

  #clearWindow(): void {
    const { connection } = this.opened;
    const low = this.#at;
    let high = this.#last;
    const lanes = [this.#bursts, this.#events].filter((one) => one !== null);
    for (const one of lanes) high = nextWindow(connection, one, 'oldest', windowRows, low, high).high;
    let [lines, events] = [0, 0];
    for (const one of lanes) {
      for (const seq of nextWindow(connection, one, 'oldest', windowRows, low, high).seqs) {
        if (one.table === 'burst' ? !this.#isBurstToGo(seq) : !this.#isEventToGo(seq)) continue;
        if (one.table === 'burst') lines += removeBursts(this.opened, seq, seq);
        else events += removeEvents(this.opened, seq, seq);
      }
    }
    this.#clearGaps(low, high);
    this.#at = high + 1;
    this.#lines += lines;
    this.#eventCount += events;
  }

  #isBurstToGo(seq: number): boolean {
    const row = this.opened.connection.statement(`SELECT source, ${timeColumns('time')} FROM burst WHERE seq = ?`).get(seq);
    if (row === undefined) return false;
    const { boot } = this.opened.names.sourceOf(integerOf(row, 'source'));
    return (this.#boot === null || boot === this.#boot) && this.#isBefore(row);
  }

  #isEventToGo(seq: number): boolean {
    const row = this.opened.connection.statement(`SELECT boot, name, service, ${timeColumns('time')} FROM event WHERE seq = ?`).get(seq);
    if (row === undefined || !this.#eventNames.has(integerOf(row, 'name'))) return false;
    const service = integerOrNull(row, 'service');
    if (this.#services !== null && (service === null || !this.#services.has(service))) return false;
    return (this.#boot === null || integerOf(row, 'boot') === this.#boot) && this.#isBefore(row);
  }

  #isBefore(row: Record<string, unknown>): boolean {
    return this.#filter.until === null || timeOf(row, 'time') < this.#filter.until;
  }

  #clearGaps(low: number, high: number): void {
    const { connection } = this.opened;
    for (const row of connection.statement('SELECT seq, boot, is_event FROM gap WHERE seq BETWEEN ? AND ?').all(low, high)) {
      const isOf = row['is_event'] === 0 ? this.#isAllOf.log : this.#isAllOf.event;
      const seq = integerOf(row, 'seq');
      if (isOf && (this.#boot === null || row['boot'] === this.#boot)) removeGaps(this.opened, seq, seq);
    }
  }
}
