/**
 * A service that is bound to one that was lost is not up any more when the event is over. Who is bound to whom is what the registry said
 * when the service was started, or at the last reload-config after that: the policy's own view does not count.
 */
import { stateFacts } from '../../../gen/service/facts.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { ServiceChanged } from '../../../src/policy/effects.ts';
import type { LoadDefinitions } from '../../../src/policy/events.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { isLeftOut } from './observed.ts';

type Names = ReadonlySet<string>;

export function bindingInvariant({ observed, policy }: Scene): Invariant {
  /** BindsTo of the definitions that were taken over last, and of those that count for services that run. */
  const declared = new Map<string, Names>();
  const inForce = new Map<string, Names>();

  function declare({ definitions, strict }: LoadDefinitions): void {
    for (const { name, definition } of definitions.services) {
      const key = foldName(name);
      const names = new Set(definition?.bindsTo.map(foldName));
      declared.set(key, names);
      if (strict && inForce.has(key)) inForce.set(key, names);
    }
  }

  /** Steps that were made for a restart. */
  const restarted = new WeakSet<ServiceChanged>();

  return {
    effect(effect) {
      if (effect.kind !== 'service-changed' || effect.from !== 'completed' || effect.operation === null) return;
      if (observed.of(effect.service).operations.get(effect.operation)?.record.type === 'restart') restarted.add(effect);
    },
    after({ event, step }) {
      if (event.kind === 'load-definitions' && step.answer?.kind === 'loaded') declare(event);
      for (const effect of step.effects) {
        const key = 'service' in effect ? foldName(effect.service ?? '') : '';
        if (effect.kind === 'service-discarded') inForce.delete(key);
        else if (effect.kind === 'request-token' && observed.isFirst(effect.job)) inForce.set(key, declared.get(key) ?? new Set());
        else if (effect.kind === 'service-changed' && isLoss(effect, restarted.has(effect)) && !policy.machine().shuttingDown)
          checkBoundTo(key, effect);
      }
    },
  };

  function checkBoundTo(lost: string, { to }: ServiceChanged): void {
    for (const [key, names] of inForce) {
      if (isLeftOut(observed, observed.of(key), observed.of(lost))) continue;
      const now = names.has(lost) ? policy.service(key)?.state : undefined;
      must(now !== 'active' && now !== 'reloading', () => `${key} is ${now}, bound to ${lost}, which went to ${to}`);
    }
  }
}

/**
 * Active is left. A Oneshot that passes on by itself, or is started again, is none, but its restart is one; one that was skipped never was
 * up.
 */
function isLoss({ from, to, cause }: ServiceChanged, restarts: boolean): boolean {
  if (from === 'completed') return restarts ? cause !== 'clean_exit' : cause === 'explicit_stop';
  return (from === 'active' || from === 'reloading') && !stateFacts[to].satisfies;
}
