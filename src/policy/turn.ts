import type { EventOf } from '../../gen/events/events.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import type { Effect, Report } from './effects.ts';
import type { Graph } from './graph/graph.ts';
import { formatUuid } from './ids.ts';
import type { PolicyState, Service } from './state.ts';
import type { Stamp } from './time.ts';

/**
 * The handling of one event. Functions settle what is intended on the state and emit effects; what follows for other services goes to
 * `work`, which is worked off before the event is over. Nothing recurses.
 */
export interface Turn {
  readonly state: PolicyState;
  readonly model: Model;
  readonly stamp: Stamp;
  readonly effects: Effect[];
  readonly work: Work[];
  /** Services whose share in the settling of the boot may have changed. */
  readonly touched: Set<Service>;
  /** Services that are to be looked at. */
  readonly looks: Set<string>;
  nextId: bigint;
}

/** The dependency graph of what is in force; derived from the state, built anew when it is stale. */
export interface Model {
  graph: Graph;
  stale: boolean;
  /** All services by name; null: to be sorted anew. */
  sorted: readonly Service[] | null;
}

export type Work =
  /** See what the service can do next, and whether those that wait for it may go on waiting. */
  | { readonly kind: 'look'; readonly service: string }
  /** It made a step. */
  | { readonly kind: 'stepped'; readonly service: string; readonly from: State; readonly to: State; readonly cause: Cause }
  /** It satisfies, and its post-hooks are over. */
  | { readonly kind: 'released'; readonly service: string }
  /** Nobody may need its pending start any more. */
  | { readonly kind: 'prune'; readonly service: string };

export const createTurn = (state: PolicyState, model: Model, stamp: Stamp): Turn => ({
  state,
  model,
  stamp,
  effects: [],
  work: [],
  touched: new Set(),
  looks: new Set(),
  nextId: stamp.idBase,
});

export function newId(turn: Turn): string {
  const id = formatUuid(turn.nextId);
  turn.nextId += 1n;
  return id;
}

export const emit = (turn: Turn, effect: Effect): void => {
  turn.effects.push(effect);
};

/** Something about the service changed: it is looked at once the present matter is settled. */
export function lookLater(turn: Turn, service: Service): void {
  if (turn.looks.has(service.key)) return;
  turn.looks.add(service.key);
  turn.work.push({ kind: 'look', service: service.key });
}

export function report(turn: Turn, level: Report['level'], text: string, service: Service | null, toConsole = false): void {
  turn.effects.push({ kind: 'report', level, console: toConsole, text, service: service?.name ?? null, at: turn.stamp.realtime });
}

export function record(turn: Turn, event: EventOf): void {
  turn.effects.push({ kind: 'recorded', at: turn.stamp.realtime, event });
}
