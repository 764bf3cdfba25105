/** Services and what they have to do with each other, as it is drawn. */
import type { TimelineResponse } from '../../../../gen/control/types.ts';
import type { State } from '../../../../gen/service/types.ts';

/** In the order in which they are drawn, the strongest last. */
export const edgeKinds = ['on_failure', 'conflicts', 'wants', 'requires', 'binds_to'] as const;
export type EdgeKind = (typeof edgeKinds)[number];

export const edgeTexts: Readonly<Record<EdgeKind, string>> = {
  requires: 'Requires',
  binds_to: 'BindsTo',
  wants: 'Wants',
  conflicts: 'Conflicts',
  on_failure: 'OnFailure',
};

/** What has to be there first. */
export const ordering: ReadonlySet<EdgeKind> = new Set(['wants', 'requires', 'binds_to']);

export interface Node {
  readonly name: string;
  readonly state: State;
  readonly isBoot: boolean;
  readonly isCritical: boolean;
  /** It was there before definitions were read: from it, so that all others need it without naming it. */
  readonly isFirst: boolean;
}

export interface Edge {
  readonly kind: EdgeKind;
  /** Who declares it. */
  readonly from: string;
  readonly to: string;
}

export interface ServiceGraph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export function graphOf({ services, steps }: TimelineResponse): ServiceGraph {
  const read = steps.find(({ step }) => step === 'read')?.ended_us ?? 0;
  const edges = services.flatMap((service) =>
    edgeKinds.flatMap((kind) => service[kind].map((to): Edge => ({ kind, from: service.service, to }))),
  );
  return {
    nodes: services.map(({ asked_us, service, state, boot, critical }) => ({
      name: service,
      state,
      isBoot: boot,
      isCritical: critical,
      isFirst: asked_us !== null && asked_us < read,
    })),
    // Of a conflict both sides know.
    edges: edges.filter(({ kind, from, to }) => kind !== 'conflicts' || from < to),
  };
}

/** Those services, all that they need, and what stands between them. */
export function closureOf(graph: ServiceGraph, names: readonly string[]): ServiceGraph {
  if (names.length === 0) return graph;
  const needs = new Map<string, string[]>();
  for (const { kind, from, to } of graph.edges) if (ordering.has(kind)) needs.set(from, [...(needs.get(from) ?? []), to]);
  const members = new Set(names);
  for (const name of members) for (const needed of needs.get(name) ?? []) members.add(needed);
  return {
    nodes: graph.nodes.filter(({ name }) => members.has(name)),
    edges: graph.edges.filter(({ from, to }) => members.has(from) && members.has(to)),
  };
}
