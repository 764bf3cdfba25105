/**
 * The dependency graph of what is in force. It is made of the definitions, except that a running service keeps the dependencies it was
 * started with until it is started again or the graph is reloaded (GEN-007, GEN-009); services whose definition is gone take part with
 * the one they run under.
 */
import type { ServiceDefinition } from './definition/definition.ts';
import type { Decoded } from './definition/set.ts';
import type { Graph, ServiceNode } from './graph/graph.ts';
import { buildGraph } from './graph/graph.ts';
import type { Edges, PolicyState, Service } from './state.ts';
import type { Model, Turn } from './turn.ts';

export const createModel = (state: PolicyState): Model => ({
  graph: graphOf(state),
  stale: false,
  sorted: null,
  calendars: new Map(),
  touched: new Set(),
  looks: new Set(),
});

export function currentGraph({ model, state }: Pick<Turn, 'model' | 'state'>): Graph {
  if (model.stale) {
    model.graph = graphOf(state);
    model.stale = false;
  }
  return model.graph;
}

export const nodeOf = (turn: Turn, service: Service): ServiceNode | null => currentGraph(turn).byKey.get(service.key) ?? null;

function graphOf({ services, keys }: PolicyState): Graph {
  const entries = Array.from(services.values(), ({ name, definition, edges }): Decoded => {
    if (definition === null) return { name, definition, findings: [] };
    return { name, definition: edges === null ? definition : { ...definition, ...edges }, findings: [] };
  });
  return buildGraph({ services: entries, keys });
}

/** The service is not running any more, or is about to start again: the dependencies of its definition are in force. */
export function refreshEdges(turn: Turn, service: Service): void {
  if (service.edges === null) return;
  service.edges = null;
  turn.model.stale = true;
}

/** The dependencies of a definition. */
export const edgesOf = ({ requires, wants, bindsTo, conflicts, onFailure }: ServiceDefinition): Edges => ({
  requires,
  wants,
  bindsTo,
  conflicts,
  onFailure,
});

export const sameEdges = (one: Edges, other: Edges): boolean =>
  one.onFailure === other.onFailure &&
  sameList(one.requires, other.requires) &&
  sameList(one.wants, other.wants) &&
  sameList(one.bindsTo, other.bindsTo) &&
  sameList(one.conflicts, other.conflicts);

const sameList = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((name, at) => name === other[at]));
