/** Small fleets of services for graph tests. */
import { decodeDefinitions } from '../../../../src/policy/definition/decode.ts';
import type { DefinitionSet } from '../../../../src/policy/definition/set.ts';
import type { Graph, ServiceNode } from '../../../../src/policy/graph/graph.ts';
import { buildGraph, findNode } from '../../../../src/policy/graph/graph.ts';
import { raw } from '../definition/raw.ts';

/** What of a service matters here. Triggered by boot unless said otherwise. */
export interface Member {
  readonly requires?: readonly string[];
  readonly wants?: readonly string[];
  readonly bindsTo?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly demand?: boolean;
  readonly disabled?: boolean;
  readonly critical?: boolean;
  readonly alive?: boolean;
  /** With a ReadinessCheck. */
  readonly checked?: boolean;
  readonly oneshot?: boolean;
  readonly broken?: boolean;
  readonly identity?: string;
  /** Of its one hook, an ExecStartPre. */
  readonly hookIdentity?: string;
  readonly hookless?: boolean;
}

export type Fleet = Readonly<Record<string, Member>>;

export const setOf = (fleet: Fleet): DefinitionSet =>
  decodeDefinitions(
    Object.entries(fleet).map(([name, member]) =>
      raw(name, {
        ImagePath: member.broken ? 'broken' : '/bin/x',
        Triggers: member.demand ? [] : ['boot'],
        Requires: member.requires ?? [],
        Wants: member.wants ?? [],
        BindsTo: member.bindsTo ?? [],
        Conflicts: member.conflicts ?? [],
        Disabled: Number(member.disabled ?? false),
        ErrorControl: Number(member.critical ?? false),
        Readiness: Number(member.alive ?? false),
        Type: Number(member.oneshot ?? false),
        ...(member.identity === undefined ? {} : { Identity: member.identity }),
        ...(member.hookIdentity === undefined ? {} : { HookIdentity: member.hookIdentity }),
        ...(member.hookIdentity === undefined || member.hookless ? {} : { ExecStartPre: ['/bin/true'] }),
        ...(member.checked ? { ReadinessCheck: '/bin/true' } : {}),
      }),
    ),
    [],
  );

export const graphOf = (fleet: Fleet): Graph => buildGraph(setOf(fleet));

export function nodeOf(graph: Graph, name: string): ServiceNode {
  const node = findNode(graph, name);
  if (node === null) throw new Error(`no service ${name}`);
  return node;
}

export const names = (nodes: Iterable<ServiceNode> | null): readonly string[] => Array.from(nodes ?? [], ({ name }) => name);

export const sorted = (nodes: Iterable<ServiceNode> | null): readonly string[] => names(nodes).toSorted();
