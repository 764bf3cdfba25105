/**
 * Validation of one graph run, before anything of it starts: which members must not start, and why. PSD-007 6.2.
 *
 * Each finding stands for one thing to repair and is logged; of several on one service the state shows the gravest: a cycle
 * before an invalid definition or a conflict, before a dependency that cannot be had (GRAPH-015). A member whose hard target
 * must not start is blocked in turn, and is told so with the place where the chain begins (GRAPH-009).
 */
import type { Cause } from '../../../gen/service/types.ts';
import type { Finding } from '../definition/set.ts';
import type { Members } from './closure.ts';
import { findCycles } from './cycles.ts';
import { aliveWarnings, disabledTargets, findConflicts, missingTargets } from './findings.ts';
import type { Graph, ServiceNode } from './graph.ts';

export interface ValidationOptions {
  /** Services that satisfy, or are about to without this run: they may be Disabled, and what they depend on matters no more. */
  readonly up?: (node: ServiceNode) => boolean;
  /** The service of an explicit start: a conflict anywhere in its graph keeps it from starting. GRAPH-006. */
  readonly root?: ServiceNode;
}

/** Why a member must not start. */
export interface Verdict {
  readonly cause: Extract<Cause, 'cycle_detected' | 'validation_error' | 'dependency_failure'>;
  readonly kind: 'cycle' | 'definition' | 'conflict' | 'dependency';
  /** For the state of the service. */
  readonly message: string;
}

export interface Validation {
  /** Of the graph only; what is wrong with definitions was told when they were decoded. */
  readonly findings: readonly Finding[];
  /** Members that must not start; all others may. */
  readonly verdicts: ReadonlyMap<ServiceNode, Verdict>;
}

export function validate(graph: Graph, members: Members, options: ValidationOptions = {}): Validation {
  const up = options.up ?? (() => false);
  const verdicts: Verdicts = new Map();
  const condemn = (node: ServiceNode, verdict: Verdict, reason: string): void => {
    if (!verdicts.has(node)) verdicts.set(node, { ...verdict, reason });
  };

  // In the order of precedence: the first verdict of a service stays.
  const cycles = findCycles(graph.nodes.length, members);
  for (const [node, message] of cycles.members) {
    condemn(node, { cause: 'cycle_detected', kind: 'cycle', message }, `${node.name} is part of a dependency cycle`);
  }
  for (const node of members) {
    if (node.definition !== null) continue;
    const message = `the definition of service ${node.name} is invalid; the log says why`;
    condemn(node, { cause: 'validation_error', kind: 'definition', message }, `the definition of ${node.name} is invalid`);
  }
  const conflicts = findConflicts(members);
  for (const { node, finding, reason } of conflicts) {
    condemn(node, { cause: 'validation_error', kind: 'conflict', message: finding.message }, reason);
  }
  const runs = (target: ServiceNode): boolean => members.has(target) || up(target);
  const unavailable = Array.from(members)
    .filter((member) => !up(member))
    .flatMap((member) => [...missingTargets(member), ...disabledTargets(member, runs)]);
  for (const { node, finding, reason } of unavailable) {
    condemn(node, { cause: 'dependency_failure', kind: 'dependency', message: finding.message }, reason);
  }
  const blocked = blockDependents(members, up, cycles.together, verdicts);

  const { root } = options;
  const [clash] = conflicts;
  if (root !== undefined && clash !== undefined) {
    const message = `service ${root.name} cannot start, for its graph holds a conflict: ${clash.finding.message}`;
    condemn(root, { cause: 'dependency_failure', kind: 'dependency', message }, clash.reason);
  }
  const told = [...conflicts, ...unavailable].map(({ finding }) => finding);
  const warnings = aliveWarnings(members, (dependent) => members.has(dependent));
  return { findings: [...cycles.findings, ...told, ...blocked, ...warnings], verdicts };
}

/** With the reason in words that follow "is blocked: ", for those who depend on the service. */
type Verdicts = Map<ServiceNode, Verdict & { readonly reason: string }>;

/** Spreads verdicts to those who depend on their services, each edge once. */
function blockDependents(
  members: Members,
  up: (node: ServiceNode) => boolean,
  together: (one: ServiceNode, other: ServiceNode) => boolean,
  verdicts: Verdicts,
): readonly Finding[] {
  const findings: Finding[] = [];
  const block = (target: ServiceNode, reason: string, field: 'BindsTo' | 'Requires', dependents: readonly ServiceNode[]): void => {
    for (const node of dependents) {
      // Inside a cycle every service is told of the cycle already.
      if (!members.has(node) || up(node) || together(node, target)) continue;
      const message = `service ${node.name} requires ${target.name}, but ${target.name} is blocked: ${reason}. Repair that first.`;
      findings.push({ service: node.name, field, message, kind: 'dependency' });
      if (!verdicts.has(node)) verdicts.set(node, { cause: 'dependency_failure', kind: 'dependency', message, reason });
    }
  };
  // A map visits what is added while it is walked.
  for (const [target, { reason }] of verdicts) {
    if (up(target)) continue;
    block(target, reason, 'BindsTo', target.boundBy);
    block(target, reason, 'Requires', target.requiredBy);
  }
  return findings;
}
