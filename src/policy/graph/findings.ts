/** What single services of a graph can be found guilty of, beside cycles, in words. PSD-007 6.2. */
import { foldName } from '../definition/names.ts';
import type { Finding } from '../definition/set.ts';
import type { Members } from './closure.ts';
import type { Graph, ServiceNode } from './graph.ts';
import { isDisabled } from './graph.ts';

/** A finding, with the same in words that follow "is blocked: ". */
export interface NodeFinding {
  readonly node: ServiceNode;
  readonly finding: Finding;
  readonly reason: string;
}

/** Hard targets that are not defined. GRAPH-004. */
export const missingTargets = (node: ServiceNode): readonly NodeFinding[] =>
  node.missing.map(({ field, name }) => ({
    node,
    finding: {
      service: node.name,
      field,
      message:
        `service ${node.name} requires ${name}, but ${name} is not defined. ` +
        `Define ${name}, or remove it from ${field} of ${node.name}.`,
      kind: 'dependency',
    },
    reason: `${node.name} requires ${name}, which is not defined`,
  }));

/** Handlers that are not defined. */
export const missingHandlers = ({ byKey, nodes }: Graph): readonly Finding[] =>
  nodes.flatMap(({ definition, name }) => {
    const handler = definition?.onFailure;
    if (handler === undefined || byKey.has(foldName(handler))) return [];
    const message =
      `service ${name}: OnFailure names ${handler}, which is not defined, so nothing is started when ${name} fails. ` +
      `Define ${handler}, or remove OnFailure.`;
    return [{ service: name, field: 'OnFailure', message, kind: 'warning' }];
  });

/** Hard targets that are Disabled and are not to run in spite of it. BOOT-085, DEP-017. */
export function disabledTargets(node: ServiceNode, runs: (target: ServiceNode) => boolean): readonly NodeFinding[] {
  const found: NodeFinding[] = [];
  const add = (field: 'BindsTo' | 'Requires', targets: readonly ServiceNode[]): void => {
    for (const target of targets) {
      if (!isDisabled(target) || runs(target)) continue;
      const message =
        `service ${node.name} requires ${target.name}, but ${target.name} is disabled. ` +
        `Set Disabled of ${target.name} to 0, or start it by hand first.`;
      const reason = `${node.name} requires ${target.name}, which is disabled`;
      found.push({ node, finding: { service: node.name, field, message, kind: 'dependency' }, reason });
    }
  };
  add('BindsTo', node.bindsTo);
  add('Requires', node.requires);
  return found;
}

/** Both sides of each pair among the members. GRAPH-006. */
export function findConflicts(members: Members): readonly NodeFinding[] {
  const found: NodeFinding[] = [];
  for (const node of members) {
    for (const other of node.conflicts) {
      if (!members.has(other)) continue;
      const message =
        `service ${node.name} conflicts with ${other.name}, and both are to start together. ` +
        'Keep one of them from starting, or remove the conflict.';
      const reason = `${node.name} conflicts with ${other.name}, which is to start as well`;
      found.push({ node, finding: { service: node.name, field: 'Conflicts', message, kind: 'conflict' }, reason });
    }
  }
  return found;
}

/**
 * Readiness=Alive promises nothing to those who wait for it, unless a ReadinessCheck looks. GRAPH-007.
 *
 * @param counts dependents that matter
 */
export function aliveWarnings(nodes: Iterable<ServiceNode>, counts: (dependent: ServiceNode) => boolean): readonly Finding[] {
  const findings: Finding[] = [];
  for (const node of nodes) {
    const { definition } = node;
    if (definition?.readiness !== 'Alive' || definition.type !== 'Simple' || definition.readinessCheck !== null) continue;
    const waiting = node.hardDependents.find(counts);
    if (waiting === undefined) continue;
    const message =
      `service ${node.name} has Readiness=Alive, so ${waiting.name}, which requires it, can start before it works. ` +
      `Set Readiness of ${node.name} to Notify if its program sends READY=1, or have a ReadinessCheck look whether it works.`;
    findings.push({ service: node.name, field: 'Readiness', message, kind: 'warning' });
  }
  return findings;
}
