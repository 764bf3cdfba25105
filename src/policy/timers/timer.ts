/**
 * Timers: one for each schedule in the triggers of a service. While they count, a timer is **armed** for the first time that its schedule
 * matches (`scheduled`) and comes up to TimerJitter later (`at`), on the wall clock. When it **fires**, all times up to now are served, and
 * it is armed for the first one after them that was not. A wall clock that is set is followed by **reckoning**: times that have come stay
 * armed, and those that have not are looked for anew from what the clock says. Many are reckoned piece by piece. PSD-007 9.1, TMR-018 to
 * TMR-049.
 */
import type { OperationState, State, TimerOutcome } from '../../../gen/service/types.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { RealtimeNs } from '../time.ts';

export interface Timer {
  /** Subject of its deadline. */
  readonly id: string;
  /** Key of the service. */
  readonly service: string;
  /** As the trigger has it. */
  readonly schedule: string;
  /** It is the only timer trigger of its service, which decides where its last run is kept. TMR-031, TMR-032. */
  alone: boolean;
  /** Greatest delay that it is armed with. */
  jitterSeconds: number;
  /** Null: it matches no time any more, or is still to be reckoned. */
  armed: Armed | null;
  /** What the registry held at the boot, until it is seen whether a run was missed. */
  atBoot: { readonly lastRun: RealtimeNs | null } | null;
  /** The clock has shown every time from here on, once: it begins again further back when the clock goes back beyond it. */
  watchedSince: RealtimeNs;
  /** Spans of the wall clock whose times were served, rising. */
  served: readonly Span[];
  last: LastFiring | null;
}

export interface Armed {
  readonly scheduled: RealtimeNs;
  /** Never before that. TMR-037. */
  readonly at: RealtimeNs;
}

/** After `from`, up to and with `through`. */
export interface Span {
  readonly from: RealtimeNs;
  readonly through: RealtimeNs;
}

export interface LastFiring {
  readonly at: RealtimeNs;
  /** Null: it caught up what was missed, or fired in an earlier boot. */
  readonly scheduled: RealtimeNs | null;
  /** Null: it fired in an earlier boot. */
  readonly outcome: TimerOutcome | null;
  /** Why nothing was started; null: something was, or will be. */
  readonly reason: string | null;
  /** The start that it led to. */
  readonly operation: string | null;
  /** What that came to. */
  readonly result: FiringResult | null;
}

export interface FiringResult {
  readonly operation: Extract<OperationState, 'completed' | 'failed' | 'cancelled' | 'aborted'>;
  /** State of the service at the end of the operation; null where that failed. */
  readonly state: State | null;
  readonly error: string | null;
  readonly at: RealtimeNs;
}

/** Neither has a line break in it. */
export const timerId = (service: string, schedule: string): string => `${service}\n${schedule}`;

/** Those that are equal are one timer; `alone` counts triggers. O-127. */
export function schedulesOf({ triggers }: ServiceDefinition): { readonly schedules: readonly string[]; readonly alone: boolean } {
  const all = triggers.flatMap((trigger) => (trigger.type === 'timer' ? [trigger.expression] : []));
  return { schedules: all.length < 2 ? all : Array.from(new Set(all)), alone: all.length === 1 };
}
