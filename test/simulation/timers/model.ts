/**
 * What a timer owes, by what the wall clock has shown and nothing else: a time that it showed or jumped over for the first time is served
 * by one firing, once, and within its delay. Seconds since the epoch, with fractions.
 */
import type { Schedule } from './oracle.ts';
import { firstAfter } from './oracle.ts';

export interface Model {
  readonly service: string;
  readonly schedule: Schedule;
  counts: boolean;
  jitter: number;
  /** The clock has shown all from here on, and nothing of it was served. */
  openFrom: number;
  readonly settled: { readonly from: number; readonly through: number }[];
  /** The first time that came and was not served, and since when on the monotonic clock. */
  owed: { readonly time: number; readonly since: number } | null;
  firings: number;
}

/** The first time after that instant that was not served. */
export function firstUnserved({ schedule, settled }: Model, zone: string, after: number): number | null {
  for (let from = after; ; ) {
    const time = firstAfter(schedule, zone, from);
    if (time === null) return null;
    const span = settled.find((each) => each.from < time && time <= each.through);
    if (span === undefined) return time;
    from = span.through;
  }
}

/** The clock went on to `wall`, or jumped there. */
export function passed(model: Model, zone: string, wall: number, monotonic: number): void {
  if (!model.counts || model.owed !== null || wall <= model.openFrom) return;
  const time = firstUnserved(model, zone, model.openFrom);
  if (time !== null && time <= wall) model.owed = { time, since: monotonic };
}

/** The clock was set back to `wall`. A delay that runs ends when the clock shows its end, which is later now. */
export function wentBack(model: Model, wall: number, monotonic: number): void {
  if (model.openFrom > wall) model.openFrom = wall;
  if (model.owed === null) return;
  const { time, since } = model.owed;
  model.owed = time > wall ? null : { time, since: Math.max(since, monotonic - (wall - time)) };
}

export function fired(model: Model, wall: number): void {
  if (wall > model.openFrom) model.settled.push({ from: model.openFrom, through: wall });
  model.openFrom = wall;
  model.owed = null;
  model.firings += 1;
}

/** It counts from now on. */
export function begins(model: Model, wall: number): void {
  model.counts = true;
  model.openFrom = wall;
  model.owed = null;
}

export function rests(model: Model): void {
  model.counts = false;
  model.owed = null;
}
