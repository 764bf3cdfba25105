import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { HelloRecord } from '../../../../gen/output/types.ts';
import type { StoreOptions } from '../../../../src/hosted/eventd/store/event-store.ts';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import type {
  CommonFilter,
  EventFilter,
  EventText,
  Gap,
  IncomingRecord,
  LogFilter,
  LogLine,
  Part,
  Scan,
  ScanOptions,
} from '../../../../src/hosted/eventd/store/model.ts';
import { formatTimestamp } from '../../../../src/wire/timestamp.ts';

/** A directory that goes with the test. */
export function storeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'eventd-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const wide = { maxBytes: 1 << 30, maxAgeSeconds: null } as const;

/** A store that is closed with the test; the clock stands still where none is given. */
export function openTestStore(t: Test, options: Partial<StoreOptions> & { readonly directory?: string } = {}): EventStore {
  const store = EventStore.open({ directory: storeDirectory(t), limits: wide, now: () => instant(0), ...options });
  t.teardown(() => store.close());
  return store;
}

/** So many seconds after a certain time. */
export const instant = (seconds: number): bigint => 1_767_225_600_000_000_000n + BigInt(Math.round(seconds * 1e9));
export const stamp = (seconds: number): string => formatTimestamp(instant(seconds));

export const boot = (name: string): HelloRecord => ({ boot_id: name, started_at: stamp(0) });
export const firstBoot = boot('11111111-0000-4000-8000-000000000000');

/** Lines of one moment. */
export function log(
  origin: string,
  firstId: number,
  lines: readonly string[],
  also: { readonly seconds?: number; readonly isError?: boolean; readonly job?: string; readonly raw?: readonly (string | null)[] } = {},
): IncomingRecord {
  return {
    kind: 'log',
    origin,
    job_id: also.job ?? `job-of-${origin}`,
    is_error: also.isError ?? false,
    first_id: firstId,
    first_timestamp: stamp(also.seconds ?? firstId),
    lines: lines.map((text) => [0, text] as const),
    ...(also.raw === undefined ? {} : { raw: also.raw }),
  };
}

const everything: CommonFilter = {
  services: null,
  jobs: null,
  operation: null,
  boot: null,
  since: null,
  until: null,
  text: null,
  ignoreCase: false,
  gaps: true,
};
export const logFilter = (some: Partial<LogFilter> = {}): LogFilter => ({ ...everything, stream: null, readable: () => true, ...some });
export const eventFilter = (some: Partial<EventFilter> = {}): EventFilter => ({
  ...everything,
  names: null,
  severities: null,
  causes: null,
  readable: () => true,
  ...some,
});
export const scanOptions = (some: Partial<ScanOptions> = {}): ScanOptions => ({ order: 'oldest', after: null, most: null, ...some });

/** All parts of a scan. */
export function partsOf<Entry>(scan: Scan<Entry>): Part<Entry>[] {
  const parts: Part<Entry>[] = [];
  for (;;) {
    const part = scan.step();
    parts.push(part);
    if (part.done) return parts;
  }
}

export const entriesOf = <Entry>(scan: Scan<Entry>): readonly (Entry | Gap)[] => partsOf(scan).flatMap(({ entries }) => entries);

/** What a log query finds: texts, and gaps as `[from-to]`. */
export const textsOf = (store: EventStore, filter: Partial<LogFilter> = {}, options: Partial<ScanOptions> = {}): string[] =>
  entriesOf(store.logs(logFilter(filter), scanOptions(options))).map(shown);

export const shown = (entry: LogLine | Gap): string => (entry.kind === 'gap' ? `[${entry.from}-${entry.to}]` : entry.text);

/** What an event query finds: names with ids, and gaps as `[from-to]`. */
export const eventsOf = (store: EventStore, filter: Partial<EventFilter> = {}, options: Partial<ScanOptions> = {}): string[] =>
  entriesOf(store.events(eventFilter(filter), scanOptions(options))).map((entry: EventText | Gap) =>
    entry.kind === 'gap' ? `[${entry.from}-${entry.to}]` : `${entry.event} ${entry.id}`,
  );
