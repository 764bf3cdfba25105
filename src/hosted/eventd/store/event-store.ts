import { eventStoreReplaced } from '../../../../gen/events/events.ts';
import type { AckedIds, HelloRecord } from '../../../../gen/output/types.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { messageOf, Problem } from '../../daemon/problem.ts';
import { problemOf } from '../../sqlite/errors.ts';
import type { StoreLock } from '../../sqlite/lock.ts';
import { lockStore, StoreHeld } from '../../sqlite/lock.ts';
import { closeStore } from '../../sqlite/open.ts';
import type { StorePaths } from '../../sqlite/store.ts';
import { storePaths } from '../../sqlite/store.ts';
import { listAside, moveAside, notFileAt } from './aside.ts';
import { ackedOf, findBoot, summariseBoots } from './boots.ts';
import { StoreClearing } from './clear.ts';
import { parseCursor } from './cursor.ts';
import { selectEvents } from './events.ts';
import { Damage, StoreFailure, verdictOf } from './failures.ts';
import type { OwnEvent } from './ingest.ts';
import { ingest } from './ingest.ts';
import { selectLogs } from './logs.ts';
import type {
  BootSummary,
  ClearFilter,
  Clearing,
  EventFilter,
  EventText,
  IncomingRecord,
  Limits,
  LogFilter,
  LogLine,
  Scan,
  ScanOptions,
  StorageSummary,
} from './model.ts';
import { eventStore, openDatabase } from './open.ts';
import type { Opened } from './opened.ts';
import { Retention } from './retention.ts';
import type { Selection } from './scan.ts';
import { StoreScan } from './scan.ts';
import { summariseStorage } from './storage.ts';

/** A database that was damaged: where it is now, and what was found. */
export interface Replaced {
  readonly path: string;
  readonly finding: string;
}

export interface StoreOptions {
  readonly directory: string;
  readonly limits: Limits;
  /** Nanoseconds since the epoch. */
  readonly now?: () => bigint;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs?: () => number;
  /** It was told in the database already; it is told on the console too. */
  readonly onReplaced?: (replaced: Replaced) => void;
}

/**
 * The database of eventd, whatever happens to it. What is damaged is moved aside and a new one begun, whenever that is found; what cannot
 * be read or written now is tried again with the next call. Every method throws StoreFailure and nothing else: what it was to do was then
 * not done.
 */
