/**
 * New definitions. Before the boot everything is taken as it is: what is broken is failed and told. Afterwards a set is taken over as a
 * whole or refused as a whole: reload-config refuses on any finding, a change notification on those that were not in force already.
 * Running services are not touched, save that health checks and watchdog go on as the new definition says; a service whose definition is
 * gone is discarded, or kept to the end of its instance. PSD-007 3.5, 11.2, GEN-016..GEN-025, CMD-023, D-15, D-23, O-09.
 */
import { stateFacts } from '../../../gen/service/facts.ts';
import { dropAttempt, withdrawDemands } from '../attempt/attempt.ts';
import { changeGrace } from '../confirmation.ts';
import { diffDefinitions, newFindings } from '../definition/diff.ts';
import { foldName } from '../definition/names.ts';
import type { Decoded, DefinitionSet, Finding } from '../definition/set.ts';
import type { LoadDefinitions } from '../events.ts';
import { recordFinding, tellFinding } from '../findings.ts';
import { checkDefinitions } from '../graph/check-set.ts';
import { missingHandlers } from '../graph/findings.ts';
import { buildGraph } from '../graph/graph.ts';
import { currentGraph, edgesOf, sameEdges } from '../model.ts';
import { markCycles } from '../safe-graph.ts';
import { discard } from '../settled/discard.ts';
import type { Service } from '../state.ts';
import { followTimers } from '../timers/follow.ts';
import { reckonAll } from '../timers/reckon.ts';
import type { Turn } from '../turn.ts';
import { intend, lookLater, report } from '../turn.ts';
import { followHealthCheck } from '../up/health.ts';
import { followWatchdog } from '../up/watchdog.ts';
import type { LoadAnswer, Refusal } from '../view.ts';
import { createService } from './create.ts';

export function loadDefinitions(turn: Turn, event: LoadDefinitions, permanent: ReadonlySet<string>): LoadAnswer {
  const { machine } = turn.state;
  if (machine.shutdown !== null)
    return { kind: 'refused', code: 'INVALID_STATE', message: 'the machine is shutting down: definitions are not read any more' };
  const set = withPermanent(turn, event.definitions, permanent);
  const findings = checkDefinitions(set, buildGraph(set));
  if (machine.booted) recordFindings(turn, event, findings);
  turn.state.judged = findings;
  const refusal = machine.booted ? refuseFindings(turn, event, findings) : null;
  if (refusal !== null) return refusal;
  if (event.settings !== undefined) {
    machine.maxParallelStarts = event.settings.maxParallelStarts;
    machine.shutdownTimeoutSeconds = event.settings.shutdownTimeoutSeconds;
    changeGrace(turn, event.settings.bootSuccessGraceSeconds);
  }
  const isMoved = event.zone !== undefined && event.zone !== machine.zone;
  machine.zone = event.zone ?? machine.zone;
  const summary = takeOver(turn, set, event.strict);
  if (isMoved && machine.booted) reckonAll(turn);
  turn.state.findings = findings;
  const warnings = findings.filter(({ kind }) => kind === 'warning');
  turn.state.warnings = byService(warnings);
  return { kind: 'loaded', summary, warnings: warnings.map(({ message }) => message) };
}

function byService(warnings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { message, service } of warnings) {
    const key = foldName(service);
    const known = all.get(key);
    if (known === undefined) all.set(key, [message]);
    else known.push(message);
  }
  return all;
}

/** Services that stay known although the registry has no key for them, as they are. BOOT-078. */
function withPermanent(turn: Turn, set: DefinitionSet, permanent: ReadonlySet<string>): DefinitionSet {
  const named = new Set(set.services.map(({ name }) => foldName(name)));
  const kept = Array.from(permanent).flatMap((key) => (named.has(key) ? [] : (turn.state.decoded.get(key) ?? [])));
  return kept.length === 0 ? set : { ...set, services: [...set.services, ...kept] };
}

/** A load that somebody asked for leaves a record of everything, one after a change of what is new. EVT-013. */
function recordFindings(turn: Turn, { strict }: LoadDefinitions, findings: readonly Finding[]): void {
  for (const finding of strict ? findings : newFindings(turn.state.judged, findings)) recordFinding(turn, finding);
}

/** Most findings told in one answer. */
const mostTold = 20;

function refuseFindings(turn: Turn, { strict }: LoadDefinitions, findings: readonly Finding[]): Refusal | null {
  // Warnings refuse nothing, and what is in force already refuses no change.
  const grave = (strict ? findings : newFindings(turn.state.findings, findings)).filter(({ kind }) => kind !== 'warning');
  if (grave.length === 0) return null;
  const code = grave.some(({ kind }) => kind === 'undecodable') ? 'INTERNAL_ERROR' : 'INVALID_STATE';
  const told = grave.slice(0, mostTold).map(({ message }) => message);
  const more = grave.length > mostTold ? ` And ${grave.length - mostTold} more.` : '';
  const found = `${told.join(' ')}${more}`;
  // Who hears of a change says itself that it is not taken over.
  const message = strict ? `nothing was changed: ${found}` : found;
  if (!strict) report(turn, 'error', `changed definitions are not taken over; they are read again at the next change. ${message}`, null);
  return { kind: 'refused', code, message };
}

