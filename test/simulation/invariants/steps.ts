/** One state per service, listed steps only, each beginning where the last one ended; and no internal error is ever reported. */
import type { State } from '../../../gen/service/types.ts';
import { listedTexts } from '../../support/transitions.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const listed: ReadonlySet<string> = new Set(listedTexts);

/** All steps that any life has made, for the coverage of the table. */
export const seenSteps = new Set<string>();

export function stepInvariant({ policy }: Scene): Invariant {
  const states = new Map<string, State>();
  return {
    effect(effect) {
      if (effect.kind === 'report') must(!effect.text.startsWith('internal error'), () => effect.text);
      if (effect.kind === 'service-discarded') states.delete(effect.service);
      if (effect.kind !== 'service-changed') return;
      const { service, from, to, cause } = effect;
      const known = states.get(service) ?? 'inactive';
      must(known === from, () => `service ${service} was ${known} and made a step from ${from} to ${to}`);
      must(listed.has(`${from}>${to} ${cause}`), () => `service ${service}: step ${from}>${to} ${cause} is not listed`);
      seenSteps.add(`${from}>${to} ${cause}`);
      states.set(service, to);
    },
    after({ step }) {
      for (const effect of step.effects) {
        if (effect.kind !== 'service-changed') continue;
        const view = policy.service(effect.service);
        if (view !== null)
          must(
            view.state === (states.get(effect.service) ?? 'inactive'),
            () => `service ${view.name} is ${view.state} without a step to it`,
          );
      }
    },
    sweep() {
      for (const { name, state } of policy.services()) {
        const known = states.get(name) ?? 'inactive';
        must(state === known, () => `service ${name} is ${state}, its steps led to ${known}`);
      }
    },
  };
}
