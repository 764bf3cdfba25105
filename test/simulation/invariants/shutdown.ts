/** A shutdown starts nothing, stops dependents before what they need, and ends within ShutdownTimeout plus the post-kill time. */
import { foldName } from '../../../src/policy/definition/names.ts';
import { originText } from '../../../src/policy/origin.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { isOfJob } from './jobs.ts';
import type { Known } from './observed.ts';
import { agreed, possible } from './observed.ts';

const postKillNs = 5_000_000_000n;
const slackNs = 10_000_000n;

export function shutdownInvariant({ observed, world, plan }: Scene): Invariant {
  let stopped = 0;
  /** Definitions do not change any more. */
  let dependents: ReadonlyMap<string, readonly Known[]> | null = null;
  return {
    effect(effect, { stamp }) {
      const { shutdown } = observed;
      if (shutdown === null) return;
      switch (effect.kind) {
        case 'spawn':
          return must(false, () => `${originText(effect.origin)} was spawned during the shutdown`);
        case 'run-checks':
          return must(false, () => `checks of ${effect.service} during the shutdown`);
        case 'critical-failure':
          return must(false, () => 'a critical failure during the shutdown');
        case 'services-stopped':
          stopped += 1;
          must(stopped === 1, () => 'the services stopped twice');
          must(effect.type === plan.end.type, () => `shutdown ${effect.type}`);
          must(
            stamp.monotonic <= shutdown + BigInt(plan.shutdownTimeoutSeconds) * 1_000_000_000n + postKillNs + slackNs,
            () => `the shutdown took ${stamp.monotonic - shutdown} ns`,
          );
          return;
        case 'service-changed':
          if (effect.to === 'stopping' && effect.cause === 'shutdown_wave' && !observed.hurried) inOrder(observed.of(effect.service));
          return;
        case 'signal': {
          // A start that is cut short has no step before its end.
          const process = [...world.processes].find(({ job }) => job === effect.job);
          const one = process === undefined || isOfJob(process.tree) ? undefined : observed.of(process.service);
          if (one?.state === 'starting' && !observed.hurried) inOrder(one);
          return;
        }
        default:
          return;
      }
    },
    end() {
      must(stopped === 1, () => 'the shutdown did not end');
      for (const process of world.processes) {
        must(process.killed, () => `a process of ${process.service} was not even killed by the shutdown`);
      }
    },
  };

  /** Of those that depend on a service no process lives when it is told to end, save what outlived SIGKILL. */
  function inOrder(service: Known): void {
    dependents ??= dependentsOfAll(observed.all());
    const alive = (dependents.get(service.key) ?? []).filter((one) => isWaitedFor(one) && !dependOnEachOther(one, service));
    if (alive.length === 0) return;
    for (const process of world.processes) {
      const dependent = alive.find(({ key }) => key === foldName(process.service));
      if (process.part !== 'main' && (dependent?.state !== 'starting' || !process.part.startsWith('hooks'))) continue;
      must(
        dependent === undefined,
        () => `${service.key} was stopped while a process of ${dependent?.key}, which needs it, lived (${dependent?.state})`,
      );
    }
  }

  /** They have come to need each other while they ran, over others perhaps. */
  function dependOnEachOther(one: Known, other: Known): boolean {
    return reaches(one, other.key) && reaches(other, one.key);
  }

  function reaches(from: Known, key: string): boolean {
    const seen = new Set<string>();
    const todo = [from.key];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (next === key && seen.size > 0) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      todo.push(...possible(observed.of(next), 'requires'), ...possible(observed.of(next), 'bindsTo'));
    }
    return false;
  }
}

/** What was killed while it started is gone from the graph, and what was given up or failed before is not waited for. */
const isWaitedFor = ({ state }: Known): boolean =>
  state === 'starting' || state === 'active' || state === 'reloading' || state === 'stopping';

function dependentsOfAll(all: Iterable<Known>): ReadonlyMap<string, readonly Known[]> {
  const found = new Map<string, Known[]>();
  for (const one of all)
    for (const key of new Set(needs(one))) {
      if (key === one.key) continue;
      found.set(key, [...(found.get(key) ?? []), one]);
    }
  return found;
}

const needs = (one: Known): readonly string[] => [...agreed(one, 'requires'), ...agreed(one, 'bindsTo')];
