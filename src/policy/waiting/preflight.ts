/**
 * Validation before anything of a start begins: the definition itself, and, where the start pulls others in, the graph of all it needs.
 * What cannot come up is failed at once with everything behind it. PSD-007 6.2, GRAPH-001, GRAPH-011, GRAPH-015.
 */
import type { Cause } from '../../../gen/service/types.ts';
import { runOf } from '../attempt/runs.ts';
import { isReleased } from '../attempt/satisfaction.ts';
import { tellFinding } from '../findings.ts';
import { startClosure } from '../graph/closure.ts';
import type { ServiceNode } from '../graph/graph.ts';
import type { Validation } from '../graph/validate.ts';
import { validate } from '../graph/validate.ts';
import { currentGraph, nodeOf } from '../model.ts';
import { edgesInForce } from '../safe-graph.ts';
import type { Operation, Run, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { intend } from '../turn.ts';

export interface Objection {
  readonly cause: Cause;
  readonly message: string;
}

export function preflight(turn: Turn, service: Service, operation: Operation): Objection | null {
  if (service.definition === null) {
    const message = service.detail ?? `the definition of service ${service.name} is invalid; the log says why`;
    return { cause: 'validation_error', message };
  }
  const cycle: Objection | null = service.cycle === null ? null : { cause: 'cycle_detected', message: service.cycle };
  // Members of a graph that was validated as a whole are not validated again.
  const { source } = operation.record;
  if (source === 'boot' || source === 'dependency_propagation') return cycle;
  const node = nodeOf(turn, service);
  if (node === null || (cycle === null && isSelfSufficient(turn, node))) return cycle;
  const isUp = (other: ServiceNode): boolean => {
    const target = turn.state.services.get(other.key);
    return target !== undefined && target !== service && (isReleased(target) || target.state === 'starting' || target.state === 'backoff');
  };
  const graph = currentGraph(turn);
  const members = startClosure(graph, service.key, (other) => !isUp(other), edgesInForce(turn.state));
  if (members === null) return cycle;
  const validation = validate(graph, members, { up: isUp, root: node });
  applyValidation(turn, validation, service, runOf(turn, service));
  const verdict = validation.verdicts.get(node);
  return verdict === undefined ? cycle : { cause: verdict.cause, message: verdict.message };
}

/** All it needs is up and may stay so, so nothing but itself is to be started. */
function isSelfSufficient(turn: Turn, node: ServiceNode): boolean {
  if (node.missing.length > 0 || node.selfReferences.length > 0) return false;
  if (node.conflicts.some((other) => node.hard.includes(other) || node.wants.includes(other))) return false;
  const up = ({ key }: ServiceNode): boolean => {
    const target = turn.state.services.get(key);
    return target !== undefined && isReleased(target);
  };
  return node.hard.every(up) && node.wants.every(up);
}

/** Logs the findings, and fails those members that must not start and have no process. `root` is left to its own start. */
export function applyValidation(turn: Turn, { findings, verdicts }: Validation, root: Service | null, run: Run | undefined): void {
  // Warnings were told at the boot; a start repeats only what keeps services from starting.
  for (const finding of findings) if (root === null || finding.kind !== 'warning') tellFinding(turn, finding);
  for (const [{ key }, verdict] of verdicts) {
    const service = turn.state.services.get(key);
    if (service === undefined || service === root) continue;
    run?.condemned.add(key);
    intend(turn, { kind: 'condemn', service: key, cause: verdict.cause, message: verdict.message });
  }
}
