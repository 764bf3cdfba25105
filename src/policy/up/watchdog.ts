/** The watchdog of a Simple service: WATCHDOG=1 must come within the interval while it is active. It rests while reloading. PSD-007 5.3. */

import { doom } from '../activation/doom.ts';
import { arm, disarm, isArmed } from '../deadlines.ts';
import { mainOf } from '../jobs.ts';
import type { Activation, Service } from '../state.ts';
import type { MonotonicNs } from '../time.ts';
import { after } from '../time.ts';
import type { Turn } from '../turn.ts';

/** In microseconds: what the service asked for, else what its definition says now; 0: off. WD-005, D-17. */
const intervalUsec = (service: Service, { definition, watchdogUsec }: Activation): bigint =>
  watchdogUsec ?? BigInt((service.definition ?? definition).watchdogTimeout) * 1_000_000n;

/** A fresh interval begins. */
export function armWatchdog(turn: Turn, service: Service, activation: Activation): void {
  armSince(turn, service, activation, turn.stamp.monotonic);
}

/** The definition changed: a watchdog that runs goes on with the interval it says now, from the last sign of life. GEN-010, D-17. */
export function followWatchdog(turn: Turn, service: Service, activation: Activation): void {
  // Where it rests it is armed afresh afterwards.
  if (service.state !== 'active' || activation.stage !== 'up') return;
  if (intervalUsec(service, activation) === (activation.watchdog?.usec ?? 0n)) return;
  armSince(turn, service, activation, activation.watchdog?.since ?? turn.stamp.monotonic);
}

function armSince(turn: Turn, service: Service, activation: Activation, since: MonotonicNs): void {
  if (activation.definition.type !== 'Simple') return;
  const usec = intervalUsec(service, activation);
  activation.watchdog = usec > 0n ? { since, usec } : null;
  if (usec > 0n) arm(turn, 'watchdog', service.key, after(since, usec * 1000n));
  else disarm(turn, 'watchdog', service.key);
}

export function restWatchdog(turn: Turn, service: Service): void {
  disarm(turn, 'watchdog', service.key);
}

/** WATCHDOG=1. */
export function watchdogFed(turn: Turn, service: Service, activation: Activation): void {
  if (isArmed(turn, 'watchdog', service.key)) armWatchdog(turn, service, activation);
}

/** WATCHDOG_USEC: counts only while active. WD-002..WD-004. */
export function setWatchdog(turn: Turn, service: Service, activation: Activation, usec: bigint): void {
  if (service.state !== 'active' || activation.doom !== null || activation.definition.type !== 'Simple') return;
  activation.watchdogUsec = usec;
  armWatchdog(turn, service, activation);
}

export function watchdogMissed(turn: Turn, service: Service, activation: Activation): void {
  if (service.state !== 'active' || activation.watchdog === null) return;
  const seconds = Number(activation.watchdog.usec) / 1_000_000;
  const detail =
    `service ${service.name}: no WATCHDOG=1 came for ${seconds} s while it was active. ` +
    'It hangs, or WatchdogTimeout is too short for it.';
  doom(turn, service, activation, { cause: 'watchdog_timeout', detail, jobs: mainOf(activation) });
}
