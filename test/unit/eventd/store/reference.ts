/** What a store of eventd must hold, told without a database. */
import { severityOf, subjectsOf } from '../../../../gen/events/events.ts';
import type { HelloRecord } from '../../../../gen/output/types.ts';
import type {
  ClearFilter,
  CommonFilter,
  EventFilter,
  EventText,
  Gap,
  IncomingRecord,
  LogFilter,
  LogLine,
} from '../../../../src/hosted/eventd/store/model.ts';
import { formatTimestamp, parseTimestamp } from '../../../../src/wire/timestamp.ts';

type Entry = { readonly of: 'log' | 'event'; readonly time: bigint | null; readonly value: LogLine | EventText | Gap };

const nsOf = (timestamp: string): bigint => parseTimestamp(timestamp) ?? 0n;

export class Reference {
  readonly #highest = new Map<string, { log: number; event: number }>();
  /** In the order of arrival. */
  entries: Entry[] = [];

  acked({ boot_id }: HelloRecord): { readonly log: number; readonly event: number } {
    return { ...(this.#highest.get(boot_id) ?? { log: 0, event: 0 }) };
  }

  ingest({ boot_id }: HelloRecord, records: readonly IncomingRecord[]): void {
    const highest = this.#highest.get(boot_id) ?? { log: 0, event: 0 };
    this.#highest.set(boot_id, highest);
    const missing = (of: 'log' | 'event', to: number): void => {
      if (to <= highest[of]) return;
      const from = highest[of] + 1;
      this.entries.push({ of, time: null, value: { kind: 'gap', boot_id, from, to, count: to - from + 1 } });
      highest[of] = to;
    };
    for (const record of records) {
      if (record.kind === 'dropped') missing(record.of, record.to);
      else if (record.kind === 'event') {
        if (record.id <= highest.event) continue;
        missing('event', record.id - 1);
        const { id, event, timestamp, payload } = record;
        const value: EventText = {
          kind: 'event',
          boot_id,
          id,
          event,
          timestamp,
          severity: severityOf(record),
          payload: JSON.stringify(payload),
        };
        this.entries.push({ of: 'event', time: nsOf(timestamp), value });
        highest.event = id;
      } else {
        const { origin, job_id, is_error, raw } = record;
        const service = origin.startsWith('jobs/') ? null : origin.replace(/\/.*/, '');
        for (const [at, [delta, text]] of record.lines.entries()) {
          const id = record.first_id + at;
          if (id <= highest.log) continue;
          missing('log', id - 1);
          const time = nsOf(record.first_timestamp) + BigInt(delta);
          const exact = raw?.[at] ?? null;
          const common = { kind: 'line', boot_id, id, service, origin, job_id, is_error, timestamp: formatTimestamp(time), text } as const;
          this.entries.push({ of: 'log', time, value: exact === null ? common : { ...common, raw: exact } });
          highest.log = id;
        }
      }
    }
  }

  logs(filter: LogFilter): (LogLine | Gap)[] {
    const jobs = filter.operation === null ? null : this.#jobsOf(filter.operation);
    return this.#found<LogLine>('log', filter, (line) =>
      [
        isAmong(filter.jobs, line.job_id),
        isAmong(jobs, line.job_id),
        isAmong(folded(filter.services), line.service?.toLowerCase() ?? null),
        filter.stream === null || line.is_error === (filter.stream === 'stderr'),
        filter.readable(line.service),
        hasText(filter, line.text),
      ].every(Boolean),
    );
  }

  events(filter: EventFilter): (EventText | Gap)[] {
    return this.#found<EventText>('event', filter, (event) => {
      const subjects = subjectsOf({ event: event.event, payload: JSON.parse(event.payload) } as Parameters<typeof subjectsOf>[0]);
      return [
        filter.names === null ||
          filter.names.some((name) => name === event.event || (name.endsWith('*') && event.event.startsWith(name.slice(0, -1)))),
        filter.readable(event.event),
        isAmong(filter.severities, event.severity),
        isAmong(filter.causes, subjects.cause),
        isAmong(filter.jobs, subjects.job),
        isAmong(filter.operation === null ? null : [filter.operation], subjects.operation),
        isAmong(folded(filter.services), subjects.service?.toLowerCase() ?? null),
        hasText(filter, event.payload),
      ].every(Boolean);
    });
  }

  /** What is left, and how much went. Rows go as a whole, so lines of one row must have one time here. */
  clear(filter: ClearFilter): { readonly lines: number; readonly events: number } {
    const counts = { lines: 0, events: 0 };
    const services = folded(filter.services);
    this.entries = this.entries.filter(({ of, time, value }) => {
      if (value.kind === 'gap') return true;
      if (filter.of !== null && filter.of !== of) return true;
      if (filter.boot !== null && value.boot_id !== filter.boot) return true;
      if (filter.until !== null && time !== null && time >= filter.until) return true;
      const service = value.kind === 'line' ? value.service : subjectsOf(JSON.parse(`{"payload":${value.payload}}`)).service;
      if (!isAmong(services, service?.toLowerCase() ?? null)) return true;
      if (value.kind === 'line' ? !filter.mayClearLines(value.service) : !filter.mayClearEvents(value.event)) return true;
      if (of === 'log') counts.lines += 1;
      else counts.events += 1;
      return false;
    });
    return counts;
  }

  #found<Found extends LogLine | EventText>(
    of: 'log' | 'event',
    filter: CommonFilter,
    isWanted: (value: Found) => boolean,
  ): (Found | Gap)[] {
    return this.entries
      .filter(({ of: kind, time, value }) => {
        if (kind !== of || (filter.boot !== null && value.boot_id !== filter.boot)) return false;
        if (value.kind === 'gap') return filter.gaps;
        if (filter.since !== null && (time ?? 0n) < filter.since) return false;
        if (filter.until !== null && (time ?? 0n) >= filter.until) return false;
        return isWanted(value as Found);
      })
      .map(({ value }) => value as Found | Gap);
  }

  #jobsOf(operation: string): string[] {
    return this.entries.flatMap(({ value }) => {
      if (value.kind !== 'event' || !['job.created', 'job.ended'].includes(value.event)) return [];
      const payload = JSON.parse(value.payload);
      return payload.operation_id === operation && typeof payload.job_id === 'string' ? [payload.job_id] : [];
    });
  }
}

const isAmong = (asked: readonly string[] | null, value: string | null): boolean =>
  asked === null || (value !== null && asked.includes(value));
const folded = (names: readonly string[] | null): readonly string[] | null => names?.map((name) => name.toLowerCase()) ?? null;
/** The letters of ASCII in one case. */
const asciiFold = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
const hasText = ({ text, ignoreCase }: CommonFilter, within: string): boolean =>
  text === null || (ignoreCase ? asciiFold(within).includes(asciiFold(text)) : within.includes(text));
