/**
 * Services in conflict never run together: no activation begins while a process of an opponent lives, and none goes on beside one that
 * began. Who waits for an opponent waits for one that is on its way down, and stays there.
 */
import { foldName } from '../../../src/policy/definition/names.ts';
import type { RequestToken } from '../../../src/policy/effects.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { agreed } from './observed.ts';

export function conflictInvariant({ observed, policy, world }: Scene): Invariant {
  return {
    effect(effect) {
      if (effect.kind === 'request-token' && observed.isFirst(effect.job)) activationBegun(effect);
    },
    after({ step }) {
      // A restart goes on.
      if (step.effects.some((effect) => effect.kind === 'service-changed' && effect.from === 'stopping' && effect.to === 'starting'))
        checkWaiting();
    },
    sweep: checkWaiting,
    calm: checkWaiting,
  };

  function checkWaiting(): void {
    if (observed.shutdown !== null) return;
    for (const { attempt, key } of policy.state.services.values()) {
      for (const opponent of attempt?.opponents ?? []) {
        const { operations, state } = observed.of(opponent);
        const comesBack = [...operations.values()].some(({ record }) => record.type === 'restart' && record.state === 'running');
        must(state === 'stopping' && !comesBack, () => `${key} waits for the end of ${opponent}, its opponent, which is ${state}`);
      }
    }
  }

  function activationBegun({ service }: RequestToken): void {
    const one = observed.of(service);
    const named = agreed(one, 'conflicts');
    for (const other of observed.all()) {
      if (other === one || !(named.includes(other.key) || agreed(other, 'conflicts').includes(one.key))) continue;
      must(
        other.state !== 'active' && other.state !== 'reloading' && other.state !== 'stopping',
        () => `${one.key} started beside ${other.key}, its opponent, which was ${other.state}`,
      );
      for (const process of world.processes) {
        const isMain = foldName(process.service) === other.key && process.job !== null && other.jobs.get(process.job) === 'service_main';
        must(
          !isMain || other.state === 'abandoned' || process.killed,
          () => `${one.key} started while the main process of ${other.key}, its opponent, lived (${other.state})`,
        );
      }
    }
  }
}
