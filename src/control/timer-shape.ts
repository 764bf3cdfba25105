/** The form of timers in the answers to timers, status and list. PSD-007 9.1, O-133. */
import type { Timer, TimerFiring } from '../../gen/control/types.ts';
import type { RealtimeNs } from '../kernel/kernel.ts';
import type { ServiceView, TimerView } from '../policy/view.ts';
import { formatTimestamp, formatTimestampOrNull } from '../wire/timestamp.ts';
import type { Caller } from './caller.ts';
import type { Desk } from './context.ts';

const nsPerSecond = 1_000_000_000n;

/** Of a service without timers, which most are, one list serves all. */
const none: readonly never[] = [];

/** For a caller that may query the service. */
export function timersOf(desk: Desk, caller: Caller, service: ServiceView): readonly Timer[] {
  const { definition, timers } = service;
  if (definition === null || timers.length === 0) return none;
  const now = desk.now().realtime;
  return timers.map(({ schedule, next, scheduled, idle, last }) => ({
    service: service.name,
    schedule,
    next: formatTimestampOrNull(next),
    next_seconds: next === null ? null : secondsUp(next - now),
    scheduled: formatTimestampOrNull(scheduled),
    idle,
    pending_run: service.pendingRun,
    last: last === null ? null : firingOf(desk, caller, service, last, now),
    persistent: definition.timerPersistent,
    jitter: definition.timerJitter,
  }));
}

type Last = NonNullable<TimerView['last']>;

function firingOf({ discretion }: Desk, caller: Caller, { key }: ServiceView, last: Last, now: RealtimeNs): TimerFiring {
  const { at, scheduled, outcome, reason, operation, result } = last;
  return {
    at: formatTimestamp(at),
    seconds_ago: at > now ? 0 : Number((now - at) / nsPerSecond),
    scheduled: formatTimestampOrNull(scheduled),
    outcome,
    reason: discretion.text(caller, reason, key),
    operation_id: operation,
    result:
      result === null
        ? null
        : {
            operation: result.operation,
            state: result.state,
            error: discretion.text(caller, result.error, key),
            at: formatTimestamp(result.at),
          },
  };
}

/** Rounded up, so that it is 0 only when the time has come. */
const secondsUp = (ns: bigint): number => (ns <= 0n ? 0 : Number((ns + nsPerSecond - 1n) / nsPerSecond));

/** When the first of its timers fires; null: none does. */
export function nextRunOf({ timers }: ServiceView): RealtimeNs | null {
  let first: RealtimeNs | null = null;
  for (const { next } of timers) if (next !== null && (first === null || next < first)) first = next;
  return first;
}
