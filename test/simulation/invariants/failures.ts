/** The final failure of a service reaches those that require it and are starting: none of them is left to go on. DEP-002, ST-018. */
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { agreed, isLeftOut } from './observed.ts';

export function failureInvariant({ observed }: Scene): Invariant {
  let failed: Known[] = [];
  return {
    effect(effect) {
      if (effect.kind === 'service-changed' && (effect.to === 'failed' || effect.to === 'abandoned'))
        failed.push(observed.of(effect.service));
    },
    after() {
      const targets = failed;
      failed = [];
      if (observed.shutdown !== null) return;
      for (const target of targets) {
        // One that is started again within the event has failed all the same.
        for (const one of observed.all()) {
          if (one.state !== 'starting' || one.jobs.size === 0 || one.killed !== null || one.ending || one.stepped > target.stepped)
            continue;
          if (isLeftOut(observed, one, target)) continue;
          const needs = agreed(one, 'requires').includes(target.key) || agreed(one, 'bindsTo').includes(target.key);
          must(!needs, () => `${one.key} goes on starting, though ${target.key}, which it needs, went to ${target.state}`);
        }
      }
    },
  };
}
