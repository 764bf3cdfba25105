/**
 * The shutdown. From its begin nothing is started any more: live starts, restarts and reloads end, completed services become inactive,
 * those that are starting are killed, or have their turn among the others where their AbortMode says so. The others stop in waves
 * along the reversed graph, the daemons everything depends on last. The plan is made once. When the time for all of it is over, or it is
 * forced, everything that is left is killed at once. PSD-007 10.
 */
import { stateFacts } from '../../../gen/service/facts.ts';
import { cutShort, isAskedToEnd } from '../activation/abort.ts';
import { dropActivation } from '../activation/drop.ts';
import { stopForGood } from '../activation/end-stop.ts';
import { killAllAdHoc, stopAllAdHoc } from '../ad-hoc/ad-hoc.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { stopClock } from '../confirmation.ts';
import { arm, disarm } from '../deadlines.ts';
import type { ShutdownRequested } from '../events.ts';
import type { Graph, ServiceNode } from '../graph/graph.ts';
import { shutdownOrder } from '../graph/shutdown-order.ts';
import { currentGraph } from '../model.ts';
import { beginOperation, createOperation, finishOperation, liveOperations, liveWhere } from '../operations/store.ts';
import { endRestartWindow } from '../restarts/window.ts';
import type { Service, Shutdown } from '../state.ts';
import { step } from '../steps.ts';
import { after, secondsToNs } from '../time.ts';
import { restAllTimers } from '../timers/follow.ts';
import type { Turn } from '../turn.ts';
import { emit, intend, report } from '../turn.ts';
import { giveUpUnbornCheck } from '../up/health.ts';

export function beginShutdown(turn: Turn, { type, forced, reason }: ShutdownRequested): void {
  const { machine, services } = turn.state;
  if (machine.shutdown !== null) {
    if (forced && !machine.shutdown.forced) force(turn, machine.shutdown, reason);
    return;
  }
  stopClock(turn);
  report(turn, 'info', `the machine is going down for ${type}: ${reason}`, null, true);
  const endsAt = after(turn.stamp.monotonic, secondsToNs(machine.shutdownTimeoutSeconds));
  const shutdown: Shutdown = { type, forced: false, waves: [], begun: false, pending: new Set(), dying: new Set(), endsAt, done: false };
  const running: Service[] = [];
  for (const service of services.values()) {
    endOperations(turn, service);
    stopForGood(turn, service);
    service.pendingRun = false;
    const { activation, state } = service;
    if (activation !== null) giveUpUnbornCheck(turn, service, activation);
    if (state === 'active' || state === 'reloading' || state === 'stopping' || service.mounted !== null || isAskedToEnd(turn, service))
      running.push(service);
    else if (state === 'starting' && activation?.used === true) shutdown.dying.add(service.key);
  }
  machine.shutdown = shutdown;
  restAllTimers(turn);
  stopAllAdHoc(turn);
  for (const key of services.keys()) intend(turn, { kind: 'leave-machine', service: key });
  const graph = currentGraph(turn);
  const nodes = new Set(running.flatMap(({ key }) => nodesOf(graph, key)));
  shutdown.waves.push(...shutdownOrder(graph, nodes).map((wave) => wave.map(({ key }) => key)));
  shutdown.waves.reverse();
  for (const service of running) wantStopped(turn, service);
  arm(turn, 'shutdown', '', endsAt);
  if (forced) force(turn, shutdown, reason);
}

const nodesOf = (graph: Graph, key: string): readonly ServiceNode[] => {
  const node = graph.byKey.get(key);
  return node === undefined ? [] : [node];
};

/** Live starts, restarts and reloads end; a stop goes on. */
function endOperations(turn: Turn, service: Service): void {
  for (const operation of liveOperations(turn, service)) {
    const { state, type } = operation.record;
    if (type === 'stop') continue;
    finishOperation(turn, operation, state === 'running' ? 'aborted' : 'cancelled', {
      error: 'superseded_by_later_operation: the machine is shutting down',
      ...(type === 'reload' ? { reloadMode: 'failed' as const } : {}),
    });
  }
  dropAttempt(turn, service);
  disarm(turn, 'restart', service.key);
}

/** Completed and starting services. SHUT-008, SHUT-021, O-22. */
export function leaveMachine(turn: Turn, service: Service): void {
  const { activation, state } = service;
  // What is skipped stays so; only its window ends.
  if (state === 'skipped') endRestartWindow(turn, service);
  // A mount is undone in its wave. BOOT-035.
  else if (service.mounted !== null) return;
  else if (state === 'completed') {
    step(turn, service, 'inactive', 'shutdown_wave');
    dropActivation(turn, service);
  } else if (activation !== null && isAskedToEnd(turn, service)) {
    // What StartTimeout has cut short already goes on ending.
    if (activation.doom !== null) return;
    const detail = `service ${service.name} was still starting when the machine went down.`;
    cutShort(turn, service, activation, { cause: 'shutdown_wave', detail, jobs: [] });
  } else if (state === 'starting') {
    step(
      turn,
      service,
      'failed',
      'shutdown_wave',
      `service ${service.name} was killed while it was starting: the machine is shutting down.`,
    );
    dropActivation(turn, service);
  }
}

