/** Which services one graph run is about. PSD-007 2.2 and 6.2. */
import type { Graph, ServiceNode } from './graph.ts';
import { findNode, isDisabled } from './graph.ts';

/** Members of a graph run, each root before what it pulls in. */
export type Members = ReadonlySet<ServiceNode>;

/** Services with a boot trigger and without Disabled. BOOT-028. */
export const bootRoots = (graph: Graph): readonly ServiceNode[] =>
  graph.nodes.filter((node) => !isDisabled(node) && node.definition?.triggers.some((trigger) => trigger.type === 'boot'));

/**
 * The roots and all they need: hard targets and wanted services, and theirs in turn. Disabled services are left out with what
 * only they would need. BOOT-028, BOOT-029.
 */
export const bootClosure = (graph: Graph, roots: Iterable<ServiceNode> = bootRoots(graph), counts: Edge = every): Members =>
  closure(roots, () => true, counts);

/** Whether a dependency counts. */
type Edge = (from: ServiceNode, target: ServiceNode) => boolean;
const every: Edge = () => true;

/**
 * A service to be started, Disabled or not, and all it needs. Nothing is gathered beyond a service for which `through` is false,
 * for instance because it runs already. Null: no such service. GRAPH-011.
 */
export function startClosure(
  graph: Graph,
  name: string,
  through: (node: ServiceNode) => boolean = () => true,
  counts: Edge = every,
): Members | null {
  const root = findNode(graph, name);
  return root === null ? null : closure([root], (node) => node === root || through(node), counts);
}

function closure(roots: Iterable<ServiceNode>, through: (node: ServiceNode) => boolean, counts: Edge): Members {
  const members = new Set(roots);
  // A set visits what is added while it is walked.
  for (const node of members) {
    if (!through(node)) continue;
    for (const target of node.hard) if (!isDisabled(target) && counts(node, target)) members.add(target);
    for (const target of node.wants) if (!isDisabled(target) && counts(node, target)) members.add(target);
  }
  return members;
}
