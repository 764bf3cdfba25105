/** The boot: all boot-triggered services with what they need, validated as a whole and started as one run. PSD-007 2.2. */
import { createRun, joinRun } from './attempt/runs.ts';
import { isReleased } from './attempt/satisfaction.ts';
import type { Boot } from './events.ts';
import { bootClosure, bootRoots } from './graph/closure.ts';
import type { Graph, ServiceNode } from './graph/graph.ts';
import type { Validation } from './graph/validate.ts';
import { validate } from './graph/validate.ts';
import { currentGraph } from './model.ts';
import { internal, request } from './operations/requests.ts';
import { registrydKey } from './platform-daemons.ts';
import { markCycles } from './safe-graph.ts';
import { isEligible, isMount, reasonForSafeMode, tellSafeMode } from './safe-mode.ts';
import { beginTimers } from './timers/reckon.ts';
import type { Turn } from './turn.ts';
import { emit } from './turn.ts';
import { applyValidation } from './waiting/preflight.ts';

interface Plan {
  readonly roots: readonly ServiceNode[];
  readonly members: ReadonlySet<ServiceNode>;
  readonly validation: Validation;
}

export function beginBoot(turn: Turn, { maxParallelStarts, safe = false, history = new Map() }: Boot): void {
  const { machine, services } = turn.state;
  if (machine.booted || machine.shutdown !== null) return;
  machine.booted = true;
  machine.safe = safe;
  machine.maxParallelStarts = maxParallelStarts;
  const graph = currentGraph(turn);
  const { roots, members, validation } = safe ? planSafe(turn, graph) : planFull(turn, graph);
  const run = createRun(turn);
  for (const { key } of members) {
    const service = services.get(key);
    if (service === undefined) continue;
    service.bootMember = true;
    turn.touched.add(service);
  }
  // It is waited for as well, and may have gone down since Phase 1. BOOT-048.
  const registryd = services.get(registrydKey);
  if (registryd !== undefined) turn.touched.add(registryd);
  if (machine.safe) markCycles(turn, graph);
  applyValidation(turn, validation, null, run);
  // Before the starts are looked at: what their timers catch up joins them.
  beginTimers(
    turn,
    history,
    roots.flatMap(({ key }) => services.get(key) ?? []),
  );
  for (const node of roots) {
    const service = services.get(node.key);
    if (service === undefined || validation.verdicts.has(node)) continue;
    joinRun(turn, service, run.id);
    request(turn, service, internal('start', 'boot', run.id));
  }
  if (run.members === 0) turn.state.runs.delete(run.id);
}

function planFull(turn: Turn, graph: Graph): Plan {
  const roots = bootRoots(graph);
  const members = bootClosure(graph, roots);
  const validation = validate(graph, members, { up: isUp(turn) });
  const reason = reasonForSafeMode(roots, validation);
  if (reason === null) return { roots, members, validation };
  // What is wrong would be wrong after a reboot as well. BOOT-056, BOOT-057.
  turn.state.machine.safe = true;
  emit(turn, { kind: 'safe-mode', reason, at: turn.stamp.realtime });
  const safe = planSafe(turn, graph, reason);
  // What the smaller graph is rid of is to be mended all the same; what is left of it is told with that graph.
  const left = new Set(safe.validation.findings.map(({ message }) => message));
  const gone = validation.findings.filter(({ kind, message }) => (kind === 'cycle' || kind === 'conflict') && !left.has(message));
  return { ...safe, validation: { ...safe.validation, findings: [...gone, ...safe.validation.findings] } };
}

/** The graph of Safe mode, from its members alone: nothing is gathered through what is left out. BOOT-052. */
function planSafe(turn: Turn, graph: Graph, reason: string | null = null): Plan {
  const triggered = bootRoots(graph);
  const takesPart = (node: ServiceNode): boolean => isEligible(node.definition);
  const roots = triggered.filter(takesPart);
  const members = bootClosure(graph, roots, (_, target) => takesPart(target) || isMount(target.definition));
  const left = triggered.filter((node) => !members.has(node));
  tellSafeMode(turn, left, reason);
  return { roots, members, validation: validate(graph, members, { up: isUp(turn) }) };
}

const isUp =
  ({ state: { services } }: Turn) =>
  ({ key }: ServiceNode): boolean => {
    const service = services.get(key);
    return service !== undefined && (isReleased(service) || service.state === 'starting');
  };