/** A stop operation for each that is up; those of later waves wait for their turn. SHUT-022. */
function wantStopped(turn: Turn, service: Service): void {
  if (service.state === 'starting') return;
  if (liveWhere(turn, service, ({ record }) => record.type === 'stop') !== undefined) return;
  const operation = createOperation(turn, service, 'stop', 'shutdown');
  if (service.state === 'stopping') beginOperation(turn, operation);
}

/**
 * After the work of each event: opens the next wave when the one before is down, and tells when all is.
 *
 * @returns there is work again
 */
export function continueShutdown(turn: Turn): boolean {
  const { shutdown } = turn.state.machine;
  if (shutdown === null || shutdown.done || shutdown.pending.size > 0) return false;
  if (turn.state.adHoc.size > 0 && (shutdown.begun || shutdown.waves.length === 0)) return false;
  shutdown.begun = true;
  // What was killed while it was starting may keep a mount busy until it is gone. BOOT-035.
  if (shutdown.dying.size > 0 && shutdown.waves.at(-1)?.some((key) => isMounted(turn, key)) === true) return false;
  const wave = shutdown.waves.pop();
  if (wave === undefined) {
    if (shutdown.dying.size === 0) finish(turn, shutdown);
    return false;
  }
  for (const key of wave) stopParticipant(turn, shutdown, key);
  return true;
}

function stopParticipant(turn: Turn, shutdown: Shutdown, key: string): void {
  const service = turn.state.services.get(key);
  if (service === undefined || !(stateFacts[service.state].hasProcess || service.mounted !== null)) return;
  shutdown.pending.add(key);
  if (service.state === 'starting') return intend(turn, { kind: 'ask-to-end', service: key });
  // A stop that failed in the meantime is tried again.
  if (service.mounted !== null) wantStopped(turn, service);
  const operation = liveWhere(turn, service, ({ record }) => record.type === 'stop');
  if (service.state !== 'stopping' && operation !== undefined)
    intend(turn, { kind: 'carry-out', service: key, operation: operation.record.id });
}

function finish(turn: Turn, shutdown: Shutdown): void {
  shutdown.done = true;
  disarm(turn, 'shutdown', '');
  const abandoned = Array.from(turn.state.services.values()).flatMap(({ name, state }) => (state === 'abandoned' ? [name] : []));
  if (abandoned.length > 0) report(turn, 'warning', `given up, their processes outlived SIGKILL: ${abandoned.join(', ')}`, null, true);
  emit(turn, { kind: 'services-stopped', type: shutdown.type, abandoned });
}

/** Something about a service changed during the shutdown. */
export function reviewParticipant(turn: Turn, service: Service): void {
  const { shutdown } = turn.state.machine;
  if (shutdown === null) return;
  if (!stateFacts[service.state].hasProcess && service.mounted === null) {
    // One that ended by itself before its wave came needs no stop any more.
    const waiting = liveWhere(turn, service, ({ record }) => record.type === 'stop');
    if (waiting !== undefined) finishOperation(turn, waiting, 'completed', { result: service.state });
    shutdown.pending.delete(service.key);
    if (!isDraining(turn, service)) shutdown.dying.delete(service.key);
  }
}

/** Killed while starting, and not known to be gone. */
function isDraining(turn: Turn, service: Service): boolean {
  for (const tree of turn.state.trees.values()) if (tree.service === service.key && tree.state === 'draining') return true;
  return false;
}

/** What is mounted still when all is killed is for the end of the machine to unmount. */
const isMounted = ({ state }: Turn, key: string): boolean => (state.services.get(key)?.mounted ?? null) !== null;

function force(turn: Turn, shutdown: Shutdown, reason: string): void {
  shutdown.forced = true;
  report(turn, 'warning', `the shutdown is forced: ${reason}. All services are killed`, null, true);
  killRest(turn, shutdown);
}

/** ShutdownTimeout is over. SHUT-013. */
export function shutdownTimedOut(turn: Turn): void {
  const { shutdown, ...machine } = turn.state.machine;
  if (shutdown === null || shutdown.done) return;
  report(
    turn,
    'warning',
    `the shutdown took longer than ${machine.shutdownTimeoutSeconds} s (ShutdownTimeout). All services that are left are killed`,
    null,
    true,
  );
  killRest(turn, shutdown);
}

function killRest(turn: Turn, shutdown: Shutdown): void {
  killAllAdHoc(turn);
  for (const wave of shutdown.waves.splice(0)) for (const key of wave) if (!isMounted(turn, key)) stopParticipant(turn, shutdown, key);
  for (const key of shutdown.pending) intend(turn, { kind: 'kill', service: key });
}