export class EventStore {
  readonly #options: StoreOptions;
  readonly #paths: StorePaths;
  readonly #retention: Retention;
  #lock: StoreLock | null = null;
  #opened: Opened | null = null;
  /** Events of eventd's own that are not stored yet. */
  #own: OwnEvent[] = [];

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.#paths = storePaths(eventStore, options.directory);
    this.#retention = new Retention(options.limits, options.monotonicMs);
  }

  /** Opens what is there. Throws Problem when another eventd has it; whatever else is in the way may pass. */
  static open(options: StoreOptions): EventStore {
    const store = new EventStore(options);
    try {
      store.#run(() => {});
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
    }
    return store;
  }

  /** What is held of a boot; also stores what eventd has to tell of itself. */
  hello(boot: HelloRecord): AckedIds {
    if (this.#own.length > 0) return this.ingest(boot, []);
    return this.#run((opened) => ackedOf(findBoot(opened, boot.boot_id)));
  }

  /** One transaction. Afterwards all of it is stored. */
  ingest(boot: HelloRecord, records: readonly IncomingRecord[]): AckedIds {
    try {
      return this.#run((opened) => this.#ingest(opened, boot, records));
    } catch (error) {
      // The new database takes what the damaged one could not.
      if (!(error instanceof StoreReplaced)) throw error;
      return this.#run((opened) => this.#ingest(opened, boot, records));
    }
  }

  #ingest(opened: Opened, boot: HelloRecord, records: readonly IncomingRecord[]): AckedIds {
    const before = opened.next;
    const acked = ingest(opened, boot, records, this.#own);
    this.#own = [];
    this.#keepPace(opened, opened.next - before);
    return acked;
  }

  /** However much comes at once, the database does not outgrow its limit by more than that. What fails here is found by `tidy` again. */
  #keepPace(opened: Opened, rows: number): void {
    try {
      this.#retention.keepPace(opened, rows);
    } catch (error) {
      if (verdictOf(error) === null) throw error;
    }
  }

  /** Whether something behind that cursor was deleted already, as old or too much. */
  isPassed(cursor: string): boolean {
    const place = parseCursor(cursor);
    return place !== null && this.#run(({ generation, floor }) => place.generation === generation && place.seq < floor);
  }

  logs(filter: LogFilter, options: ScanOptions): Scan<LogLine> {
    return this.#scan((opened) => selectLogs(opened, filter), options);
  }

  events(filter: EventFilter, options: ScanOptions): Scan<EventText> {
    return this.#scan((opened) => selectEvents(opened, filter), options);
  }

  #scan<Entry>(select: (opened: Opened) => Selection<Entry>, options: ScanOptions): Scan<Entry> {
    const scan = this.#run((opened) => new StoreScan(opened, select(opened), options));
    return { head: scan.head, hides: scan.hides, step: () => this.#runIn(scan.opened, () => scan.step()) };
  }

  clear(filter: ClearFilter): Clearing {
    const clearing = this.#run((opened) => new StoreClearing(opened, filter));
    return {
      step: () => {
        this.#retention.noteRemoval();
        return this.#runIn(clearing.opened, () => clearing.step());
      },
    };
  }

  /** The latest one first. */
  boots(): BootSummary[] {
    return this.#run(summariseBoots);
  }

  storage(): StorageSummary {
    return this.#run((opened) => summariseStorage(opened, this.#retention.limits, listAside(this.#paths)));
  }

  setLimits(limits: Limits): void {
    this.#retention.setLimits(limits);
  }

  /**
   * One small piece of what keeps the database to its limits. Called after each ingest, and now and then; false: there is nothing to do
   * for now.
   */
  tidy(): boolean {
    return this.#run((opened) => this.#retention.step(opened, this.#now()));
  }

  close(): void {
    try {
      if (this.#opened !== null) closeStore(this.#opened.connection);
    } catch {
      // The log is folded in when it is opened again.
      this.#drop();
    } finally {
      this.#opened = null;
      this.#lock?.release();
      this.#lock = null;
    }
  }

  #now(): bigint {
    return this.#options.now?.() ?? BigInt(Date.now()) * 1_000_000n;
  }

  #run<T>(work: (opened: Opened) => T): T {
    try {
      return work(this.#open());
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  /** For work that was begun: what it knows is of that database. */
  #runIn<T>(opened: Opened, work: () => T): T {
    if (this.#opened !== opened) throw new StoreFailure('the database was replaced meanwhile', 'ask again');
    return this.#run(work);
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened;
    const oddity = notFileAt(this.#paths.database);
    if (oddity !== null) this.#moveAside(new Damage(oddity));
    this.#lock ??= lockStore(eventStore, this.#paths);
    try {
      this.#opened = openDatabase(this.#paths);
    } catch (error) {
      if (verdictOf(error) !== 'damaged') throw error;
      this.#moveAside(error);
      this.#opened = openDatabase(this.#paths);
    }
    return this.#opened;
  }

  #failureOf(error: unknown): unknown {
    if (error instanceof StoreFailure || error instanceof StoreHeld) return error;
    if (error instanceof Problem) return new StoreFailure(error.message, error.remedy);
    switch (verdictOf(error)) {
      case 'damaged':
        return this.#replace(error);
      case 'unavailable':
        // A transaction that could not even be undone ends with its connection.
        if (this.#opened?.connection.database.isTransaction === true) this.#drop();
        else this.#makeRoom();
        return failureOf(error, this.#paths);
      case null:
        return error;
      default:
        return error;
    }
  }

  /** On a full disk: the log is folded in, so that what it takes is used again, and the oldest records make way. */
  #makeRoom(): void {
    try {
      this.#opened?.connection.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      if (this.#opened !== null) this.#retention.sweep(this.#opened);
    } catch {
      // What was to be done failed already, and is told.
    }
  }

  #replace(error: unknown): StoreFailure {
    this.#drop();
    try {
      const path = this.#moveAside(error);
      this.#opened = openDatabase(this.#paths);
      return new StoreReplaced(`the database was damaged (${messageOf(error)}) and is now ${path}; a new one is begun`, 'ask again');
    } catch (second) {
      return failureOf(second, this.#paths);
    }
  }

  #moveAside(error: unknown): string {
    const path = moveAside(this.#paths, this.#now());
    const replaced: Replaced = { path, finding: messageOf(error) };
    this.#own.push({ ...eventStoreReplaced(replaced), timestamp: formatTimestamp(this.#now()) });
    this.#options.onReplaced?.(replaced);
    return path;
  }

  #drop(): void {
    try {
      this.#opened?.connection.close();
    } catch {
      // Nothing more can be done with it.
    }
    this.#opened = null;
  }
}

/** The database was damaged, and there is a new one. */
class StoreReplaced extends StoreFailure {}

function failureOf(error: unknown, { database }: StorePaths): StoreFailure {
  const problem = problemOf(error, database, eventStore.damagedRemedy);
  return problem instanceof Problem
    ? new StoreFailure(problem.message, problem.remedy)
    : new StoreFailure(`the store ${database} cannot be used: ${messageOf(problem)}`, 'look at the output of eventd');
}
