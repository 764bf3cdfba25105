/** What of the dependency graph counts in Safe mode. PSD-007 2.3, BOOT-052, D-12. */
import { findCycles } from './graph/cycles.ts';
import type { Graph, ServiceNode } from './graph/graph.ts';
import { excludedBySafeMode, isEligible, isMount } from './safe-mode.ts';
import type { PolicyState } from './state.ts';
import type { Turn } from './turn.ts';

/** Whether that dependency is in force. */
export const edgesInForce =
  (state: PolicyState) =>
  (from: ServiceNode, target: ServiceNode): boolean =>
    !excludedBySafeMode(state, state.services.get(from.key)?.bootMember === true, target.definition);

/** Notes with each service which cycle it is part of. A member of a Safe boot is in none that leads through what was left out. */
export function markCycles({ state: { services, machine } }: Pick<Turn, 'state'>, graph: Graph): void {
  const cycles = findCycles(graph.nodes.length, graph.nodes).members;
  const ofSafe = machine.safe
    ? findCycles(
        graph.nodes.length,
        graph.nodes.filter(({ definition }) => isEligible(definition) || isMount(definition)),
      ).members
    : cycles;
  for (const node of graph.nodes) {
    const service = services.get(node.key);
    if (service !== undefined) service.cycle = (service.bootMember ? ofSafe : cycles).get(node) ?? null;
  }
}
