import { foldName } from './definition/names.ts';
import type { Graph, ServiceNode } from './graph/graph.ts';
import type { PolicyState, Service } from './state.ts';
import type { FirstStartView } from './view.ts';

const none: readonly never[] = [];
const keysOf = (nodes: readonly ServiceNode[] | undefined): readonly string[] =>
  nodes === undefined || nodes.length === 0 ? none : nodes.map(({ key }) => key);

/** How a service came up first in this boot, with whom it depends on. */
export function firstStartView({ services }: PolicyState, graph: Graph, service: Service): FirstStartView {
  const { name, key, state, bootMember, definition, first } = service;
  const node = graph.byKey.get(key);
  const handler = node?.definition?.onFailure;
  const handlerKey = handler === undefined ? null : foldName(handler);
  return {
    name,
    key,
    state,
    bootMember,
    critical: definition?.errorControl === 'Critical',
    first,
    requires: keysOf(node?.requires),
    bindsTo: keysOf(node?.bindsTo),
    wants: keysOf(node?.wants),
    conflicts: keysOf(node?.conflicts),
    onFailure: handlerKey !== null && services.has(handlerKey) ? handlerKey : null,
  };
}
