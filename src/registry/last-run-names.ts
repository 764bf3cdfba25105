/** Where a registry keeps when timers fired last: peinit writes it, and it is no part of a definition. TMR-031, TMR-032. */

/** Value of the service's key: it has one timer. */
export const lastRunName = 'LastTimerRun';
/** Key below it: a value for each of several timers. */
export const timerStateKey = 'TimerState';
