/**
 * Who wants another service waits for it: its own activation begins only when that one has satisfied, ended, or could not be started, at
 * some time since its start was asked for. What cannot be started at all is not waited for.
 */
import type { RequestToken } from '../../../src/policy/effects.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { agreed, isLeftOut, possible, satisfies } from './observed.ts';

export function wantInvariant({ observed }: Scene): Invariant {
  /** Services that passed on by themselves, and the turn in which one that had was started again. */
  const passed = new Set<string>();
  const startedAgain = new Map<string, number>();
  return {
    effect(effect) {
      if (effect.kind === 'service-changed') {
        if (effect.to === 'inactive' && effect.cause === 'clean_exit') passed.add(effect.key);
        else if (passed.delete(effect.key)) startedAgain.set(effect.key, observed.turn);
      }
      if (effect.kind === 'request-token' && observed.isFirst(effect.job)) activationBegun(effect);
    },
  };

  function activationBegun({ service }: RequestToken): void {
    const one = observed.of(service);
    const start = [...one.operations.values()].find(({ record }) => record.state === 'running');
    if (start === undefined || one.declared === null || one.declaredIn >= start.requested) return;
    const byItself = start.record.source === 'restart_policy' || start.record.source === 'binds_to_recovery';
    for (const key of agreed(one, 'wants')) {
      const target = observed.of(key);
      if (isLeftOut(observed, one, target) || isHopeless(target) || target.declaredIn >= start.requested) continue;
      // An automatic start goes on without a Oneshot that did its work, and looks once: what is started again meanwhile does not matter.
      const isPassed = passed.has(key) || (startedAgain.get(key) ?? 0) > start.requested;
      const hasPassed = isPassed && target.declared?.type === 'Oneshot';
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
    return isInCycle(target) || state === 'failed' || isBlocked(target);
  }

  /** Something that it needs cannot be started, which a graph finds without a step of one that is stopping. */
  function isBlocked(target: Known): boolean {
    const seen = new Set<string>([target.key]);
    const todo = needed(target);
    for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      const one = observed.of(key);
      if (one.declared === null || one.removed || one.declared.disabled) return true;
      todo.push(...needed(one));
    }
    return false;
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

const needed = (one: Known): string[] => [...possible(one, 'requires'), ...possible(one, 'bindsTo')];
const hardTargets = (one: Known): string[] => [...needed(one), ...possible(one, 'wants')];
