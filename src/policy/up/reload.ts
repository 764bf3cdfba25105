/**
 * Reload. By signal: the signal is sent and a detection window of two seconds runs; RELOADING=1 in it changes the wait to StartTimeout;
 * READY=1 confirms, the end of either wait makes the reload advisory. By command: its end, or StartTimeout, decides. A failed reload
 * never takes a service out of active. PSD-007 5.3, RLD-001..RLD-012.
 */
import type { ReloadMode } from '../../../gen/service/types.ts';
import { endReload } from '../activation/end-reload.ts';
import { latestEnd } from '../activation/extend.ts';
import { killSide, partFor } from '../activation/side-parts.ts';
import { awaitedIdentity, tokenAdvice } from '../activation/tokens.ts';
import { arm, disarm } from '../deadlines.ts';
import { secondsWords } from '../details.ts';
import { createJob } from '../jobs.ts';
import { beginOperation, finishOperation } from '../operations/store.ts';
import { ownIdentity } from '../process-spec.ts';
import { afterReload } from '../restarts/window.ts';
import type { Activation, Operation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { after, secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';
import { report } from '../turn.ts';
import { armWatchdog, restWatchdog } from './watchdog.ts';

const detectionWindowNs = 2_000_000_000n;

export function startReload(turn: Turn, service: Service, operation: Operation): void {
  const { activation } = service;
  if (service.state !== 'active' || activation === null || activation.doom !== null) {
    const error = `service ${service.name} is about to end: its processes are being killed. Reload it when it is up again.`;
    return finishOperation(turn, operation, 'failed', { error, reloadMode: 'failed' });
  }
  const { execReload, startTimeout } = service.definition ?? activation.definition;
  beginOperation(turn, operation);
  activation.phaseSince = turn.stamp.monotonic;
  activation.reload = { operation: operation.record.id, by: execReload.type, extended: false, readySeen: false };
  restWatchdog(turn, service);
  step(turn, service, 'reloading', 'explicit_reload');
  if (execReload.type === 'signal') {
    if (activation.main !== null) turn.signal({ kind: 'signal', job: activation.main, signal: execReload.signal });
    return arm(turn, 'reload', service.key, after(turn.stamp.monotonic, detectionWindowNs));
  }
  activation.reloadJob = createJob(turn, service, activation, {
    type: 'reload_hook',
    part: partFor(activation, 'hooks'),
    argv: execReload.argv,
    origin: { service: service.name, part: 'ExecReload', index: null },
    ...ownIdentity(activation.definition),
    watchdogUsec: null,
    operation: operation.record.id,
  });
  arm(turn, 'reload', service.key, after(turn.stamp.monotonic, secondsToNs(startTimeout)));
}

/** RELOADING=1. RLD-003. */
export function reloadingSaid(turn: Turn, service: Service, activation: Activation): void {
  const { reload } = activation;
  if (service.state !== 'reloading' || reload === null || reload.by !== 'signal' || reload.extended) return;
  reload.extended = true;
  const { startTimeout } = service.definition ?? activation.definition;
  const wanted = after(turn.stamp.monotonic, secondsToNs(startTimeout));
  const latest = latestEnd(activation, startTimeout);
  arm(turn, 'reload', service.key, wanted < latest ? wanted : latest);
}

/** READY=1 while reloading. RLD-004, RLD-012. */
export function readySaid(turn: Turn, service: Service, activation: Activation): void {
  const { reload } = activation;
  if (reload === null) return;
  if (reload.by === 'signal') resolve(turn, service, activation, 'confirmed', null);
  else reload.readySeen = true;
}

/** The wait is over. RLD-005, RLD-006, RLD-011. */
export function reloadTimedOut(turn: Turn, service: Service, activation: Activation): void {
  const { reload } = activation;
  if (reload === null) return;
  if (reload.by === 'signal') {
    if (reload.extended)
      report(turn, 'warning', `service ${service.name}: service signalled RELOADING=1 but never completed reload`, service);
    return resolve(turn, service, activation, 'advisory', null);
  }
  const identity = awaitedIdentity(turn, activation.reloadJob);
  killSide(turn, service, activation, 'hooks');
  const since = secondsWords(Number((turn.stamp.monotonic - activation.phaseSince) / 1_000_000_000n));
  const failure =
    identity === null
      ? `its ExecReload command had not ended after ${since} (StartTimeout) and was killed`
      : `the token of ${identity} for its ExecReload command had not come after ${since} (StartTimeout). ${tokenAdvice}.`;
  resolve(turn, service, activation, 'failed', failure);
}

/** The reload command ended; `failure` says how if it failed. */
export function reloadCommandEnded(turn: Turn, service: Service, activation: Activation, failure: string | null): void {
  activation.reloadJob = null;
  const { reload } = activation;
  if (reload === null || reload.by !== 'command') return;
  if (failure !== null) return resolve(turn, service, activation, 'failed', `its ExecReload command ${failure}`);
  resolve(turn, service, activation, reload.readySeen ? 'confirmed' : 'advisory', null);
}

function resolve(turn: Turn, service: Service, activation: Activation, mode: ReloadMode, failure: string | null): void {
  if (activation.doom !== null) return;
  disarm(turn, 'reload', service.key);
  const operation = endReload(turn, activation);
  const text =
    failure === null
      ? null
      : `service ${service.name}: the reload failed, ${failure}. The service goes on as it was; look at the output of the command.`;
  if (text !== null) report(turn, 'error', text, service);
  step(turn, service, 'active', 'explicit_reload', text);
  afterReload(service);
  if (activation.stage === 'up') armWatchdog(turn, service, activation);
  if (operation === undefined) return;
  if (text === null) finishOperation(turn, operation, 'completed', { result: 'active', reloadMode: mode });
  else finishOperation(turn, operation, 'failed', { error: text, reloadMode: mode });
}
