/** A timer is armed for the next time of its schedule, and later than that by its delay. TMR-018, TMR-036, TMR-037. */
import type { CalendarExpression } from '../calendar/expression.ts';
import { nextOccurrence } from '../calendar/next.ts';
import { parseCalendar } from '../calendar/parse.ts';
import type { RealtimeNs } from '../time.ts';
import { after } from '../time.ts';
import type { Turn } from '../turn.ts';
import { emit } from '../turn.ts';
import { drawDelay } from './delay.ts';
import { servedThrough } from './served.ts';
import type { Armed, Timer } from './timer.ts';

/** For the first time after `from` that was not served yet. */
export function armTimer(turn: Turn, timer: Timer, from: RealtimeNs): void {
  const scheduled = nextUnserved(turn, timer, from);
  if (scheduled === null) return restTimer(turn, timer);
  wait(turn, timer, { scheduled, at: after(scheduled, drawDelay(turn, timer.jitterSeconds)) });
}

/** It came too early: the clock was set back in the same moment. */
export const waitAgain = (turn: Turn, timer: Timer, armed: Armed): void => wait(turn, timer, armed);

function wait(turn: Turn, timer: Timer, armed: Armed): void {
  timer.armed = armed;
  emit(turn, { kind: 'arm-deadline', deadline: { kind: 'timer', subject: timer.id }, clock: 'realtime', at: armed.at });
}

export function restTimer(turn: Turn, timer: Timer): void {
  if (timer.armed === null) return;
  timer.armed = null;
  emit(turn, { kind: 'disarm-deadline', deadline: { kind: 'timer', subject: timer.id } });
}

function nextUnserved(turn: Turn, { schedule, served }: Timer, from: RealtimeNs): RealtimeNs | null {
  let next = nextTime(turn, schedule, from);
  for (;;) {
    const through = next === null ? null : servedThrough(served, next);
    if (through === null) return next;
    next = nextTime(turn, schedule, through);
  }
}

/** The first time after that instant; null: there is none any more. */
export const nextTime = (turn: Turn, schedule: string, from: RealtimeNs): RealtimeNs | null =>
  nextOccurrence(calendarOf(turn, schedule), from, turn.state.machine.zone);

function calendarOf({ model }: Turn, schedule: string): CalendarExpression {
  const known = model.calendars.get(schedule);
  if (known !== undefined) return known;
  const parsed = parseCalendar(schedule);
  if (!parsed.ok) throw new Error(`the schedule ${schedule} cannot be read, and its definition was taken`);
  model.calendars.set(schedule, parsed.value);
  return parsed.value;
}
