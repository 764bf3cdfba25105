/** What a firing comes to goes by the state of its service; it is recorded, and the timer waits for its next time. TMR-019..TMR-023. */
import { inWords } from '../details.ts';
import { internal, request } from '../operations/requests.ts';
import type { Service } from '../state.ts';
import type { RealtimeNs } from '../time.ts';
import type { Turn } from '../turn.ts';
import { emit, report } from '../turn.ts';
import { armTimer, waitAgain } from './arm.ts';
import { withSpan } from './served.ts';
import type { LastFiring, Timer } from './timer.ts';

/** Its deadline came. */
export function timerReached(turn: Turn, id: string): void {
  const timer = turn.state.timers.get(id);
  const service = turn.state.services.get(timer?.service ?? '');
  if (timer === undefined || timer.armed === null || service === undefined) return;
  if (timer.armed.at > turn.stamp.realtime) return waitAgain(turn, timer, timer.armed);
  fire(turn, service, timer, timer.armed.scheduled);
}

/** `scheduled` null: it catches up what was missed. */
export function fire(turn: Turn, service: Service, timer: Timer, scheduled: RealtimeNs | null): void {
  const { realtime: at } = turn.stamp;
  const outcome = outcomeOf(turn, service);
  timer.last = { at, scheduled, ...outcome, result: null };
  emit(turn, { kind: 'timer-fired', service: service.name, key: service.key, schedule: timer.schedule, scheduled, ...outcome, at });
  if (service.definition?.timerPersistent === true)
    emit(turn, { kind: 'save-last-run', service: service.name, key: service.key, schedule: timer.alone ? null : timer.schedule, at });
  timer.served = withSpan(timer.served, timer.watchedSince, at);
  turn.state.unreckoned.delete(timer.id);
  armTimer(turn, timer, at);
}

type Came = Pick<LastFiring, 'reason' | 'operation'> & { readonly outcome: NonNullable<LastFiring['outcome']> };

const skipped = (reason: string): Came => ({ outcome: 'skipped', operation: null, reason });

function outcomeOf(turn: Turn, service: Service): Came {
  const { activation, definition, name, state } = service;
  switch (state) {
    case 'inactive':
    case 'completed':
    case 'failed':
      return start(turn, service);
    case 'starting':
    case 'active':
      if ((activation?.definition ?? definition)?.type === 'Oneshot') {
        service.pendingRun = true;
        return { outcome: 'pending', operation: null, reason: null };
      }
      report(turn, 'info', 'timer fired for active Simple service, no-op', service);
      return skipped(`service ${name} is ${inWords(state)} already`);
    case 'backoff':
    case 'stopping':
    case 'reloading':
    case 'abandoned':
    case 'skipped':
      return skipped(`service ${name} is ${inWords(state)}`);
    default:
      return state satisfies never;
  }
}

/** By the rules of conflicts, as any other start. TMR-027. */
function start(turn: Turn, service: Service): Came {
  const asked = request(turn, service, internal('start', 'timer'));
  switch (asked.kind) {
    case 'accepted':
      return { outcome: 'started', operation: asked.operation.record.id, reason: null };
    case 'settled':
      return skipped(`service ${service.name} needs no start`);
    case 'refused':
      return skipped(asked.message);
    default:
      return asked satisfies never;
  }
}
