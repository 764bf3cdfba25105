/**
 * All services and their dependencies as nodes that point at each other, built once for each set of definitions in time linear
 * to its size. Closures, validation and the shutdown order walk these nodes; nothing here changes after it is built.
 *
 * A broken definition has a node without edges of its own: others may point at it, and are blocked by it.
 */
import type { ServiceDefinition } from '../definition/definition.ts';
import { foldName } from '../definition/names.ts';
import type { DefinitionSet } from '../definition/set.ts';
import { impliedWants } from './authority.ts';

/** Registry names of the fields that relate services to each other. PSD-007 6.1. */
export type DependencyField = 'Requires' | 'BindsTo' | 'Wants' | 'Conflicts';

export interface MissingTarget {
  readonly field: 'Requires' | 'BindsTo';
  /** As the definition spells it. */
  readonly name: string;
}

/** One service. Lists hold each service once and never the service itself; targets without a definition are left out. */
export interface ServiceNode {
  /** Position in the graph's list. */
  readonly index: number;
  /** Name in the form names are compared in. */
  readonly key: string;
  readonly name: string;
  /** Null: broken. */
  readonly definition: ServiceDefinition | null;
  /** Requires and BindsTo together. */
  readonly hard: readonly ServiceNode[];
  /** Requires, without those in BindsTo as well. */
  readonly requires: readonly ServiceNode[];
  readonly bindsTo: readonly ServiceNode[];
  /** Wants, without those that are hard as well. */
  readonly wants: readonly ServiceNode[];
  /** One of its wants is authd, which it does not name. O-19. */
  readonly impliesAuthority: boolean;
  /** Whichever side declares it. DEP-013. */
  readonly conflicts: readonly ServiceNode[];
  readonly hardDependents: readonly ServiceNode[];
  readonly requiredBy: readonly ServiceNode[];
  readonly boundBy: readonly ServiceNode[];
  readonly wantedBy: readonly ServiceNode[];
  /** Hard targets without a definition, in the order of the fields. */
  readonly missing: readonly MissingTarget[];
  /** Fields in which the service names itself. */
  readonly selfReferences: readonly DependencyField[];
}

export interface Graph {
  /** In the order of the set. */
  readonly nodes: readonly ServiceNode[];
  readonly byKey: ReadonlyMap<string, ServiceNode>;
}

/** The node of a service, its name in any case. */
export const findNode = (graph: Graph, name: string): ServiceNode | null => graph.byKey.get(foldName(name)) ?? null;

/** No trigger starts it and it is never started as a dependency. DEP-017. */
export const isDisabled = (node: ServiceNode): boolean => node.definition?.disabled ?? false;

interface Draft extends ServiceNode {
  impliesAuthority: boolean;
  readonly hard: Draft[];
  readonly requires: Draft[];
  readonly bindsTo: Draft[];
  readonly wants: Draft[];
  readonly conflicts: Draft[];
  readonly hardDependents: Draft[];
  readonly requiredBy: Draft[];
  readonly boundBy: Draft[];
  readonly wantedBy: Draft[];
  readonly missing: MissingTarget[];
  readonly selfReferences: DependencyField[];
}

export function buildGraph(set: DefinitionSet): Graph {
  const nodes = set.services.map(
    ({ name, definition }, index): Draft => ({
      index,
      key: foldName(name),
      name,
      definition,
      hard: [],
      requires: [],
      bindsTo: [],
      wants: [],
      impliesAuthority: false,
      conflicts: [],
      hardDependents: [],
      requiredBy: [],
      boundBy: [],
      wantedBy: [],
      missing: [],
      selfReferences: [],
    }),
  );
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const conflicting = new Set<number>();
  for (const node of nodes) if (node.definition !== null) connect(node, node.definition, byKey, conflicting);
  const [authd, those] = impliedWants(nodes, byKey) ?? [];
  for (const node of those ?? []) {
    if (authd === undefined) break;
    node.impliesAuthority = true;
    node.wants.push(authd);
    authd.wantedBy.push(node);
  }
  return { nodes, byKey };
}

function connect(node: Draft, definition: ServiceDefinition, byKey: ReadonlyMap<string, Draft>, conflicting: Set<number>): void {
  const taken = new Set<string>();

  /** Targets of one field that were not met before, with what becomes of the others. */
  const targets = (field: DependencyField, names: readonly string[]): readonly Draft[] => {
    const found: Draft[] = [];
    for (const name of names) {
      const key = foldName(name);
      if (key === node.key) {
        if (!node.selfReferences.includes(field)) node.selfReferences.push(field);
        continue;
      }
      if (taken.has(key)) continue;
      taken.add(key);
      const target = byKey.get(key);
      if (target !== undefined) found.push(target);
      else if (field === 'Requires' || field === 'BindsTo') node.missing.push({ field, name });
    }
    return found;
  };

  // BindsTo goes first: a target in both fields is bound to. DEP-007.
  for (const target of targets('BindsTo', definition.bindsTo)) {
    node.bindsTo.push(target);
    target.boundBy.push(node);
    node.hard.push(target);
    target.hardDependents.push(node);
  }
  for (const target of targets('Requires', definition.requires)) {
    node.requires.push(target);
    target.requiredBy.push(node);
    node.hard.push(target);
    target.hardDependents.push(node);
  }
  for (const target of targets('Wants', definition.wants)) {
    node.wants.push(target);
    target.wantedBy.push(node);
  }
  taken.clear();
  for (const target of targets('Conflicts', definition.conflicts)) {
    const pair = Math.min(node.index, target.index) * byKey.size + Math.max(node.index, target.index);
    if (conflicting.has(pair)) continue;
    conflicting.add(pair);
    node.conflicts.push(target);
    target.conflicts.push(node);
  }
}
