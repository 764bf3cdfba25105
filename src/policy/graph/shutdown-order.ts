/** The order in which services stop: the dependency graph reversed. PSD-007 6.2 and 10, GRAPH-014. */
import { isPlatformDaemon, platformDaemons } from '../platform-daemons.ts';
import { findComponents } from './components.ts';
import type { Graph, ServiceNode } from './graph.ts';

/**
 * Waves of services that can stop together, each once the wave before it is down. A service is in a later wave than all that
 * depend on it by Requires or BindsTo, also by way of services that do not take part. Services that have come to depend on
 * each other while they ran stop together.
 *
 * @param participants services that run; the pinned ones among them make a wave of their own each, and the mounts that those need come
 * after them, with what they need in turn. O-142.
 */
export function shutdownOrder(graph: Graph, participants: ReadonlySet<ServiceNode>): readonly (readonly ServiceNode[])[] {
  const pinned = platformDaemons.flatMap((key) => graph.byKey.get(key) ?? []).filter((node) => participants.has(node));
  const below = beneath(pinned);
  const before = wavesOf(graph, (node) => participants.has(node) && !below.has(node));
  const afterwards = wavesOf(graph, (node) => participants.has(node) && below.has(node));
  return [...before, ...pinned.map((node) => [node]), ...afterwards];
}

/** The mounts that these need, and what those need: it lies under them. */
function beneath(nodes: readonly ServiceNode[]): ReadonlySet<ServiceNode> {
  // A set visits what is added while it is walked.
  const needed = new Set(nodes);
  for (const node of needed) for (const target of node.hard) needed.add(target);
  const under = new Set(Array.from(needed).filter(({ definition }) => definition?.mount !== undefined));
  for (const node of under) for (const target of node.hard) under.add(target);
  return under;
}

function wavesOf(graph: Graph, participates: (node: ServiceNode) => boolean): readonly (readonly ServiceNode[])[] {
  const { groups, groupOf } = findComponents(graph.nodes.length, graph.nodes, (node) => [node.hard]);
  const takesPart = (node: ServiceNode): boolean => participates(node) && !isPlatformDaemon(node.key);
  /** First wave that each group can be in. */
  const earliest = new Int32Array(groups.length);
  const waves: ServiceNode[][] = [];
  // Dependents come last in the list of groups.
  for (const group of groups.toReversed()) {
    const [any] = group;
    const at = any === undefined ? -1 : (groupOf[any.index] ?? -1);
    const wave = earliest[at] ?? 0;
    const stopping = group.filter(takesPart);
    for (const node of stopping) {
      // The wave before is there: a later wave comes only after a service of it.
      if (wave === waves.length) waves.push([]);
      waves[wave]?.push(node);
    }
    const after = stopping.length > 0 ? wave + 1 : wave;
    for (const node of group) {
      for (const target of node.hard) {
        const below = groupOf[target.index] ?? -1;
        if (below !== at) earliest[below] = Math.max(earliest[below] ?? 0, after);
      }
    }
  }
  for (const wave of waves) wave.sort((one, other) => one.index - other.index);
  return waves;
}
