/**
 * All timers at once: at the boot, and when the wall clock or the zone is another one. Each costs some ten microseconds, and there may be
 * thousands, so they are reckoned piece by piece, an event each; until its turn comes a timer stays armed as it was. TMR-028..TMR-030,
 * TMR-038..TMR-041.
 */
import { arm, disarm } from '../deadlines.ts';
import type { Service } from '../state.ts';
import type { RealtimeNs } from '../time.ts';
import type { Turn } from '../turn.ts';
import { armTimer, nextTime, restTimer } from './arm.ts';
import { fire } from './fire.ts';
import type { LastRuns, TimerHistory } from './history.ts';
import { whyAllIdle } from './idle.ts';
import type { Timer } from './timer.ts';

/** What one event reckons, for a few milliseconds; one that may catch up a run, and so start a process, counts for more. O-178. */
const perEvent = 200;
const catchUpCost = 12;

/**
 * The boot: what was missed is caught up, and all are armed.
 *
 * @param roots services that the boot starts: theirs come first, so that what they catch up joins that start
 */
export function beginTimers(turn: Turn, history: TimerHistory, roots: readonly Service[]): void {
  const { timers } = turn.state;
  for (const timer of timers.values()) {
    const service = turn.state.services.get(timer.service);
    if (service?.definition?.timerPersistent !== true) continue;
    const lastRun = lastRunOf(timer, history.get(timer.service));
    if (lastRun !== null) timer.last = { at: lastRun, scheduled: null, outcome: null, reason: null, operation: null, result: null };
    timer.atBoot = { lastRun };
  }
  reckonAll(
    turn,
    roots.flatMap((service) => service.timers),
  );
}

const lastRunOf = ({ alone, schedule }: Timer, runs: LastRuns | undefined): RealtimeNs | null =>
  (alone ? runs?.single : runs?.bySchedule.get(schedule)) ?? null;

/** The wall clock or the zone is another one. `first` are reckoned with this event, however many they are. */
export function reckonAll(turn: Turn, first: readonly string[] = []): void {
  const { machine, timers, unreckoned } = turn.state;
  const { realtime } = turn.stamp;
  // What the clock said before may lie before times that nobody has looked for yet.
  machine.reckonedFrom = unreckoned.size > 0 && machine.reckonedFrom < realtime ? machine.reckonedFrom : realtime;
  for (const id of timers.keys()) unreckoned.add(id);
  for (const id of first) takeOn(turn, id);
  continueReckoning(turn);
}

/** The next piece. */
export function continueReckoning(turn: Turn): void {
  const { unreckoned } = turn.state;
  let left = perEvent;
  for (const id of unreckoned) {
    if (left <= 0) break;
    left -= (turn.state.timers.get(id)?.atBoot ?? null) === null ? 1 : catchUpCost;
    takeOn(turn, id);
  }
  if (unreckoned.size > 0) arm(turn, 'reckoning', '', turn.stamp.monotonic);
  else disarm(turn, 'reckoning', '');
}

function takeOn(turn: Turn, id: string): void {
  turn.state.unreckoned.delete(id);
  const service = turn.state.timers.get(id)?.service;
  if (service !== undefined) turn.work.push({ kind: 'reckon', service, timer: id });
}

export function reckon(turn: Turn, service: Service, id: string): void {
  const timer = turn.state.timers.get(id);
  if (timer === undefined) return;
  const { atBoot } = timer;
  timer.atBoot = null;
  if (whyAllIdle(turn.state, service) !== null) return restTimer(turn, timer);
  const from = turn.state.machine.reckonedFrom;
  // Its time has come: it fires after its delay, or at once if the clock has passed that.
  if (timer.armed !== null && timer.armed.scheduled <= from) return;
  if (from < timer.watchedSince || atBoot !== null) timer.watchedSince = from;
  if (atBoot !== null && isMissed(turn, timer, atBoot.lastRun)) return fire(turn, service, timer, null);
  armTimer(turn, timer, from);
}

/** Where nothing is known of a last run, one was missed: but for a schedule that never comes again. TMR-028, TMR-041, TMR-047. */
function isMissed(turn: Turn, { schedule }: Timer, lastRun: RealtimeNs | null): boolean {
  const { realtime } = turn.stamp;
  if (lastRun === null || lastRun > realtime) return nextTime(turn, schedule, realtime) !== null;
  const next = nextTime(turn, schedule, lastRun);
  return next !== null && next <= realtime;
}
