/**
 * The latest lines of each service, its hooks and checks, for whoever asks why it is as it is. Of each service two pages of its own lines
 * are kept, the one that is being filled and the one before it, and two smaller ones of its hooks and checks: a check that talks must not
 * push out what the service said. All pages together have a budget; when it does not suffice the limit of each page is halved, so that
 * many talkative services have less each.
 */
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import type { LinePlace } from './line-page.ts';
import { LinePage } from './line-page.ts';
import type { Writer } from './output-ring.ts';

type Side = 'own' | 'side';

/** Largest page, by whose lines it holds: 64 KB of a service in all. */
const pageBytes: Readonly<Record<Side, number>> = { own: 24_576, side: 8_192 };
/** However many talk, a page may have so much. */
const leastPageBytes = 2_048;
/** Of all pages. */
const budgetBytes = 4 << 20;
/** Share of hooks and checks in an answer, where the service itself has said enough. */
const sideShare = 0.3;

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

  constructor(budget = budgetBytes) {
    this.#budget = budget;
  }

  /** Memory that the pages take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The line lies in `text` between `from` and `to`. */
  add({ origin, job, isError }: Writer, at: bigint, text: Uint8Array, from = 0, to = text.length): void {
    let kept = this.#services.get(origin.service);
    if (kept === undefined) {
      kept = { own: null, side: null };
      this.#services.set(origin.service, kept);
    }
    const side = origin.part === null ? 'own' : 'side';
    const pages = kept[side] ?? { current: this.#newPage(), before: null };
    kept[side] = pages;
    this.#makeRoom(pages, side, to - from, job);
    pages.current.add(origin, job, isError, at, this.#sequence++, text, from, to);
  }

  /** Oldest first. */
  of(service: string, { most, jobs }: LinesWanted): readonly KeptLine[] {
    const kept = this.#services.get(service);
    if (kept === undefined || most === 0) return [];
    const isWanted = ({ job }: LinePlace): boolean => jobs === null || jobs.includes(job);
    const own = placesIn(kept.own).filter(isWanted);
    const side = placesIn(kept.side).filter(isWanted);
    const ofSide = Math.max(Math.ceil(most * sideShare), most - own.length);
    const chosen = [...own, ...latest(side, ofSide)].sort((a, b) => a.sequence - b.sequence);
    return latest(chosen, most).map(({ page, offset }) => page.read(offset));
  }

  forget(service: string): void {
    for (const page of pagesOf(this.#services.get(service))) this.#bytes -= page.size;
    this.#services.delete(service);
    if (this.#halved > 0 && this.#bytes < this.#budget / 4) this.#halved--;
  }

  #makeRoom(pages: Pages, side: Side, length: number, job: string): void {
    for (;;) {
      const growth = pages.current.growthFor(length, job, this.#limit(side));
      if (growth === 0) return;
      if (growth === null) this.#turnOver(pages);
      else if (this.#bytes + growth <= this.#budget || !this.#halve()) {
        this.#bytes += growth;
        return pages.current.grow(growth);
      }
    }
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

const placesIn = (pages: Pages | null): LinePlace[] => pagesIn(pages).flatMap((page) => page.places());

const latest = (places: readonly LinePlace[], most: number): readonly LinePlace[] => places.slice(Math.max(0, places.length - most));
