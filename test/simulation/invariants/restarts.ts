/** Budgets and delays are exact, and a Critical failure reboots exactly once. A model of its own counts along. */
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

export function restartInvariant({ observed, policy }: Scene): Invariant {
  /** Restarts in a row by the steps, and since when the service has satisfied. */
  const counts = new Map<string, number>();
  const satisfiesSince = new Map<string, bigint>();
  const windows = new Map<string, bigint>();
  /** Services whose window the policy has seen end: at that very moment another event may have come before. */
  const lapsed = new Set<string>();
  let criticalFailures = 0;
  /** ErrorControl is that of the activation. */
  const isCritical = new Map<string, boolean>();
  /** The critical service that this event has failed. */
  let critical: string | null = null;

  const satisfying = new Set(['active', 'reloading', 'completed', 'skipped']);

  return {
    effect(effect, { step, stamp }: Happening) {
      if (effect.kind === 'critical-failure') {
        criticalFailures += 1;
        must(criticalFailures === 1, () => `critical failure number ${criticalFailures}`);
        must(policy.machine().shuttingDown === false, () => 'critical failure during a shutdown');
        critical = null;
      }
      if (effect.kind === 'request-token' && observed.isFirst(effect.job))
        isCritical.set(effect.service, observed.of(effect.service).snapshot?.errorControl === 'Critical');
      if (effect.kind === 'service-discarded') {
        counts.delete(effect.service);
        satisfiesSince.delete(effect.service);
      }
      if (effect.kind !== 'service-changed') return;
      const { service, from, to, cause } = effect;
      const definition = policy.service(service)?.definition;
      const since = satisfiesSince.get(service);
      const window = windows.get(service);
      // A window that ends while the service reloads counts with its return to active.
      const over = since === undefined || window === undefined ? -1n : stamp.monotonic - since - window;
      const windowOver = over > 0n || (over === 0n && lapsed.has(foldName(service)));
      if (windowOver && (from !== 'reloading' || to === 'active')) counts.set(service, 0);
      if (satisfying.has(to) && !satisfying.has(from)) {
        satisfiesSince.set(service, stamp.monotonic);
        lapsed.delete(foldName(service));
        if (definition !== null && definition !== undefined) windows.set(service, BigInt(definition.restartWindow) * 1_000_000_000n);
      }
      if (!satisfying.has(to)) satisfiesSince.delete(service);
      if (cause === 'explicit_reset' || cause === 'clean_exit') counts.set(service, 0);
      const count = counts.get(service) ?? 0;
      if (to === 'failed' && cause === 'restart_budget_exhausted') {
        must(
          count === definition?.restartMaxRetries || count > (definition?.restartMaxRetries ?? 0),
          () => `${service} exhausted its budget after ${count} restarts`,
        );
      }
      if (to === 'failed' && cause === 'restart_budget_exhausted' && isCritical.get(service) === true && !policy.machine().shuttingDown)
        critical = service;
      if (to !== 'backoff') return;
      must(
        definition !== null && definition !== undefined && count < definition.restartMaxRetries,
        () => `${service} went to backoff after ${count} restarts`,
      );
      counts.set(service, count + 1);
      const seconds = Math.min(definition.restartDelay * 2 ** count, 60);
      const armed = step.effects.findLast(
        (other) => other.kind === 'arm-deadline' && other.deadline.kind === 'restart' && other.deadline.subject === foldName(service),
      );
      const at = armed?.kind === 'arm-deadline' ? armed.at : undefined;
      // One that was stopped in the same event waits no more.
      if (seconds > 0 && (at !== undefined || policy.service(service)?.state === 'backoff'))
        must(
          at === stamp.monotonic + BigInt(seconds) * 1_000_000_000n,
          () => `${service} waits until ${at} at ${stamp.monotonic}, its delay is ${seconds} s`,
        );
    },
    after({ event }) {
      if (event.kind === 'deadline' && event.deadline.kind === 'window') lapsed.add(event.deadline.subject);
      const failed = critical;
      critical = null;
      must(
        failed === null || criticalFailures > 0,
        () => `critical service ${failed} exhausted its budget, and the machine does not reboot`,
      );
    },
  };
}
