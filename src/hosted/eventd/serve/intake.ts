/**
 * What process 1 hands over, on its way into the store: all that was read in one turn of the loop is one transaction and then one
 * acknowledgement. What cannot be stored now stays here, nothing further is read meanwhile, and it is tried again until it can; process 1
 * keeps what was not acknowledged. WIRE-041, LOG-015.
 */
import { isOutputRecord } from '../../../../gen/output/check.ts';
import { encodeAcknowledgement } from '../../../../gen/output/encode.ts';
import type { AckedIds, HelloRecord, OutputRecord } from '../../../../gen/output/types.ts';
import type { LineConnection, LineHandler } from '../../daemon/line-server.ts';
import { messageOf } from '../../daemon/problem.ts';
import { StoreFailure } from '../store/failures.ts';
import type { IncomingRecord } from '../store/model.ts';

export interface RecordStore {
  /** What is stored of that boot already. Throws StoreFailure where that cannot be told now. */
  hello(boot: HelloRecord): AckedIds;
  /** All of them or none. Throws StoreFailure where that cannot be now. */
  ingest(boot: HelloRecord, records: readonly IncomingRecord[]): AckedIds;
}

export interface IntakeOptions {
  readonly store: RecordStore;
  /** Something was stored. */
  onStored(): void;
  /** Why nothing can be stored now; null: it can. */
  onProblem(problem: string | null): void;
  warn(text: string): void;
}

/** Bytes that wait for their transaction; beyond them nothing is read. */
const mostBytes = 4 * 1024 * 1024;
const againMs = 500;

type Peer = Pick<LineConnection, 'send' | 'goOn' | 'end'>;

/** One peer at a time: a new one takes the place of the one before it, which has lost its connection or given it up. */
export class Intake {
  readonly #options: IntakeOptions;
  #peer: Peer | null = null;
  #isProcessOne = false;
  /** Who it says it is; begun: the store knows it. */
  #boot: HelloRecord | null = null;
  #isBegun = false;
  #lastBoot: string | null = null;
  #records: IncomingRecord[] = [];
  #bytes = 0;
  /** Nothing is read, until something is stored. */
  #isHalted = false;
  #armed: NodeJS.Immediate | null = null;
  #again: NodeJS.Timeout | null = null;
  /** Who waits until nobody is connected. */
  #onLeft: () => void = () => undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Boot of whoever was connected last; null: nobody was. */
  get bootId(): string | null {
    return this.#lastBoot;
  }

