/** What an event daemon keeps of one boot, and what it must be told so that nothing is missing. WIRE-041, WIRE-042. */
import { strictEqual } from 'node:assert';

export interface StoredLine {
  readonly id: number;
  readonly origin: string;
  readonly job_id: string;
  readonly is_error: boolean;
  readonly timestamp: string;
  readonly text: string;
  readonly raw: string | null;
}

export interface StoredEvent {
  readonly id: number;
  readonly event: string;
  readonly timestamp: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface StoredGap {
  readonly of: 'log' | 'event';
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly kind: string;
  readonly [member: string]: unknown;
}

/** Records that are not stored yet, and those that are. */
export class EventdStore {
  readonly hellos: { readonly boot_id: string; readonly started_at: string }[] = [];
  readonly lines: StoredLine[] = [];
  readonly events: StoredEvent[] = [];
  readonly gaps: StoredGap[] = [];
  /** Records as they came, if they are wanted. */
  records: Line[] | null = null;
  /** Lines and events that came although they were stored. */
  doubles = 0;
  acked = { log: 0, event: 0 };
  #waiting: Line[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  take(text: string): Line {
    const record = JSON.parse(text) as Line;
    this.records?.push(record);
    if (record.kind === 'hello') this.hellos.push({ boot_id: String(record['boot_id']), started_at: String(record['started_at']) });
    else this.#waiting.push(record);
    return record;
  }

  /** What is not stored is forgotten, as by a kill. */
  forget(): void {
    this.#waiting = [];
  }

  /** Stores the first `most` of the records that wait. */
  commit(most = Number.POSITIVE_INFINITY): void {
    for (const record of this.#waiting.splice(0, most)) this.#store(record);
  }

  acknowledgement(): string {
    return `${JSON.stringify({ acked: this.acked })}\n`;
  }

  #store(record: Line): void {
    if (record.kind === 'log') this.#storeLines(record);
    else if (record.kind === 'event') {
      const { id, event, timestamp, payload } = record as unknown as StoredEvent;
      if (this.#isNext('event', id)) this.events.push({ id, event, timestamp, payload });
    } else {
      strictEqual(record.kind, 'dropped');
      const { of, from, to } = record as unknown as StoredGap;
      strictEqual(record['count'], to - from + 1);
      if (to <= this.acked[of]) return;
      strictEqual(from <= this.acked[of] + 1, true, `a gap of ${of} begins at ${from}, behind ${this.acked[of]}`);
      this.gaps.push({ of, from: this.acked[of] + 1, to });
      this.acked[of] = to;
    }
  }

  #storeLines(record: Line): void {
    const { origin, job_id, is_error } = record as unknown as StoredLine;
    const timestamp = String(record['first_timestamp']);
    const raw = record['raw'] as (string | null)[] | undefined;
    for (const [index, [delta, text]] of (record['lines'] as [number, string][]).entries()) {
      strictEqual(delta, 0);
      const id = Number(record['first_id']) + index;
      if (this.#isNext('log', id)) this.lines.push({ id, origin, job_id, is_error, timestamp, text, raw: raw?.[index] ?? null });
    }
  }

  #isNext(of: 'log' | 'event', id: number): boolean {
    if (id <= this.acked[of]) {
      this.doubles += 1;
      return false;
    }
    strictEqual(id, this.acked[of] + 1, `${of} ${id} came behind ${this.acked[of]}, and nobody told what became of those between`);
    this.acked[of] = id;
    return true;
  }
}
