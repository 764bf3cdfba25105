/** The steps of the state machine: each is checked against the table of the schema before it is made. PSD-007 5.1, ST-044. */
import { transitions } from '../../gen/service/facts.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { stateNames } from '../../gen/service/types.ts';
import { noteStep } from './first-start.ts';
import type { Service } from './state.ts';
import { momentOf } from './time.ts';
import type { Turn } from './turn.ts';

const none: readonly string[] = [];

const table: { readonly [from: string]: { readonly [to: string]: readonly Cause[] } } = Object.fromEntries(
  stateNames.map((name) => [
    name,
    Object.fromEntries(transitions.filter(({ from }) => from === name).map(({ to, causes }) => [to, causes])),
  ]),
);

export const isListed = (from: State, to: State, cause: Cause): boolean => table[from]?.[to]?.includes(cause) ?? false;

/** The cause as it is, or another one that the table lists for that step when it does not list this one. */
export function listedCause(from: State, to: State, preferred: Cause, otherwise: Cause): Cause {
  return isListed(from, to, preferred) ? preferred : otherwise;
}

/** A step that is not in the table: a fault of the policy, which stays with that service (containment.ts). */
export class ImpossibleStep extends Error {
  override name = 'ImpossibleStep';
  readonly service: string;

  constructor(service: Service, to: State, cause: Cause) {
    super(`step from ${service.state} to ${to} because of ${cause} is not in the table of transitions`);
    this.service = service.key;
  }
}

/** Makes one step. What follows from it for others is worked off later. */
export function step(turn: Turn, service: Service, to: State, cause: Cause, detail: string | null = null): void {
  if (!isListed(service.state, to, cause)) throw new ImpossibleStep(service, to, cause);
  makeStep(turn, service, to, cause, detail);
}

/** The step itself, unchecked. */
export function makeStep(turn: Turn, service: Service, to: State, cause: Cause, detail: string | null): void {
  const from = service.state;
  const operation = service.attempt?.operation ?? service.operations[0] ?? null;
  service.state = to;
  service.cause = cause;
  service.since = momentOf(turn.stamp);
  service.detail = detail;
  service.failedJobs = none;
  noteStep(turn, service, from);
  turn.effects.push({
    kind: 'service-changed',
    service: service.name,
    key: service.key,
    from,
    to,
    cause,
    detail,
    job: service.activation?.main ?? null,
    operation,
    at: turn.stamp.realtime,
  });
  const restarts = operation !== null && turn.state.operations.get(operation)?.record.type === 'restart';
  turn.work.push({ kind: 'stepped', service: service.key, from, to, cause, restarts });
}
