import type { OutputStream } from '../../../../gen/jobs/types.ts';
import type { Severity } from '../../../../gen/options/types.ts';
import type {
  LogEntry,
  OutputRecord,
  RecordOrder,
  RecordSubject,
  StorageResponse,
  StoredBoot,
  StoredEvent,
} from '../../../../gen/output/types.ts';

/**
 * What the store of eventd takes and gives, in the shapes of the wire (`spec/peinit/output/v1`). Lines and events are numbered by process
 * 1, separately and rising within a boot; the store has an order of its own besides, that of arrival, which cursors name.
 *
 * Everything here is synchronous and bounded. Whatever cannot be done throws a `StoreFailure` and nothing else: then nothing was stored,
 * and the caller may try again.
 */

/** What process 1 tells, but for who it is. */
export type IncomingRecord = Exclude<OutputRecord, { readonly kind: 'hello' }>;

/** Conditions that must all hold; null: any. */
export interface CommonFilter {
  /** Services, in any case; a service's hooks and checks belong to it. */
  readonly services: readonly string[] | null;
  readonly jobs: readonly string[] | null;
  /** An operation: its events, and the lines of the jobs that events name with it. */
  readonly operation: string | null;
  readonly boot: string | null;
  /** Nanoseconds since the epoch, included. */
  readonly since: bigint | null;
  /** Nanoseconds since the epoch, not included. */
  readonly until: bigint | null;
  /** Text within a line, or within an event's payload as JSON. */
  readonly text: string | null;
  /** The letters a to z count in either case. */
  readonly ignoreCase: boolean;
  /** Whether what is missing is told where it is missing. */
  readonly gaps: boolean;
}

export interface LogFilter extends CommonFilter {
  readonly stream: OutputStream | null;
  /** Whether the reader may see lines of this service; null: those of ad-hoc jobs. Asked once for each service. */
  readable(service: string | null): boolean;
}

export interface EventFilter extends CommonFilter {
  /** Names, where `*` stands for any characters. */
  readonly names: readonly string[] | null;
  readonly severities: readonly Severity[] | null;
  readonly causes: readonly string[] | null;
  /** Whether the reader may see events of this name; asked once for each name. */
  readable(event: string): boolean;
}

/** Where to begin and which way to go. */
export interface ScanOptions {
  readonly order: RecordOrder;
  /** Of an earlier part: goes on behind what that returned, in this order. Null: from the newest, or from the oldest. */
  readonly after: string | null;
  /** Lines or events at most; gaps do not count. Null: all. */
  readonly most: number | null;
}

export type LogLine = Extract<LogEntry, { readonly kind: 'line' }>;
export type Gap = Extract<LogEntry, { readonly kind: 'gap' }>;

/** An event as it is stored: its payload is JSON already. */
export type EventText = { readonly kind: 'event'; readonly payload: string } & Omit<StoredEvent, 'payload'>;

export interface Part<Entry> {
  /** In the order that was asked for; may be empty although there is more. */
  readonly entries: readonly (Entry | Gap)[];
  /** Nothing is left; of an `oldest` scan: nothing of what was there when it began. */
  readonly done: boolean;
  /** Behind everything that was looked at: goes on there, in either order, in this scan or another one. */
  readonly cursor: string;
}

/** A query under way. Each step is a bounded piece of work, between which records may be ingested and old ones deleted. */
export interface Scan<Entry> {
  /** Behind the newest of what was stored when the scan began: where a follower goes on, with order `oldest`. */
  readonly head: string;
  /** Something that was asked for is not for the reader, and is left out. */
  readonly hides: boolean;
  step(): Part<Entry>;
}

/** Which boot is the present one is for others to tell. */
export type BootSummary = Omit<StoredBoot, 'current'>;

/** What retention keeps to. */
export interface Limits {
  readonly maxBytes: number;
  /** Null: as old as they may be. */
  readonly maxAgeSeconds: number | null;
}

/** What stands in the way of storing is for others to tell. */
export type StorageSummary = Omit<StorageResponse, 'max_bytes' | 'max_age_days' | 'problem'> & { readonly limits: Limits };

/** What is to go; conditions that must all hold. */
export interface ClearFilter {
  /** Null: both. */
  readonly of: RecordSubject | null;
  readonly services: readonly string[] | null;
  readonly boot: string | null;
  /** Nanoseconds since the epoch, not included. */
  readonly until: bigint | null;
  /** Whether the caller may clear lines of this service; null: those of ad-hoc jobs. Asked once for each. */
  mayClearLines(service: string | null): boolean;
  /** Whether the caller may clear events of this name; asked once for each. */
  mayClearEvents(event: string): boolean;
}

/** Lines and events that went so far. */
export interface Cleared {
  readonly lines: number;
  readonly events: number;
  readonly done: boolean;
}

/** A request to clear under way. Each step is a bounded piece of work. */
export interface Clearing {
  step(): Cleared;
}
