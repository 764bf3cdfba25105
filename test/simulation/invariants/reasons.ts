/**
 * A service leaves active only for a reason that somebody can name: a command, the end of its process, a watchdog that was not fed, checks
 * that failed, the loss of what it is bound to, an opponent that starts, the shutdown.
 */
import type { OperationSource, OperationType } from '../../../gen/service/types.ts';
import type { ServiceChanged } from '../../../src/policy/effects.ts';
import type { Stamp } from '../../../src/policy/time.ts';
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { possible, satisfies } from './observed.ts';

const postKillNs = 5_000_000_000n;

export function reasonInvariant({ observed, world }: Scene): Invariant {
  return {
    effect(effect, happening) {
      if (effect.kind === 'kill-cgroup' && effect.part === 'tree') killed(observed.of(effect.service), happening);
      if (effect.kind !== 'service-changed') return;
      const { from, to, cause } = effect;
      if ((from !== 'active' && from !== 'reloading') || to === 'active' || to === 'reloading') return;
      const one = observed.of(effect.service);
      must(
        hasReason(one, effect, happening),
        () => `${one.key} went from ${from} to ${to} because of ${cause}, for which there is no reason`,
      );
    },
  };

  function hasReason(one: Known, { cause, from }: ServiceChanged, { stamp }: Happening): boolean {
    switch (cause) {
      case 'explicit_stop':
        return wants(one, 'stop', 'admin') || wants(one, 'restart', 'admin');
      case 'conflict_eviction':
        return wants(one, 'stop', 'conflict_resolution') && opponents(one).some(isStarting);
      case 'binds_to_propagation':
        return wants(one, 'stop', 'binds_to_propagation') && possible(one, 'bindsTo').some((key) => isLost(observed.of(key), stamp));
      case 'shutdown_wave':
        return observed.shutdown !== null;
      case 'process_unkillable':
        return (
          one.killed !== null &&
          stamp.monotonic - one.killed.at >= postKillNs &&
          [...world.processes].some(({ job, killed }) => killed && job !== null && one.jobs.has(job))
        );
      case 'clean_exit':
      case 'clean_exit_restart':
        return exited(one) && isSuccess(one);
      case 'process_crash':
        // Whoever reloads must not end at all.
        return exited(one) && (from === 'reloading' || !isSuccess(one) || isDisputed(one));
      case 'watchdog_timeout':
        return exited(one) && one.killed?.by === 'watchdog';
      case 'health_check_failure':
        return exited(one) && one.killed !== null;
      case 'restart_budget_exhausted':
        return exited(one);
      default:
        return false;
    }
  }

  /** What is killed while it is up was not fed, or is ill. */
  function killed(one: Known, { event, stamp }: Happening): void {
    if (one.state !== 'active') return;
    const deadline = event.kind === 'deadline' ? event.deadline.kind : null;
    if (deadline === 'watchdog') {
      const intervals = [one.declared, one.snapshot].flatMap((each) =>
        each === null ? [] : [BigInt(each.watchdogTimeout) * 1_000_000_000n],
      );
      const shortest = [...intervals.filter((ns) => ns > 0n), ...(one.watchdogNs === null ? [] : [one.watchdogNs])].sort(byValue)[0];
      const silent = stamp.monotonic - one.fed;
      must(shortest !== undefined && silent >= shortest, () => `${one.key} was killed by its watchdog after ${silent} ns of silence`);
    }
    const isCheck = observed.ended?.of === one && observed.ended.type === 'health_check';
    if (deadline === 'health' || deadline === 'health-limit' || isCheck) {
      const fewest = Math.min(...[one.declared, one.snapshot].flatMap((each) => each?.healthCheckRetries ?? []));
      must(one.unhealthy >= fewest, () => `${one.key} was killed after ${one.unhealthy} failed checks in a row`);
    }
  }

  function opponents(one: Known): readonly Known[] {
    const named = new Set(possible(one, 'conflicts'));
    return [...observed.all()].filter((other) => named.has(other.key) || possible(other, 'conflicts').includes(one.key));
  }
}

/** A Oneshot that is restarted may be skipped in the same moment. */
const isLost = ({ since, state }: Known, { monotonic }: Stamp): boolean =>
  !satisfies(state) || (state === 'skipped' && since === monotonic);

const byValue = (one: bigint, other: bigint): number => (one < other ? -1 : 1);

const wants = ({ operations }: Known, type: OperationType, source: OperationSource): boolean =>
  [...operations.values()].some(({ record }) => record.type === type && record.source === source);

const isStarting = ({ operations }: Known): boolean =>
  [...operations.values()].some(({ record }) => record.type === 'start' || record.type === 'restart');

/** Its main process is gone. */
const exited = ({ mainEnd }: Known): boolean => mainEnd !== null;

const codes = ({ declared, snapshot }: Known): readonly (readonly number[])[] =>
  [declared, snapshot].flatMap((each) => (each === null ? [] : [each.successExitCodes]));

const isSuccess = (one: Known): boolean => {
  const code = one.mainEnd?.exitCode ?? null;
  return code === 0 || (code !== null && codes(one).some((list) => list.includes(code)));
};

/** The definitions do not agree on what counts as success. */
const isDisputed = (one: Known): boolean => {
  const code = one.mainEnd?.exitCode ?? null;
  return code !== null && code !== 0 && !codes(one).every((list) => list.includes(code));
};
