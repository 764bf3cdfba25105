import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { integerOf, integerOrNull } from './columns.ts';
import { firstBetween, lastBefore } from './minutes.ts';
import type { Limits } from './model.ts';
import type { Opened } from './opened.ts';
import { removeBursts, removeEvents, removeGaps } from './remove.ts';

/**
 * What is too much or too old goes, the oldest first, in pieces so small that records are taken in between. Pages that become free are
 * used again; only when many are free are they given back to the disk.
 */

const pieceRows = 1_024;
const pieceBytes = 2_097_152;
const vacuumPages = 64;
const mebibyte = 1_048_576;
const ageEveryMs = 60_000;
/** A clock that was set is believed when it has gone on by itself for so long, and so is that of a boot. */
const settledMs = 900_000;
/** By less than this it may be corrected. */
const correctionMs = 60_000;
const hourNs = 3_600_000_000_000n;
const sourcesAtOnce = 64;

export class Retention {
  limits: Limits;
  readonly #monotonicMs: () => number;
  #agedMs = Number.NEGATIVE_INFINITY;
  /** By how much the wall clock is ahead of the other one, and since when it is. */
  #clock = { aheadMs: Number.NaN, sinceMs: 0 };
  /** Rows went since the names were looked through. */
  #isUntidy = true;
  #source = 0;

  constructor(limits: Limits, monotonicMs: () => number = () => performance.now()) {
    this.limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  /** Something went by itself. */
  noteRemoval(): void {
    this.#isUntidy = true;
  }

  setLimits(limits: Limits): void {
    this.limits = limits;
    this.#agedMs = Number.NEGATIVE_INFINITY;
  }

  /** One piece of work. False: there was none. */
  step(opened: Opened, now: bigint): boolean {
    this.#age(opened, now);
    return this.sweep(opened) || this.#tidy(opened) || vacuum(opened);
  }

  /** One piece of what is below the floor, or too much. False: there is none. */
  sweep(opened: Opened): boolean {
    const isOver = opened.size().used > Math.min(this.limits.maxBytes, bytesOnDisk(opened));
    const edge = edgeOfPiece(opened, isOver ? opened.next : opened.floor);
    if (edge === null) return false;
    opened.atomically(() => {
      opened.floor = Math.max(opened.floor, edge + 1);
      removeBursts(opened, 0, edge);
      removeEvents(opened, 0, edge);
      removeGaps(opened, 0, edge);
      opened.saveSequence();
    });
    this.#isUntidy = true;
    return true;
  }

  /** After so many rows came: as much goes at least, where the database is well above its limit. */
  keepPace(opened: Opened, rows: number): void {
    const slack = Math.min(4 * mebibyte, this.limits.maxBytes / 8);
    for (let pieces = 2 + Math.ceil((2 * rows) / pieceRows); pieces > 0; pieces -= 1) {
      if (opened.size().used <= this.limits.maxBytes + slack || !this.sweep(opened)) return;
    }
  }

  /**
   * What is too old comes below the floor. Times from far ahead are of a clock that was wrong: they keep nothing, and what has one is as
   * old as what came after it. O-123.
   */
  #age(opened: Opened, now: bigint): void {
    const { maxAgeSeconds } = this.limits;
    const ms = this.#monotonicMs();
    if (!this.#isSettled(now, ms) || maxAgeSeconds === null || ms - this.#agedMs < ageEveryMs) return;
    this.#agedMs = ms;
    const since = now - BigInt(maxAgeSeconds) * 1_000_000_000n;
    const last = lastBefore(opened, since);
    if (last === null) return;
    const first = firstBetween(opened, since, now + hourNs) ?? opened.next;
    opened.floor = Math.max(opened.floor, Math.min(first, last + 1, opened.next));
  }

  #isSettled(now: bigint, ms: number): boolean {
    const aheadMs = Number(now / 1_000_000n) - ms;
    if (!(Math.abs(aheadMs - this.#clock.aheadMs) <= correctionMs)) this.#clock = { aheadMs, sinceMs: ms };
    return ms - this.#clock.sinceMs >= settledMs;
  }

  /** Names, boots and minutes of which nothing is left. False: that was looked for. */
  #tidy(opened: Opened): boolean {
    if (!this.#isUntidy) return false;
    const { connection } = opened;
    const sources = connection
      .statement(`SELECT number FROM source WHERE number > ? ORDER BY number LIMIT ${sourcesAtOnce}`)
      .all(this.#source);
    this.#source = sources.length < sourcesAtOnce ? 0 : integerOf(sources.at(-1) ?? {}, 'number');
    opened.atomically(() => {
      for (const row of sources) {
        connection
          .statement('DELETE FROM source WHERE number = ? AND NOT EXISTS (SELECT 1 FROM burst WHERE source = number)')
          .run(integerOf(row, 'number'));
      }
      if (this.#source !== 0) return;
      opened.floor = Math.max(opened.floor, firstRow(opened));
      opened.saveSequence();
      connection.statement('DELETE FROM minute WHERE last < ?').run(opened.floor);
      connection.statement('DELETE FROM boot WHERE last < ? AND number < (SELECT max(number) FROM boot)').run(opened.floor);
    });
    opened.names.forget();
    this.#isUntidy = this.#source !== 0;
    return true;
  }
}

/** The end of a piece of the oldest rows before `limit`; null: there are none. */
function edgeOfPiece({ connection }: Opened, limit: number): number | null {
  let edge: number | null = null;
  const bursts = connection
    .statement(`SELECT seq, length(text) AS bytes FROM burst WHERE seq < ? ORDER BY seq LIMIT ${pieceRows}`)
    .all(limit);
  let bytes = 0;
  for (const row of bursts) {
    edge = integerOf(row, 'seq');
    bytes += integerOf(row, 'bytes');
    if (bytes >= pieceBytes) break;
  }
  for (const table of ['event', 'gap']) {
    const rows = connection.statement(`SELECT seq FROM ${table} WHERE seq < ? ORDER BY seq LIMIT ${pieceRows}`).all(edge ?? limit);
    const last = rows.at(-1);
    if (last !== undefined && (edge === null || rows.length === pieceRows)) edge = integerOf(last, 'seq');
  }
  return edge;
}

/** The first of the sequence that is there. */
function firstRow({ connection, next }: Opened): number {
  const firsts = ['burst', 'event', 'gap'].map((table) => connection.statement(`SELECT min(seq) AS seq FROM ${table}`).get() ?? {});
  return Math.min(...firsts.map((row) => integerOrNull(row, 'seq') ?? next));
}

/** Some pages back to the disk, where many are free. */
function vacuum(opened: Opened): boolean {
  const { total, used } = opened.size();
  const free = total - used;
  if (free < 4 * mebibyte || free < total / 8) return false;
  opened.connection.database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
  return true;
}

/** So much of a disk is left to others and to the log, or a quarter of a small one. */
const reserveBytes = 64 * mebibyte;

/** What the database may use of its disk. Where that is nearly full it does not grow any more, and its oldest records make way. */
function bytesOnDisk(opened: Opened): number {
  const { total } = opened.size();
  const { blocks, bavail, bsize } = statfsSync(dirname(opened.path));
  if (blocks === 0) return Number.POSITIVE_INFINITY;
  const spare = bavail * bsize - Math.min(reserveBytes, (blocks * bsize) / 4);
  return spare >= 0 ? total + spare : total - Math.min(2 * mebibyte, total / 4);
}