interface Summary {
  readonly added: string[];
  readonly updated: string[];
  readonly restored: string[];
  readonly marked_removed: string[];
  readonly discarded: string[];
}

function takeOver(turn: Turn, set: DefinitionSet, strict: boolean): Summary {
  const { services, machine } = turn.state;
  const summary: Summary = { added: [], updated: [], restored: [], marked_removed: [], discarded: [] };
  const before: DefinitionSet = { services: [...turn.state.decoded.values()], keys: turn.state.keys };
  const { updated, removed } = diffDefinitions(before, set);
  const changed = new Set(updated.map(foldName));
  turn.state.keys = set.keys;
  turn.state.decoded = new Map(set.services.map((decoded) => [foldName(decoded.name), decoded]));
  for (const decoded of set.services) {
    const key = foldName(decoded.name);
    const service = services.get(key);
    if (service === undefined) add(turn, decoded, summary);
    else if (service.removed) restore(turn, service, decoded, strict, summary);
    else if (changed.has(key)) {
      update(turn, service, decoded, strict);
      summary.updated.push(decoded.name);
    } else if (strict) service.edges = null;
  }
  for (const name of removed) {
    const service = services.get(foldName(name));
    if (service !== undefined && !service.removed) withdraw(turn, service, summary);
  }
  turn.model.stale = true;
  turn.model.calendars.clear();
  turn.model.sorted = null;
  const graph = currentGraph(turn);
  markCycles(turn, graph);
  if (!machine.booted) tellFindings(turn, [...set.services.flatMap(({ findings }) => findings), ...missingHandlers(graph)]);
  return summary;
}

/** Most warnings of one boot on the console. */
const mostShown = 20;

/** Of the boot: what a graph run finds is told when it is judged. */
function tellFindings(turn: Turn, findings: readonly Finding[]): void {
  let warnings = 0;
  for (const finding of findings) tellFinding(turn, finding, finding.kind === 'warning' && ++warnings <= mostShown);
  if (warnings > mostShown) report(turn, 'warning', `${warnings - mostShown} more; peiosctl reload-config shows them all`, null, true);
}

function add(turn: Turn, decoded: Decoded, summary: Summary): void {
  const service = createService(decoded);
  turn.state.services.set(service.key, service);
  followTimers(turn, service);
  summary.added.push(service.name);
  failIfBroken(turn, service, decoded);
}

function restore(turn: Turn, service: Service, decoded: Decoded, strict: boolean, summary: Summary): void {
  service.removed = false;
  update(turn, service, decoded, strict);
  summary.restored.push(service.name);
}

function update(turn: Turn, service: Service, decoded: Decoded, strict: boolean): void {
  const { definition } = decoded;
  const inForce = service.edges ?? (service.definition === null ? null : edgesOf(service.definition));
  // A start that has not begun its sequence looks at its dependencies anew; one that runs keeps those it was started with.
  const isBegun = stateFacts[service.state].hasProcess && service.activation?.stage !== 'waiting';
  const keeps = !strict && isBegun && definition !== null && inForce !== null && !sameEdges(inForce, definition);
  service.name = decoded.name;
  service.edges = keeps ? inForce : null;
  service.definition = definition;
  renewAttempt(turn, service);
  // It may be Critical now, or no more. BOOT-048.
  turn.touched.add(service);
  followTimers(turn, service);
  if (service.activation !== null) {
    followWatchdog(turn, service, service.activation);
    followHealthCheck(turn, service, service.activation);
  }
  lookLater(turn, service);
  failIfBroken(turn, service, decoded);
}

/**
 * A start that is on its way to its sequence: before starting it begins anew with the new definition (GEN-006), in starting it keeps its
 * snapshot.
 */
function renewAttempt(turn: Turn, service: Service): void {
  const { activation, attempt } = service;
  if (attempt === null) return;
  if (activation === null) return dropAttempt(turn, service);
  if (activation.stage !== 'waiting') return;
  withdrawDemands(turn, service, attempt);
  attempt.resolved = false;
}

function failIfBroken(turn: Turn, service: Service, { definition, findings }: Decoded): void {
  if (definition !== null || service.state !== 'inactive') return;
  // Every message can stand alone; here the name is said once.
  const named = `service ${service.name}: `;
  const told = findings
    .filter(({ kind }) => kind !== 'warning')
    .map(({ message }) => (message.startsWith(named) ? message.slice(named.length) : message));
  const message = `${named}its definition is invalid: ${told.join(' ')}`;
  intend(turn, { kind: 'condemn', service: service.key, cause: 'validation_error', message });
}

/** Its definition is gone. */
function withdraw(turn: Turn, service: Service, summary: Summary): void {
  if (stateFacts[service.state].hasProcess || service.mounted !== null) {
    service.removed = true;
    followTimers(turn, service);
    summary.marked_removed.push(service.name);
    return;
  }
  discard(turn, service);
  summary.discarded.push(service.name);
}
