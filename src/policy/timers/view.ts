/** Timers as clients see them: also those that are not armed, with the reason. */
import type { PolicyState, Service } from '../state.ts';
import type { TimerView } from '../view.ts';
import { whyAllIdle } from './idle.ts';
import { schedulesOf, timerId } from './timer.ts';

const none: readonly never[] = [];

export function timerViews(state: PolicyState, service: Service): readonly TimerView[] {
  if (service.definition === null) return none;
  const { schedules } = schedulesOf(service.definition);
  return schedules.length === 0 ? none : schedules.map((schedule) => timerView(state, service, schedule));
}

function timerView(state: PolicyState, service: Service, schedule: string): TimerView {
  const id = timerId(service.key, schedule);
  const timer = state.timers.get(id);
  const resting = { schedule, next: null, scheduled: null, last: timer?.last ?? null };
  const idle = whyAllIdle(state, service);
  if (timer === undefined || idle !== null) return { ...resting, idle };
  if (timer.armed !== null) return { ...resting, next: timer.armed.at, scheduled: timer.armed.scheduled, idle: null };
  return { ...resting, idle: state.unreckoned.has(id) ? null : 'never' };
}
