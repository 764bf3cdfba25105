import type { RecordOrder } from '../../../../gen/output/types.ts';
import { integerOf } from './columns.ts';
import type { Place } from './cursor.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { StoreFailure } from './failures.ts';
import type { Lanes } from './lanes.ts';
import { nextWindow, WindowSize } from './lanes.ts';
import type { Gap, Part, ScanOptions } from './model.ts';
import type { Opened } from './opened.ts';

/** What a query looks for, once the filter was looked up in the database. */
export interface Selection<Entry> {
  readonly lanes: Lanes;
  /** The part of the sequence where it can be, both ends included. */
  readonly first: number;
  readonly last: number;
  /** Of which kind gaps are told, and of which boot only. Null: none. */
  readonly gaps: { readonly isEvent: boolean; readonly boot: number | null } | null;
  /** Something of it is not for the reader. */
  readonly hides: boolean;
  /** What of a row is wanted, in the order of its lines. Empty: nothing, or it was deleted meanwhile. */
  read(seq: number): readonly Found<Entry>[];
}

export interface Found<Entry> {
  /** Its number within the row. */
  readonly line: number;
  readonly entry: Entry;
  /** About how much it takes. */
  readonly size: number;
}

/** A part is so large, and a step takes so long, that others are served in between. */
const partEntries = 512;
const partSize = 65_536;
const stepMs = 5;

/** What of a row is told. */
type Row<Entry> = readonly Found<Entry | Gap>[];

export class StoreScan<Entry> {
  readonly head: string;
  readonly #opened: Opened;
  readonly #selection: Selection<Entry>;
  readonly #order: RecordOrder;
  readonly #last: number;
  readonly #size: WindowSize;
  #place: Place;
  #left: number;
  /** Rows of the window that are not looked at yet, in order, and where the window ends. */
  #rows: number[] = [];
  #gaps: ReadonlySet<number> = new Set();
  #windowEnd: number | null = null;

  /** Throws StoreFailure for a cursor that is none. */
  constructor(opened: Opened, selection: Selection<Entry>, { order, after, most }: ScanOptions) {
    this.#opened = opened;
    this.#selection = selection;
    this.#order = order;
    this.#last = Math.min(selection.last, opened.next - 1);
    this.#size = new WindowSize(selection.lanes);
    this.#left = most ?? Number.POSITIVE_INFINITY;
    this.#place = placeAfter(opened, order, after);
    this.head = formatCursor({ generation: opened.generation, seq: opened.next, line: 0 });
  }

  get hides(): boolean {
    return this.#selection.hides;
  }

  get opened(): Opened {
    return this.#opened;
  }

  step(): Part<Entry> {
    const begun = performance.now();
    const entries: (Entry | Gap)[] = [];
    let size = 0;
    let done = this.#left <= 0;
    while (!done) {
      const seq = this.#nextRow();
      if (seq === null) {
        done = this.#isAtEnd();
      } else {
        for (const { line, entry, size: taken } of this.#read(seq)) {
          entries.push(entry);
          size += taken;
          this.#place = { seq, line: this.#order === 'newest' ? line : line + 1 };
          if (isGap(entry)) continue;
          this.#left -= 1;
          if (this.#left <= 0 || entries.length >= partEntries || size >= partSize) break;
        }
        done = this.#left <= 0;
        if (done || entries.length >= partEntries || size >= partSize) break;
        this.#passRow(seq);
      }
      if (performance.now() - begun >= stepMs) break;
    }
    return { entries, done, cursor: formatCursor({ generation: this.#opened.generation, ...this.#place }) };
  }

  /** The next row to look at; null: the window is through, and the place is behind it. */
  #nextRow(): number | null {
    const row = this.#rows[0];
    if (row !== undefined) return row;
    if (this.#windowEnd !== null) {
      this.#place = { seq: this.#windowEnd, line: 0 };
      this.#windowEnd = null;
      return null;
    }
    const [low, high] = this.#rest();
    if (low > high) return null;
    const { connection } = this.#opened;
    const begun = performance.now();
    const window = nextWindow(connection, this.#selection.lanes, this.#order, this.#size.rows, low, high);
    this.#size.took(performance.now() - begun);
    const gaps = this.#gapsIn(window.low, window.high);
    this.#gaps = new Set(gaps);
    const newestFirst = this.#order === 'newest';
    this.#rows = gaps.length === 0 ? [...window.seqs] : [...window.seqs, ...gaps].sort((a, b) => (newestFirst ? b - a : a - b));
    this.#windowEnd = newestFirst ? window.low : window.high + 1;
    return this.#rows[0] ?? this.#nextRow();
  }

  /** What is still to be looked at. */
  #rest(): readonly [low: number, high: number] {
    const { first } = this.#selection;
    const { seq, line } = this.#place;
    const oldest = Math.max(first, this.#opened.floor);
    return this.#order === 'newest' ? [oldest, Math.min(this.#last, line > 0 ? seq : seq - 1)] : [Math.max(oldest, seq), this.#last];
  }

  #isAtEnd(): boolean {
    const [low, high] = this.#rest();
    return this.#rows.length === 0 && this.#windowEnd === null && low > high;
  }

  #passRow(seq: number): void {
    this.#rows.shift();
    this.#place = { seq: this.#order === 'newest' ? seq : seq + 1, line: 0 };
  }

  /** What of a row lies on the way, in order. */
  #read(seq: number): Row<Entry> {
    const found: Row<Entry> = this.#gaps.has(seq) ? this.#readGap(seq) : this.#selection.read(seq);
    const place = this.#place;
    if (this.#order === 'oldest') return place.seq === seq ? found.filter(({ line }) => line >= place.line) : found;
    return found.filter(({ line }) => place.seq !== seq || line < place.line).reverse();
  }

  #gapsIn(low: number, high: number): number[] {
    const { gaps } = this.#selection;
    if (gaps === null) return [];
    return this.#opened.connection
      .statement('SELECT seq, boot FROM gap WHERE seq BETWEEN ? AND ? AND is_event = ?')
      .all(low, high, gaps.isEvent ? 1 : 0)
      .filter((row) => gaps.boot === null || row['boot'] === gaps.boot)
      .map((row) => integerOf(row, 'seq'));
  }

  #readGap(seq: number): Row<Entry> {
    const { connection, names } = this.#opened;
    const row = connection.statement('SELECT boot, first_id, last_id FROM gap WHERE seq = ?').get(seq);
    if (row === undefined) return [];
    const [from, to] = [integerOf(row, 'first_id'), integerOf(row, 'last_id')];
    const entry: Gap = { kind: 'gap', boot_id: names.bootId(integerOf(row, 'boot')), from, to, count: to - from + 1 };
    return [{ line: 0, entry, size: 100 }];
  }
}

const isGap = (entry: unknown): entry is Gap => typeof entry === 'object' && entry !== null && 'kind' in entry && entry.kind === 'gap';

/** Behind a cursor. All of this database is newer than what a cursor of one before it names. */
function placeAfter({ generation, next, floor }: Opened, order: RecordOrder, after: string | null): Place {
  const begin: Place = { seq: order === 'newest' ? next : floor, line: 0 };
  if (after === null) return begin;
  const cursor = parseCursor(after);
  if (cursor === null) throw new StoreFailure('the cursor is none', 'give the cursor of an earlier answer as it came');
  if (cursor.generation !== generation) return { seq: order === 'newest' ? 0 : floor, line: 0 };
  return { seq: cursor.seq, line: cursor.line };
}
