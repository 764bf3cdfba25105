/**
 * Who wants another service waits for it: its own activation begins only when that one has satisfied, ended, or could not be started, at some
 * time since its start was asked for. What cannot be started at all is not waited for.
 */
import type { SpawnJob } from '../../../src/policy/effects.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { agreed, possible, satisfies } from './observed.ts';

export function wantInvariant({ observed }: Scene): Invariant {
  return {
    effect(effect) {
      if (effect.kind === 'spawn' && effect.prepareTree) activationBegun(effect);
    },
  };

  function activationBegun({ service }: SpawnJob): void {
    const one = observed.of(service);
    const start = [...one.operations.values()].find(({ record }) => record.state === 'running');
    if (start === undefined || one.declared === null || one.declaredIn >= start.requested) return;
    const byItself = start.record.source === 'restart_policy' || start.record.source === 'binds_to_recovery';
    for (const key of agreed(one, 'wants')) {
      const target = observed.of(key);
      if (isHopeless(target) || target.declaredIn >= start.requested) continue;
      const hasPassed = target.state === 'inactive' && target.cause === 'clean_exit' && target.declared?.type === 'Oneshot';
      const isDecided = satisfies(target.state) || target.settled > start.requested || target.startEnded > start.requested;
      must(
        isDecided || (byItself && hasPassed),
        () => `${one.key} started without waiting for ${key}, which it wants and which was ${target.state}`,
      );
    }
  }

  /** It cannot come, or not in this graph. */
  function isHopeless(target: Known): boolean {
    const { condemned, declared, removed, state } = target;
    if (declared === null || removed || declared.disabled || state === 'abandoned') return true;
    // What a graph has found invalid is not asked for by its members, though somebody else may start it.
    if (condemned) return true;
    return isInCycle(target) || state === 'failed';
  }

  function isInCycle(target: Known): boolean {
    const seen = new Set<string>();
    const todo = hardTargets(target);
    for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
      if (key === target.key) return true;
      if (seen.has(key)) continue;
      seen.add(key);
      todo.push(...hardTargets(observed.of(key)));
    }
    return false;
  }
}

const hardTargets = (one: Known): string[] => [...possible(one, 'requires'), ...possible(one, 'bindsTo'), ...possible(one, 'wants')];
