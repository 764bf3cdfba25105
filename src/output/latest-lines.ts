/**
 * The latest lines of each service, its hooks and checks, for whoever asks why it is as it is. Of each service two pages of its own lines
 * are kept, the one that is being filled and the one before it, and two smaller ones of its hooks and checks: a check that talks must not
 * push out what the service said. All pages together have a budget; when it does not suffice the limit of each page is halved, so that
 * many talkative services have less each.
 */
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import { copyBytes } from './bytes.ts';
import type { LinePlace } from './line-page.ts';
import { keptOfLine, LinePage } from './line-page.ts';
import type { Writer } from './output-ring.ts';

type Side = 'own' | 'side';

/** Largest page, by whose lines it holds: 64 KB of a service in all. */
const pageBytes: Readonly<Record<Side, number>> = { own: 24_576, side: 8_192 };
/** A page needs that for a burst beside its bytes. */
const headerRoom = 24;
/** However many talk, a page may have so much. */
const leastPageBytes = 2_048;
/** Of all pages. */
const budgetBytes = 4 << 20;
/** Share of hooks and checks in an answer, where the service itself has said enough. */
const sideShare = 0.3;

const newline = 10;

interface Pages {
  current: LinePage;
  before: LinePage | null;
}

type Kept = { [S in Side]: Pages | null };

export class LatestLines {
  readonly #services = new Map<string, Kept>();
  readonly #budget: number;
  #bytes = 0;
  /** How often the limit of a page was halved. */
  #halved = 0;
  #sequence = 0;
  /** The beginning of a long line. */
  readonly #cut = new Uint8Array(keptOfLine + 1).fill(newline);

  constructor(budget = budgetBytes) {
    this.#budget = budget;
  }

  /** Memory that the pages take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Whole lines lie in `text` between `from` and `to`, each with its newline; none is longer than `longest`. Of lines that would be pushed
   * out by those behind them nothing is looked at.
   */
  add(writer: Writer, at: bigint, text: Uint8Array, from: number, to: number, longest: number): void {
    const side = writer.origin.part === null ? 'own' : 'side';
    const most = this.#limit(side) - headerRoom;
    const pages = this.#pagesOf(writer.origin.service, side);
    let start = from;
    if (to - from > most) {
      // The last line is kept however long it is.
      start = Math.min(text.indexOf(newline, to - most - 1), Math.max(text.lastIndexOf(newline, to - 2), from - 1)) + 1;
      // What comes before lines that are gone would be taken for what came right before the rest. O-100.
      pages.current.clear();
      pages.before?.clear();
    }
    if (longest <= keptOfLine) this.#addBurst(pages, side, writer, at, text, start, to);
    else this.#addCut(pages, side, writer, at, text, start, to);
  }

  #pagesOf(service: string, side: Side): Pages {
    let kept = this.#services.get(service);
    if (kept === undefined) {
      kept = { own: null, side: null };
      this.#services.set(service, kept);
    }
    const pages = kept[side] ?? { current: this.#newPage(), before: null };
    kept[side] = pages;
    return pages;
  }

  #addBurst(pages: Pages, side: Side, { origin, job, isError }: Writer, at: bigint, text: Uint8Array, from: number, to: number): void {
    for (let start = from; start < to; ) {
      const room = pages.current.roomFor(job, this.#limit(side));
      const end = to - start <= room ? to : room < 1 ? 0 : text.lastIndexOf(newline, start + room - 1) + 1;
      if (end <= start) this.#turnOver(pages);
      else if (this.#grows(pages, end - start, side)) {
        pages.current.add(origin, job, isError, at, this.#sequence++, text, start, end);
        start = end;
      }
    }
  }

  /** Of long lines the beginning is kept. */
  #addCut(pages: Pages, side: Side, writer: Writer, at: bigint, text: Uint8Array, from: number, to: number): void {
    let short = from;
    for (let start = from, end = 0; start < to; start = end) {
      end = text.indexOf(newline, start) + 1;
      if (end - start <= keptOfLine + 1) continue;
      this.#addBurst(pages, side, writer, at, text, short, start);
      short = end;
      copyBytes(this.#cut, 0, text, start, start + keptOfLine);
      this.#addBurst(pages, side, writer, at, this.#cut, 0, keptOfLine + 1);
    }
    this.#addBurst(pages, side, writer, at, text, short, to);
  }

  /** Oldest first. */
  of(service: string, { most, jobs }: LinesWanted): readonly KeptLine[] {
    const kept = this.#services.get(service);
    if (kept === undefined || most === 0) return [];
    const own = placesIn(kept.own, most, jobs);
    const side = placesIn(kept.side, Math.max(Math.ceil(most * sideShare), most - own.length), jobs);
    return latest(
      [...own, ...side].sort((a, b) => a.sequence - b.sequence),
      most,
    ).map((place) => place.page.read(place));
  }

  forget(service: string): void {
    for (const page of pagesOf(this.#services.get(service))) this.#bytes -= page.size;
    this.#services.delete(service);
    if (this.#halved > 0 && this.#bytes < this.#budget / 4) this.#halved--;
  }

  /** The current page has memory for so many bytes more. False: pages have less now, and it may be full. */
  #grows({ current }: Pages, length: number, side: Side): boolean {
    const growth = current.growthFor(length, this.#limit(side));
    if (this.#bytes + growth > this.#budget && this.#halve()) return false;
    this.#bytes += growth;
    current.grow(growth);
    return true;
  }

  /** The page that is full becomes the one before; that one's memory is used again. */
  #turnOver(pages: Pages): void {
    const fresh = pages.before ?? this.#newPage();
    fresh.clear();
    pages.before = pages.current;
    pages.current = fresh;
  }

  #newPage(): LinePage {
    const page = new LinePage();
    this.#bytes += page.size;
    return page;
  }

  #limit(side: Side): number {
    return Math.max(pageBytes[side] >> this.#halved, leastPageBytes);
  }

  /** False: every page has as little as it may have. */
  #halve(): boolean {
    if (this.#limit('own') === leastPageBytes) return false;
    this.#halved++;
    for (const { own, side } of this.#services.values()) {
      this.#trim(own, this.#limit('own'));
      this.#trim(side, this.#limit('side'));
    }
    return true;
  }

  #trim(pages: Pages | null, limit: number): void {
    if (pages === null) return;
    const { before, current } = pages;
    this.#bytes -= current.size + (before?.size ?? 0);
    // What comes before lines that are gone would be taken for what came right before the rest.
    if (current.trim(limit)) before?.clear();
    before?.trim(limit);
    this.#bytes += current.size + (before?.size ?? 0);
  }
}

const pagesIn = (pages: Pages | null): readonly LinePage[] =>
  pages === null ? [] : pages.before === null ? [pages.current] : [pages.before, pages.current];

const pagesOf = (kept: Kept | undefined): readonly LinePage[] => (kept === undefined ? [] : [...pagesIn(kept.own), ...pagesIn(kept.side)]);

function placesIn(pages: Pages | null, most: number, jobs: readonly string[] | null): readonly LinePlace[] {
  if (pages === null) return [];
  const places = pages.current.places(most, jobs);
  return places.length === most || pages.before === null ? places : [...pages.before.places(most - places.length, jobs), ...places];
}

const latest = (places: readonly LinePlace[], most: number): readonly LinePlace[] => places.slice(Math.max(0, places.length - most));
