/** Everything wrong with a set of definitions as a whole: what a load is judged by. PSD-007 3.5, 11.2, GEN-016, GEN-023. */
import type { DefinitionSet, Finding } from '../definition/set.ts';
import { bootClosure } from './closure.ts';
import { findCycles } from './cycles.ts';
import { aliveWarnings, findConflicts, missingHandlers, missingTargets } from './findings.ts';
import type { Graph } from './graph.ts';

/**
 * Findings of the definitions themselves, then those of the graph over all services: cycles, hard targets that are not defined,
 * conflicts among what starts at boot, warnings. What follows from another finding is not told: it goes with its reason.
 */
export function checkDefinitions(set: DefinitionSet, graph: Graph): readonly Finding[] {
  return [
    ...set.services.flatMap((service) => service.findings),
    ...findCycles(graph.nodes.length, graph.nodes).findings,
    ...graph.nodes.flatMap((node) => missingTargets(node).map(({ finding }) => finding)),
    ...findConflicts(bootClosure(graph)).map(({ finding }) => finding),
    ...missingHandlers(graph),
    ...aliveWarnings(graph.nodes, () => true),
  ];
}
