/** Strongly connected components: Tarjan's algorithm with a stack of its own, in time linear to members and their edges. */
import type { ServiceNode } from './graph.ts';

export interface Components {
  /** Each group a maximal set of services that reach each other; groups that others depend on come first. */
  readonly groups: readonly (readonly ServiceNode[])[];
  /** Position of a node's group by its index; -1: not a member. */
  readonly groupOf: Int32Array;
}

/**
 * @param size number of nodes in the graph
 * @param members nodes to look at; edges that leave them are ignored
 * @param edges outgoing edges, as one or more lists
 */
export function findComponents(
  size: number,
  members: Iterable<ServiceNode>,
  edges: (node: ServiceNode) => readonly (readonly ServiceNode[])[],
): Components {
  const groups: ServiceNode[][] = [];
  const groupOf = new Int32Array(size).fill(-1);
  const isMember = new Uint8Array(size);
  const roots = [...members];
  for (const node of roots) isMember[node.index] = 1;

  /** 0: not visited. */
  const order = new Int32Array(size);
  const low = new Int32Array(size);
  let visited = 0;
  const open: ServiceNode[] = [];
  const path: Step[] = [];

  const enter = (node: ServiceNode): void => {
    visited += 1;
    order[node.index] = visited;
    low[node.index] = visited;
    open.push(node);
    path.push({ node, lists: edges(node), list: 0, next: 0 });
  };
  const lower = (node: ServiceNode, value: number): void => {
    if (value < (low[node.index] ?? 0)) low[node.index] = value;
  };

  for (const root of roots) {
    if (order[root.index] === 0) enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const target = advance(step);
      if (target !== null) {
        if (isMember[target.index] === 0) continue;
        if (order[target.index] === 0) enter(target);
        else if (groupOf[target.index] === -1) lower(step.node, order[target.index] ?? 0);
        continue;
      }
      path.pop();
      const { node } = step;
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, low[node.index] ?? 0);
      if (low[node.index] !== order[node.index]) continue;
      const group = open.splice(open.lastIndexOf(node));
      for (const member of group) groupOf[member.index] = groups.length;
      groups.push(group);
    }
  }
  return { groups, groupOf };
}

interface Step {
  readonly node: ServiceNode;
  readonly lists: readonly (readonly ServiceNode[])[];
  list: number;
  next: number;
}

/** The next target of a node under way; null: all were seen. */
function advance(step: Step): ServiceNode | null {
  for (let list = step.lists[step.list]; list !== undefined; list = step.lists[step.list]) {
    const target = list[step.next];
    step.next += 1;
    if (target !== undefined) return target;
    step.list += 1;
    step.next = 0;
  }
  return null;
}
