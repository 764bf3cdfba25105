/**
 * Who gives the commands of a plan. Directly here; a life can be given clients that speak to the control handlers instead (LifeOptions), whose
 * requests then become the commands and whose answers they check.
 */
import type { Effect } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import type { StatefulPolicy } from '../../src/policy/policy.ts';
import type { Step } from '../../src/policy/view.ts';
import type { Stimulus } from './plan.ts';
import type { Scheduler } from './scheduler.ts';

export interface Clients {
  command(stimulus: Extract<Stimulus, { kind: 'command' }>): void;
  /** Every effect, after the world has carried it out. */
  onEffect(effect: Effect): void;
  /** The shutdown is over. Throws a Violation if a request was not answered exactly once. */
  end(): void;
}

export interface ClientParts {
  readonly policy: StatefulPolicy;
  readonly scheduler: Scheduler;
  /** Hands an event to the policy; its effects have been carried out when it returns. */
  readonly submit: (event: PolicyEvent) => Step;
}

export const directClients = ({ submit }: ClientParts): Clients => ({
  command: ({ command, service }) => void submit({ kind: 'command', command, service, source: 'admin' }),
  onEffect: () => undefined,
  end: () => undefined,
});
