/**
 * The stop of a mount. It stays completed while the helper unmounts it, in an activation of its own, and becomes inactive when that is
 * done. What is busy, fails, or takes longer than StopTimeout fails the stop and leaves the mount as it is; a helper that outlives SIGKILL
 * leaks its tree. BOOT-031, O-140.
 */
import { createActivation } from '../activation/create.ts';
import { dropActivation } from '../activation/drop.ts';
import { killPart } from '../activation/tokens.ts';
import { arm, disarm } from '../deadlines.ts';
import type { MountPlan } from '../definition/definition.ts';
import { unmountCommand } from '../definition/mount.ts';
import { exitWords, secondsWords } from '../details.ts';
import type { JobExited } from '../events.ts';
import { createJob } from '../jobs.ts';
import { finishOperation, runningOperation } from '../operations/store.ts';
import { ownIdentity } from '../process-spec.ts';
import type { Activation, Operation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { after, secondsToNs } from '../time.ts';
import { leakTree, nextTree, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { report } from '../turn.ts';
import { unmountWords } from './statuses.ts';

export const isUnmounting = ({ activation }: Service): boolean => activation?.stage === 'unmounting';

/** Carries a stop out; the operation has begun. */
export function beginUnmount(turn: Turn, service: Service, operation: Operation): void {
  const { definition, mounted } = service;
  if (isUnmounting(service) || mounted === null || definition === null) return;
  if (service.activation !== null) dropActivation(turn, service);
  const { id } = operation.record;
  service.activation = createActivation(turn, { definition, cause: 'explicit_stop', operation: id, stage: 'unmounting' });
  arm(turn, 'stop', service.key, after(turn.stamp.monotonic, secondsToNs(definition.stopTimeout)));
  goOnUnmounting(turn, service);
}

/** Its helper is made as soon as nothing of an earlier one is left. */
export function goOnUnmounting(turn: Turn, service: Service): void {
  const { activation, mounted } = service;
  if (activation?.stage !== 'unmounting' || mounted === null || activation.main !== null) return;
  const tree = nextTree(turn, service);
  if (tree === null) return;
  activation.tree = tree;
  service.treeUsed = true;
  activation.mainGone = false;
  activation.main = createJob(turn, service, activation, {
    type: 'service_main',
    part: 'main',
    argv: unmountCommand(mounted),
    origin: { service: service.name, part: null, index: null },
    ...ownIdentity(activation.definition),
    watchdogUsec: null,
    operation: activation.operation,
  });
}

/** Its helper ended. */
export function unmountEnded(turn: Turn, service: Service, activation: Activation, event: JobExited): void {
  const { mounted } = service;
  if (mounted === null) return;
  if (event.exitCode === 0) return unmounted(turn, service);
  const { what, remedy } =
    event.exitCode === null
      ? { what: wordsOfKilled(mounted, activation, event), remedy: 'Look whether its device hangs' }
      : unmountWords(mounted, event.exitCode);
  stayMounted(turn, service, `${what}. ${remedy}.`);
}

function wordsOfKilled({ point }: MountPlan, { doom }: Activation, { exitCode, signal, coreDumped }: JobExited): string {
  return doom?.detail ?? `unmounting ${point}: its helper ${exitWords(exitCode, signal, coreDumped)}; it counts as mounted`;
}

/** No helper could be made. */
export const unmountFailed = (turn: Turn, service: Service, message: string): void =>
  stayMounted(turn, service, `its helper could not be started: ${message}`);

/** StopTimeout is over. */
export function unmountTimedOut(turn: Turn, service: Service, activation: Activation): void {
  const { mounted } = service;
  if (mounted === null) return;
  const { stopTimeout } = activation.definition;
  const what = `unmounting ${mounted.point} had not ended after ${secondsWords(stopTimeout)}; it counts as mounted`;
  giveUpUnmount(turn, service, activation, what);
}

/** Kills the helper; its end tells. */
export function giveUpUnmount(turn: Turn, service: Service, activation: Activation, what: string): void {
  if (activation.doom !== null) return;
  activation.doom = { cause: 'explicit_stop', detail: what, jobs: [] };
  disarm(turn, 'stop', service.key);
  if (activation.main === null) return stayMounted(turn, service, `${what}.`);
  arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
  killPart(turn, service, activation, 'tree');
}

/** The helper outlived SIGKILL. */
export function unmountStuck(turn: Turn, service: Service, activation: Activation): void {
  leakTree(turn, service, activation.tree, 'service_tree');
  stayMounted(turn, service, `${activation.doom?.detail ?? 'unmounting hangs'}. Its device hangs: look at the log of the kernel.`);
}

function unmounted(turn: Turn, service: Service): void {
  const operation = runningOperation(turn, service);
  service.mounted = null;
  dropActivation(turn, service, true);
  step(turn, service, 'inactive', operation?.record.source === 'shutdown' ? 'shutdown_wave' : 'explicit_stop');
  if (operation !== undefined) finishOperation(turn, operation, 'completed', { result: service.state });
}

function stayMounted(turn: Turn, service: Service, why: string): void {
  const operation = runningOperation(turn, service);
  const error = `service ${service.name}: ${why}`;
  dropActivation(turn, service, service.activation?.mainGone ?? true);
  // Whoever asks about the mount sees why it is still there.
  service.detail = error;
  report(turn, 'warning', error, service, true);
  if (operation !== undefined) finishOperation(turn, operation, 'failed', { error });
  turn.state.machine.shutdown?.pending.delete(service.key);
  // Those that waited for what would become of it go on.
  turn.work.push({ kind: 'released', service: service.key });
}