  /** A new peer takes the place of the one before it, but nobody takes that of process 1. O-112. */
  open(peer: Peer, isProcessOne: boolean): LineHandler {
    if (this.#peer !== null && this.#isProcessOne && !isProcessOne) {
      this.#options.warn('a second connection is closed: process 1 has one');
      peer.end();
    } else {
      if (this.#peer !== null) this.#leave(this.#peer);
      this.#peer = peer;
      this.#isProcessOne = isProcessOne;
    }
    const intake = this;
    return {
      line: (bytes, start, end) => intake.#line(peer, bytes, start, end),
      get full() {
        return intake.#isFull(peer);
      },
      drained: () => undefined,
      closed: () => intake.#leave(peer),
    };
  }

  /** Stores what was read so far, if it can. */
  flush(): void {
    if (this.#armed !== null) clearImmediate(this.#armed);
    this.#armed = null;
    this.#store();
  }

  /** Process 1 ends its side when all is said that was to come; it is not waited for longer than that. O-102. */
  lastWords(mostMs: number): Promise<void> {
    if (this.#peer === null || !this.#isProcessOne) return Promise.resolve();
    return new Promise((resolve) => {
      const over = setTimeout(resolve, mostMs);
      this.#onLeft = () => {
        clearTimeout(over);
        resolve();
      };
    });
  }

  close(): void {
    this.flush();
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
  }

  /** What it sent and could not be stored will be sent again: it was not acknowledged. */
  #leave(peer: Peer): void {
    if (this.#peer !== peer) return;
    this.flush();
    this.#peer = null;
    this.#boot = null;
    this.#isBegun = false;
    this.#records = [];
    this.#bytes = 0;
    this.#isHalted = false;
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
    peer.end();
    this.#onLeft();
  }

  #isFull(peer: Peer): boolean {
    if (this.#peer !== peer || (this.#again === null && this.#bytes < mostBytes)) return false;
    this.#isHalted = true;
    return true;
  }

  #line(peer: Peer, bytes: Buffer, start: number, end: number): void {
    if (this.#peer !== peer) return;
    const record = recordIn(bytes, start, end);
    const wrong = typeof record === 'string' ? record : this.#misplaced(record);
    if (wrong !== null || typeof record === 'string') {
      this.#options.warn(`the connection of process 1 is closed: ${wrong}`);
      this.#leave(peer);
      return;
    }
    if (record.kind === 'hello') {
      this.#boot = record;
      this.#lastBoot = record.boot_id;
    } else this.#records.push(record);
    this.#bytes += end - start;
    this.#armed ??= setImmediate(() => this.flush());
  }

  #misplaced({ kind }: OutputRecord): string | null {
    if (this.#boot === null) return kind === 'hello' ? null : `it begins with a record of kind ${kind} and no hello`;
    return kind === 'hello' ? 'it says hello twice' : null;
  }

  #store(): void {
    if (this.#boot === null || this.#again !== null) return;
    try {
      if (!this.#isBegun) {
        this.#acknowledge(this.#options.store.hello(this.#boot));
        this.#isBegun = true;
      }
      if (this.#records.length > 0) {
        this.#acknowledge(this.#ingest(this.#boot));
        this.#options.onStored();
      }
    } catch (error) {
      this.#options.onProblem(messageOf(error));
      this.#again = setTimeout(() => {
        this.#again = null;
        this.flush();
      }, againMs);
      return;
    }
    this.#options.onProblem(null);
    this.#records = [];
    this.#bytes = 0;
    if (!this.#isHalted) return;
    this.#isHalted = false;
    this.#peer?.goOn();
  }

  #ingest(boot: HelloRecord): AckedIds {
    const { store, warn } = this.#options;
    try {
      return store.ingest(boot, this.#records);
    } catch (error) {
      if (error instanceof StoreFailure) throw error;
      // A defect of ours must not cost more than the record that it is about.
      warn(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
      return this.#ingestEach(boot);
    }
  }

  #ingestEach(boot: HelloRecord): AckedIds {
    const { store, warn } = this.#options;
    let acked: AckedIds = { log: 0, event: 0 };
    for (const record of this.#records) {
      try {
        acked = store.ingest(boot, [record]);
      } catch (error) {
        if (error instanceof StoreFailure) throw error;
        const lost = lossOf(record);
        warn(`records are lost, by an internal error: ${lost.of} ${lost.from} to ${lost.to}`);
        acked = store.ingest(boot, [lost]);
      }
    }
    return acked;
  }

  #acknowledge(acked: AckedIds): void {
    this.#peer?.send(encodeAcknowledgement({ acked }));
  }
}

/** What is told in the place of a record. */
function lossOf(record: IncomingRecord): Extract<IncomingRecord, { readonly kind: 'dropped' }> {
  if (record.kind === 'dropped') return record;
  const [of, from, count] =
    record.kind === 'log' ? (['log', record.first_id, record.lines.length] as const) : (['event', record.id, 1] as const);
  return { kind: 'dropped', of, count, from, to: from + count - 1 };
}

/** The record of a line, or why it is none. */
function recordIn(bytes: Buffer, start: number, end: number): OutputRecord | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', start, end));
  } catch (error) {
    return `a line is no JSON: ${messageOf(error)}`;
  }
  return isOutputRecord(parsed) && isSound(parsed)
    ? parsed
    : `a line is no record: ${bytes.toString('utf8', start, Math.min(end, start + shown))}`;
}

/** What no type of a member tells: there are lines, and all ids are numbers that are exact. */
function isSound(record: OutputRecord): boolean {
  // Beyond the greatest exact number a sum is rounded back to it.
  if (record.kind === 'log') return record.lines.length > 0 && record.first_id <= Number.MAX_SAFE_INTEGER - (record.lines.length - 1);
  return record.kind !== 'dropped' || record.from <= record.to;
}

/** What is shown of a line that cannot be used. */
const shown = 120;
