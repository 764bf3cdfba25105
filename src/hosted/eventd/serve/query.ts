/**
 * A question under way. What is stored is gone through part by part, as fast as the reader takes it and no faster; who follows goes on from
 * there, in the database, with each thing that is stored. So nothing is held for a reader but its place, however slow it is.
 */
import type { Holder } from '../../../wire/places.ts';
import { StoreFailure } from '../store/failures.ts';
import type { Gap, Scan, ScanOptions } from '../store/model.ts';
import type { Slices, Work } from './slices.ts';

/** What goes to the reader. */
export interface Found<Entry> {
  readonly entries: readonly (Entry | Gap)[];
  readonly more: boolean;
  readonly caught_up: boolean;
  readonly cursor: string;
  /** Something that was asked for is not for the reader. */
  readonly left_out?: true;
}

export interface Question<Entry> extends ScanOptions {
  readonly follow: boolean;
  /**
   * Throws what the reader is told: it may read nothing of that any more, or it follows, and what it did not take in time is deleted.
   */
  scan(options: ScanOptions, isFollowing: boolean): Scan<Entry>;
}

export interface Reader<Entry> {
  readonly user: Holder['user'];
  /** It has to read first. */
  readonly congested: boolean;
  found(part: Found<Entry>): void;
  failed(error: unknown): void;
  /** Nothing follows. */
  over(): void;
}

/**
 * `seeking`: only the latest are asked for, and they come as they were written, so it is looked for where these begin. `resting`: all that
 * is stored is told.
 */
type Stage = 'seeking' | 'telling' | 'resting' | 'over';

export class Query<Entry extends { readonly kind: string }> implements Work {
  readonly #question: Question<Entry>;
  readonly #reader: Reader<Entry>;
  readonly #slices: Slices;
  #stage: Stage;
  #scan: Scan<Entry> | null = null;
  /** Where it goes on when it has to begin a scan. */
  #options: ScanOptions;
  /** That all is told was said once. */
  #hasCaughtUp = false;
  /** Something was stored since the scan began. */
  #isBehind = false;
  #hasFailed = false;

  constructor(question: Question<Entry>, reader: Reader<Entry>, slices: Slices) {
    const { order, after, most, follow } = question;
    this.#question = question;
    this.#reader = reader;
    this.#slices = slices;
    const isSeeking = follow && order === 'newest' && most !== null && after === null;
    this.#stage = isSeeking ? 'seeking' : 'telling';
    this.#options = follow && !isSeeking ? { order: 'oldest', after, most: order === 'newest' ? null : most } : { order, after, most };
    slices.ready(this);
  }

  get user(): Holder['user'] {
    return this.#reader.user;
  }

  /** Something was stored. */
  stored(): void {
    this.#isBehind = true;
    if (this.#stage === 'resting') this.#goOn();
  }

  /** The reader has read. */
  drained(): void {
    if (this.#stage === 'seeking' || this.#stage === 'telling') this.#slices.ready(this);
  }

  /** Who may read what has changed: what is not told yet is asked for anew. */
  renew(): void {
    this.#scan = null;
    this.stored();
  }

  end(): void {
    this.#stage = 'over';
    this.#slices.leave(this);
  }

  #goOn(): void {
    this.#stage = 'telling';
    this.#slices.ready(this);
  }

  step(): boolean {
    if (this.#stage === 'resting' || this.#stage === 'over' || this.#reader.congested) return false;
    try {
      const isReady = this.#stage === 'seeking' ? this.#seek() : this.#tell();
      this.#hasFailed = false;
      return isReady;
    } catch (error) {
      // The database that was gone through may have been replaced: it is asked once more.
      if (error instanceof StoreFailure && this.#scan !== null && !this.#hasFailed) {
        this.#scan = null;
        this.#hasFailed = true;
        return true;
      }
      this.#reader.failed(error);
      this.#over();
      return false;
    }
  }

  #begun(): Scan<Entry> {
    if (this.#scan !== null) return this.#scan;
    this.#isBehind = false;
    this.#scan = this.#question.scan(this.#options, this.#hasCaughtUp);
    return this.#scan;
  }

  #seek(): boolean {
    const { cursor, done } = this.#begun().step();
    if (!done) return true;
    this.#stage = 'telling';
    this.#scan = null;
    this.#options = { order: 'oldest', after: cursor, most: null };
    return true;
  }

  #tell(): boolean {
    const scan = this.#begun();
    const { entries, done, cursor } = scan.step();
    const { most } = this.#options;
    const lines = most === null ? 0 : entries.filter(({ kind }) => kind !== 'gap').length;
    this.#options = { ...this.#options, after: cursor, most: most === null ? null : most - lines };
    const { follow } = this.#question;
    const leftOut = scan.hides ? ({ left_out: true } as const) : {};
    if (!done) {
      if (entries.length > 0) this.#reader.found({ entries, more: true, caught_up: false, cursor, ...leftOut });
      return true;
    }
    const place = follow ? scan.head : cursor;
    if (entries.length > 0 || !this.#hasCaughtUp) this.#reader.found({ entries, more: follow, caught_up: true, cursor: place, ...leftOut });
    if (!follow) {
      this.#over();
      return false;
    }
    this.#hasCaughtUp = true;
    this.#scan = null;
    this.#options = { order: 'oldest', after: place, most: null };
    if (this.#isBehind) return true;
    this.#stage = 'resting';
    return false;
  }

  #over(): void {
    this.end();
    this.#reader.over();
  }
}
