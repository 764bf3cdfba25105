/** The steps of the state machine: each is checked against the table of the schema before it is made. PSD-007 5.1, ST-044. */
import { stateFacts, transitions } from '../../gen/service/facts.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { stateNames } from '../../gen/service/types.ts';
import { contain } from './containment.ts';
import { endRestartWindow, watchRestartWindow } from './restart-window.ts';
import type { Service } from './state.ts';
import type { Turn } from './turn.ts';

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

/**
 * Makes one step. What follows from it for others is worked off later.
 *
 * @returns false: the table does not list it; the service was contained instead
 */
export function step(turn: Turn, service: Service, to: State, cause: Cause, detail: string | null = null): boolean {
  const from = service.state;
  if (!isListed(from, to, cause)) {
    contain(turn, service, `step from ${from} to ${to} because of ${cause} is not in the table of transitions`);
    return false;
  }
  makeStep(turn, service, to, cause, detail);
  return true;
}

/** The step itself, unchecked. */
export function makeStep(turn: Turn, service: Service, to: State, cause: Cause, detail: string | null): void {
  const from = service.state;
  if (stateFacts[from].satisfies && !stateFacts[to].satisfies) endRestartWindow(turn, service);
  service.state = to;
  service.cause = cause;
  service.since = turn.stamp.realtime;
  service.detail = detail;
  if (!stateFacts[from].satisfies && stateFacts[to].satisfies) watchRestartWindow(turn, service);
  turn.effects.push({
    kind: 'service-changed',
    service: service.name,
    from,
    to,
    cause,
    detail,
    job: service.activation?.main ?? null,
    operation: service.attempt?.operation ?? service.operations[0] ?? null,
    at: turn.stamp.realtime,
  });
  turn.work.push({ kind: 'stepped', service: service.key, from, to, cause });
}
