/** What the processes of services come to, told to the part of the activation that waits for it. */

import { conclude } from '../activation/conclude.ts';
import { reviewDoomed } from '../activation/doom.ts';
import { dropActivation } from '../activation/drop.ts';
import { nothingLeft } from '../activation/ending.ts';
import { takenBackWords } from '../activation/tokens.ts';
import { adHocExited, adHocFailed, adHocGranted, adHocRuns } from '../ad-hoc/ad-hoc.ts';
import { exitWords, leftBehindWords, lookAtOutput, sentence, unheardWords } from '../details.ts';
import type { JobExited, JobRunning, JobSetupFailed, TokenDone } from '../events.ts';
import { note } from '../first-start.ts';
import { endJob, jobRuns, mainOf, makeProcess } from '../jobs.ts';
import { goodFsckStatuses, stepWords } from '../mounts/statuses.ts';
import { isUnmounting, unmountEnded, unmountFailed } from '../mounts/unmount.ts';
import { isSuccess } from '../restarts/decision.ts';
import { probeEnded } from '../starting/readiness.ts';
import { becomeActive, becomeCompleted, hookEnded, mainRuns } from '../starting/sequence.ts';
import type { Activation, Job, Service } from '../state.ts';
import { step } from '../steps.ts';
import { reviewStop } from '../stopping/stop.ts';
import type { Turn } from '../turn.ts';
import { emit } from '../turn.ts';
import { healthEnded } from '../up/health.ts';
import { reloadCommandEnded } from '../up/reload.ts';

/** The answer of who grants tokens. One that nobody waits for any more is given back. */
export function tokenDone(turn: Turn, { job: id, outcome }: TokenDone): void {
  const adHoc = turn.state.adHoc.get(id);
  if (adHoc !== undefined) return outcome.ok ? adHocGranted(turn, adHoc, outcome) : adHocFailed(turn, adHoc, outcome);
  const job = turn.state.jobs.get(id);
  const found = job === undefined || job.untilToken === null ? null : activationOf(turn, job);
  if (job === undefined || found === null) return outcome.ok ? emit(turn, { kind: 'drop-token', token: outcome.token }) : undefined;
  if (outcome.ok) return makeProcess(turn, found.service, found.activation, job, outcome);
  jobSetupFailed(turn, { kind: 'job-setup-failed', job: id, stage: 'parent', message: outcome.message });
}

/** exec is confirmed. */
export function jobRunning(turn: Turn, { job: id, pid }: JobRunning): void {
  const adHoc = turn.state.adHoc.get(id);
  if (adHoc !== undefined) return adHocRuns(turn, adHoc, pid);
  const job = turn.state.jobs.get(id);
  if (job === undefined) return;
  jobRuns(turn, job, pid);
  const found = activationOf(turn, job);
  if (found === null || found.activation.main !== id) return;
  note(turn, found.service, 'running');
  mainRuns(turn, found.service, found.activation);
}

/** No program ran. */
export function jobSetupFailed(turn: Turn, { job: id, stage, message }: JobSetupFailed): void {
  const adHoc = turn.state.adHoc.get(id);
  if (adHoc !== undefined) return adHocFailed(turn, adHoc, { message });
  const job = turn.state.jobs.get(id);
  if (job === undefined) return;
  endJob(turn, job, { state: 'failed', failureCause: message });
  const found = activationOf(turn, job);
  if (found === null) return;
  const { activation, service } = found;
  if (activation.main !== id) return sideJobEnded(turn, service, activation, job, `could not be started: ${message}`, false);
  activation.mainGone = true;
  if (isUnmounting(service)) return unmountFailed(turn, service, sentence(message));
  if (service.state === 'stopping') return reviewStop(turn, service, activation);
  if (activation.doom !== null) return reviewDoomed(turn, service, activation);
  const cause = stage === 'parent' ? 'parent_setup_failure' : 'pre_exec_failure';
  conclude(turn, service, activation, { cause, detail: sentence(`service ${service.name}: ${message}`), exitCode: null, jobs: [id] });
}

/** It was killed before it came to be. */
export const takenBack = (turn: Turn, job: string): void =>
  jobSetupFailed(turn, { kind: 'job-setup-failed', job, stage: 'parent', message: takenBackWords });

/** A process was reaped. */
export function jobExited(turn: Turn, event: JobExited): void {
  const adHoc = turn.state.adHoc.get(event.job);
  if (adHoc !== undefined) return adHocExited(turn, adHoc, event);
  const job = turn.state.jobs.get(event.job);
  if (job === undefined) return;
  const { exitCode, signal: exitSignal } = event;
  const found = activationOf(turn, job);
  const isMain = job.record.type === 'service_main';
  const { mount } = found?.activation.definition ?? {};
  const mountCodes = mount === undefined || isMain ? undefined : goodFsckStatuses;
  const codes = isMain ? (found?.service.definition ?? found?.activation.definition)?.successExitCodes : mountCodes;
  const success = isSuccess(exitCode, codes ?? []);
  const words = exitWords(exitCode, exitSignal, event.coreDumped);
  const doomedBy = isMain ? found?.activation.doom?.cause : undefined;
  const failureCause = success ? null : doomedBy === undefined ? words : `${doomedBy}: ${words}`;
  endJob(turn, job, { state: success ? 'completed' : 'failed', exitCode, exitSignal, failureCause });
  if (found === null) return;
  const { activation, service } = found;
  if (activation.main === event.job) mainExited(turn, service, activation, job, event, success);
  else sideJobEnded(turn, service, activation, job, success ? null : words, true);
}

