import type { EventOf } from '../../gen/events/events.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import type { CalendarExpression } from './calendar/expression.ts';
import type { Effect, Report, SignalJob } from './effects.ts';
import type { Survivor } from './events.ts';
import type { Graph } from './graph/graph.ts';
import { formatUuid } from './ids.ts';
import type { PolicyState, Service } from './state.ts';
import type { Stamp } from './time.ts';

/**
 * The handling of one event. A function changes the phase of a service that it is about and emits effects. What it wants of another phase
 * it notes as an intention, and what its steps mean for others as work; both are worked off before the event is over, the intentions
 * first. Nothing recurses, and no item of either makes a step of another service than its own: what goes wrong in it stays there.
 */
export interface Turn {
  readonly state: PolicyState;
  readonly model: Model;
  readonly stamp: Stamp;
  readonly effects: Effect[];
  /** Takes the signals as they are found. */
  readonly signal: (effect: SignalJob) => void;
  readonly intentions: Intention[];
  readonly work: Work[];
  /** Services whose share in the settling of the boot may have changed. */
  readonly touched: Set<Service>;
  /** Services that are to be looked at. */
  readonly looks: Set<string>;
  nextId: bigint;
  /** What the event says of processes that were killed and have not ended. */
  survivors: readonly Survivor[];
}

/** The dependency graph of what is in force; derived from the state, built anew when it is stale. */
export interface Model {
  graph: Graph;
  stale: boolean;
  /** All services by name; null: to be sorted anew. */
  sorted: readonly Service[] | null;
  /** Schedules of timers, read. */
  readonly calendars: Map<string, CalendarExpression>;
  /** The sets of a turn, used by one after the other: most need neither. */
  readonly touched: Set<Service>;
  readonly looks: Set<string>;
}

/** What is to be done with a service next. One that has become impossible meanwhile means nothing. */
export type Intention =
  /** The operation has its turn: a stop, a reload, a reset, or the stop leg of a restart. */
  | { readonly kind: 'carry-out'; readonly service: string; readonly operation: string }
  /** The stop leg of that restart is over. */
  | { readonly kind: 'start-again'; readonly service: string; readonly operation: string }
  /** Nothing holds its start up any more: the start sequence begins. */
  | { readonly kind: 'launch'; readonly service: string }
  /** It is ready, or its post-hooks are over: it is watched from now on. */
  | { readonly kind: 'watch'; readonly service: string }
  /** Its restart delay is over before it has begun. */
  | { readonly kind: 'end-delay'; readonly service: string }
  /** A service that it was starting with failed. */
  | { readonly kind: 'doom'; readonly service: string; readonly cause: Cause; readonly detail: string }
  /** The start that it tries cannot be: a service that it waited for does not come up. */
  | { readonly kind: 'fail-start'; readonly service: string; readonly operation: string; readonly message: string }
  /** It was found that it must not start. */
  | { readonly kind: 'condemn'; readonly service: string; readonly cause: Cause; readonly message: string }
  /** The machine is going down: what is up without a process, or on its way, ends at once. */
  | { readonly kind: 'leave-machine'; readonly service: string }
  /** Its start was cut short, and its wave of the shutdown has its turn. */
  | { readonly kind: 'ask-to-end'; readonly service: string }
  /** The process of that job, whose token had not come, is not wanted any more. */
  | { readonly kind: 'take-back'; readonly service: string; readonly job: string }
  /** Its stop takes too long for the shutdown. */
  | { readonly kind: 'kill'; readonly service: string };

export type Work =
  /** See what the service can do next, and whether those that wait for it may go on waiting. */
  | { readonly kind: 'look'; readonly service: string }
  /** It made a step; `restarts`: for a restart. */
  | {
      readonly kind: 'stepped';
      readonly service: string;
      readonly from: State;
      readonly to: State;
      readonly cause: Cause;
      readonly restarts: boolean;
    }
  /** It satisfies, and its post-hooks are over. */
  | { readonly kind: 'released'; readonly service: string }
  /** Its timer is to be reckoned. */
  | { readonly kind: 'reckon'; readonly service: string; readonly timer: string }
  /** Nobody may need its pending start any more. */
  | { readonly kind: 'prune'; readonly service: string };

export function createTurn(state: PolicyState, model: Model, stamp: Stamp, signal?: (effect: SignalJob) => void): Turn {
  const { touched, looks } = model;
  // Emptying what is empty would cost more than most events do.
  if (touched.size > 0) touched.clear();
  if (looks.size > 0) looks.clear();
  const effects: Effect[] = [];
  return {
    state,
    model,
    stamp,
    effects,
    signal: signal ?? ((effect) => void effects.push(effect)),
    intentions: [],
    work: [],
    touched,
    looks,
    nextId: stamp.idBase,
    survivors: none,
  };
}

const none: readonly Survivor[] = [];

export function newId(turn: Turn): string {
  const id = formatUuid(turn.nextId);
  turn.nextId += 1n;
  return id;
}

export const emit = (turn: Turn, effect: Effect): void => {
  turn.effects.push(effect);
};

export const intend = (turn: Turn, intention: Intention): void => {
  turn.intentions.push(intention);
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
