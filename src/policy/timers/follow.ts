/** The timers of a service follow its definition: new ones count from now, without catching up. GEN-011, GEN-024, CMD-025, DEF-005. */
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { armTimer, restTimer } from './arm.ts';
import { whyAllIdle } from './idle.ts';
import type { Timer } from './timer.ts';
import { schedulesOf, timerId } from './timer.ts';

const none: ReturnType<typeof schedulesOf> = { schedules: [], alone: false };

/** Its definition, or what makes it count, is another one. */
export function followTimers(turn: Turn, service: Service): void {
  const { definition, key } = service;
  const { schedules, alone } = definition === null ? none : schedulesOf(definition);
  if (schedules.length === 0 && service.timers.length === 0) return;
  const { timers, unreckoned } = turn.state;
  const idle = whyAllIdle(turn.state, service);
  if (idle === 'disabled') service.pendingRun = false;
  const before = service.timers;
  const ids = schedules.map((schedule) => timerId(key, schedule));
  // The value in the registry is the same one, whatever its schedule says now. TMR-035.
  const only = before.length === 1 ? timers.get(before[0] ?? '') : undefined;
  const last = alone && only?.alone === true ? only.last : null;
  forgetTimers(
    turn,
    before.filter((id) => !ids.includes(id)),
  );
  service.timers = ids;
  for (const [at, id] of ids.entries()) {
    const timer = timers.get(id) ?? newTimer(turn, id, key, schedules[at] ?? '', last);
    const { jitterSeconds } = timer;
    timer.alone = alone;
    timer.jitterSeconds = definition?.timerJitter ?? 0;
    if (idle !== null) {
      restTimer(turn, timer);
      unreckoned.delete(id);
    } else if (timer.armed === null && !unreckoned.has(id)) {
      timer.watchedSince = turn.stamp.realtime;
      armTimer(turn, timer, turn.stamp.realtime);
    } else if (timer.armed !== null && jitterSeconds !== timer.jitterSeconds && timer.armed.scheduled > turn.stamp.realtime)
      armTimer(turn, timer, turn.stamp.realtime);
  }
}

function newTimer(turn: Turn, id: string, service: string, schedule: string, last: Timer['last']): Timer {
  const timer: Timer = {
    id,
    service,
    schedule,
    alone: false,
    jitterSeconds: 0,
    armed: null,
    atBoot: null,
    watchedSince: turn.stamp.realtime,
    served: [],
    last,
  };
  turn.state.timers.set(id, timer);
  return timer;
}

/** The service, or these of its timers, are known no more. */
export function forgetTimers(turn: Turn, ids: readonly string[]): void {
  const { timers, unreckoned } = turn.state;
  for (const id of ids) {
    const timer = timers.get(id);
    if (timer !== undefined) restTimer(turn, timer);
    timers.delete(id);
    unreckoned.delete(id);
  }
}

/** The machine goes down. SHUT-005. */
export function restAllTimers(turn: Turn): void {
  for (const timer of turn.state.timers.values()) restTimer(turn, timer);
  turn.state.unreckoned.clear();
}