function mainExited(turn: Turn, service: Service, activation: Activation, job: Job, event: JobExited, success: boolean): void {
  activation.mainGone = true;
  if (isUnmounting(service)) return unmountEnded(turn, service, activation, event);
  if (event.empty === true) nothingLeft(service, 'main');
  if (service.state === 'stopping') return reviewStop(turn, service, activation);
  if (activation.doom !== null) return reviewDoomed(turn, service, activation);
  const { definition } = activation;
  if (service.state === 'starting' && definition.type === 'Oneshot' && success)
    return becomeCompleted(turn, service, activation, event.left);
  if (service.state === 'active' && success) return endedWell(turn, service, activation, job, event.left);
  const when = { starting: 'before it was ready', active: 'while it was active', reloading: 'while it was reloading' }[stateName(service)];
  const words = exitWords(event.exitCode, event.signal, event.coreDumped);
  const [what, inWhichState] = definition.type === 'Oneshot' ? ['its process', ''] : ['its main process', ` ${when}`];
  const detail = `service ${service.name}: ${what} (pid ${job.record.pid ?? 'unknown'}) ${words}${inWhichState}`;
  const mount = mountFailure(service, activation, words, event);
  const failure = {
    cause: mount === null ? 'process_crash' : 'mount_failure',
    detail: mount ?? `${detail}. ${adviceFor(service, activation, event) ?? `${lookAtOutput(service.name)}.`}`,
    exitCode: event.exitCode,
    jobs: [event.job],
  } as const;
  conclude(turn, service, activation, failure);
}

/** Null: it is no mount. */
function mountFailure({ name }: Service, { definition }: Activation, how: string, { exitCode }: JobExited): string | null {
  if (definition.mount === undefined) return null;
  const { what, remedy } = stepWords(definition.mount, [definition.imagePath, ...definition.arguments], how, exitCode);
  return `service ${name}: ${what}. ${remedy}.`;
}

const stayInForeground = 'A program that goes into the background must stay in the foreground: the service ends with its main process.';

/** What the way it ended says by itself. */
function adviceFor(service: Service, activation: Activation, { exitCode, left, signal }: JobExited): string | null {
  const { definition } = activation;
  if (service.state === 'starting' && activation.unheard !== null) return unheardWords(activation.unheard, null);
  if (service.state === 'starting' && exitCode === 0 && definition.type === 'Simple')
    return (
      leftBehindWords(left, stayInForeground) ??
      'A program that does its work and ends needs Type Oneshot; one that goes into the background must stay in the foreground.'
    );
  if (service.state === 'reloading' && signal === sighup && definition.execReload.type === 'signal')
    return 'It does not take SIGHUP as a request to reload: set ExecReload to what it takes.';
  return null;
}

const sighup = 1;

const stateName = ({ state }: Service): 'starting' | 'active' | 'reloading' =>
  state === 'active' || state === 'reloading' ? state : 'starting';

/** A Simple service exited with success while active. D-33. */
function endedWell(turn: Turn, service: Service, activation: Activation, { record }: Job, left: number): void {
  const { restartPolicy } = service.definition ?? activation.definition;
  const { machine } = turn.state;
  const words = leftBehindWords(left, stayInForeground);
  const behind = words === null ? null : `service ${service.name}: its main process (pid ${record.pid ?? 'unknown'}) ended well; ${words}`;
  if (restartPolicy === 'Always' && !service.removed && machine.shutdown === null) {
    const detail = behind ?? `service ${service.name}: its main process ended well, and RestartPolicy is Always.`;
    return conclude(turn, service, activation, { cause: 'clean_exit_restart', detail, exitCode: null, jobs: mainOf(activation) });
  }
  service.restarts = 0;
  step(turn, service, 'inactive', 'clean_exit', behind);
  dropActivation(turn, service);
}

/** `ran`: its program was started, so its output may tell more. */
function sideJobEnded(turn: Turn, service: Service, activation: Activation, job: Job, failure: string | null, ran: boolean): void {
  const { id } = job.record;
  if (activation.hookJob === id) {
    activation.hookJob = null;
    if (service.state !== 'stopping' && activation.doom === null) return hookEnded(turn, service, activation, job.record, failure, ran);
  } else if (activation.reloadJob === id) {
    reloadCommandEnded(turn, service, activation, failure);
  } else if (activation.healthJob === id && job.record.type === 'readiness_check') {
    if (probeEnded(turn, service, activation, id, failure)) becomeActive(turn, service, activation);
  } else if (activation.healthJob === id) {
    healthEnded(turn, service, activation, job.record, failure);
  } else return;
  if (service.state === 'stopping') return reviewStop(turn, service, activation);
  if (activation.doom !== null) reviewDoomed(turn, service, activation);
}

function activationOf(turn: Turn, job: Job): { readonly service: Service; readonly activation: Activation } | null {
  const service = turn.state.services.get(job.serviceKey);
  const activation = service?.activation;
  return service === undefined || activation === undefined || activation === null || activation.id !== job.activation
    ? null
    : { service, activation };
}
