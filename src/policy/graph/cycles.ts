/** Dependency cycles over Requires, BindsTo and Wants, in words. PSD-007 6.2, GRAPH-002, GRAPH-003. */
import type { Finding } from '../definition/set.ts';
import { findComponents } from './components.ts';
import type { ServiceNode } from './graph.ts';

/** Loops told of one group of services that all reach each other; more of them would cost more than they help. */
const maxLoopsPerGroup = 16;
/** A longer loop stands in the log once and not in the state of each of its services. */
const maxLoopInDetail = 20;

export interface Cycles {
  /** One for each loop. */
  readonly findings: readonly Finding[];
  /** Every service on any cycle, with the words for its own state. */
  readonly members: ReadonlyMap<ServiceNode, string>;
  /** Whether an edge runs inside one group of services that reach each other. */
  readonly together: (one: ServiceNode, other: ServiceNode) => boolean;
}

export function findCycles(size: number, members: Iterable<ServiceNode>): Cycles {
  const findings: Finding[] = [];
  const words = new Map<ServiceNode, string>();
  const { groups, groupOf } = findComponents(size, members, (node) => [node.hard, node.wants]);
  const inside = (node: ServiceNode) => (target: ServiceNode) => groupOf[target.index] === groupOf[node.index];

  for (const group of groups) {
    for (const node of group) if (node.selfReferences.length > 0) addSelfReference(node, findings, words);
    if (group.length > 1) addLoops(group, inside, findings, words);
  }
  const together = (one: ServiceNode, other: ServiceNode): boolean =>
    groupOf[one.index] !== -1 && groupOf[one.index] === groupOf[other.index];
  return { findings, members: words, together };
}

function addSelfReference(node: ServiceNode, findings: Finding[], words: Map<ServiceNode, string>): void {
  const fields = node.selfReferences.join(' and ');
  const message = `dependency cycle: ${node.name} -> ${node.name}. Remove ${node.name} from its own ${fields}.`;
  findings.push({ service: node.name, field: node.selfReferences[0] ?? null, message, kind: 'cycle' });
  words.set(node, message);
}

function addLoops(
  group: readonly ServiceNode[],
  inside: (node: ServiceNode) => (target: ServiceNode) => boolean,
  findings: Finding[],
  words: Map<ServiceNode, string>,
): void {
  const byIndex = [...group].sort((one, other) => one.index - other.index);
  const [first] = byIndex;
  if (first === undefined) return;
  const told = new Set<ServiceNode>();
  let loops = 0;
  for (const node of byIndex) {
    if (told.has(node)) continue;
    if (loops < maxLoopsPerGroup) {
      loops += 1;
      const loop = shortestLoop(node, inside(node));
      const text = `dependency cycle: ${[...loop, node].map(({ name }) => name).join(' -> ')}`;
      const remedy = 'Remove one of these dependencies to break it.';
      findings.push({ service: node.name, field: null, message: `${text}. ${remedy}`, kind: 'cycle' });
      const long = loop.length > maxLoopInDetail;
      for (const member of loop) {
        if (told.has(member)) continue;
        told.add(member);
        const own = long
          ? `service ${member.name} is in a dependency cycle of ${loop.length} services; the log shows it whole, from ${node.name} on`
          : text;
        if (!words.has(member)) words.set(member, `${own}. ${remedy}`);
      }
    } else if (!words.has(node)) {
      words.set(node, `service ${node.name} and ${first.name} depend on each other. Break the dependency cycle of ${first.name} first.`);
    }
  }
}

/** The services of a shortest way from a node back to itself, beginning with it. Breadth first, so linear to the group. */
function shortestLoop(start: ServiceNode, inside: (target: ServiceNode) => boolean): readonly ServiceNode[] {
  const cameFrom = new Map<ServiceNode, ServiceNode | null>([[start, null]]);
  for (const node of cameFrom.keys()) {
    for (const targets of [node.hard, node.wants]) {
      for (const target of targets) {
        if (target === start) return wayTo(node, cameFrom);
        if (inside(target) && !cameFrom.has(target)) cameFrom.set(target, node);
      }
    }
  }
  return [start];
}

function wayTo(end: ServiceNode, cameFrom: ReadonlyMap<ServiceNode, ServiceNode | null>): readonly ServiceNode[] {
  const way: ServiceNode[] = [];
  for (let node: ServiceNode | null = end; node !== null; node = cameFrom.get(node) ?? null) way.push(node);
  return way.reverse();
}
