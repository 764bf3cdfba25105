/** When timers fired last, by what the registry held at the boot; services by their keys. PSD-007 9.1, TMR-028..TMR-032. */
import type { RealtimeNs } from '../time.ts';

export type TimerHistory = ReadonlyMap<string, LastRuns>;

export interface LastRuns {
  /** LastTimerRun, which counts for a service with one timer; null: there is none. */
  readonly single: RealtimeNs | null;
  /** TimerState, which counts for one with several, by schedule as the trigger has it. */
  readonly bySchedule: ReadonlyMap<string, RealtimeNs>;
}
