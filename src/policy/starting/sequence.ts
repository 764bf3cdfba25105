/**
 * The start sequence: ExecStartPre commands one after another, what they left behind killed, the main process, readiness; then
 * ExecStartPost, and with its end the release of those who wait for the service. StartTimeout runs from the first step to readiness, and
 * on through ExecStartPost, which it can cut short but not fail. PSD-007 4.1, EXEC-007..EXEC-013, EXEC-027..EXEC-029.
 */
import { askCutShort, cutShort, isAskedToEnd } from '../activation/abort.ts';
import { conclude } from '../activation/conclude.ts';
import { doom } from '../activation/doom.ts';
import { dropActivation } from '../activation/drop.ts';
import { isDying, killSide, partFor } from '../activation/side-parts.ts';
import { awaitedIdentity, killPart, tokenAdvice } from '../activation/tokens.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { arm, disarm } from '../deadlines.ts';
import type { CommandLine, MountPlan } from '../definition/definition.ts';
import { partOf } from '../definition/mount.ts';
import { leftBehindWords, lookAtOutput, secondsWords, sentence, unheardWords } from '../details.ts';
import type { JobRecord } from '../effects.ts';
import { note, noteLaunched } from '../first-start.ts';
import { createJob, mainPid } from '../jobs.ts';
import { goodFsckStatuses, lackingStep, stepWords } from '../mounts/statuses.ts';
import { findOperation, finishOperation } from '../operations/store.ts';
import { ownIdentity } from '../process-spec.ts';
import type { Activation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { after, secondsToNs } from '../time.ts';
import { nextTree } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { intend, report } from '../turn.ts';
import { lackingReadiness, probeReadiness } from './readiness.ts';

/** The service is starting and nothing holds it up any more. */
export function launch(turn: Turn, service: Service): void {
  const { activation } = service;
  const tree = nextTree(turn, service);
  if (service.state !== 'starting' || activation?.stage !== 'waiting' || tree === null) return;
  noteLaunched(turn, service);
  activation.tree = tree;
  service.treeUsed = true;
  activation.phaseSince = turn.stamp.monotonic;
  arm(turn, 'start', service.key, after(turn.stamp.monotonic, secondsToNs(activation.definition.startTimeout)));
  activation.hook = 0;
  if (activation.definition.execStartPre.length > 0) {
    activation.stage = 'pre-hooks';
    spawnHook(turn, service, activation, 'ExecStartPre');
  } else spawnMain(turn, service, activation);
}

function spawnHook(turn: Turn, service: Service, activation: Activation, list: 'ExecStartPre' | 'ExecStartPost'): void {
  const { definition, hook } = activation;
  const argv = hookAt(activation, list);
  if (argv === undefined) return;
  activation.hookJob = createJob(turn, service, activation, {
    type: list === 'ExecStartPre' ? 'pre_exec_hook' : 'post_exec_hook',
    part: partFor(activation, 'hooks'),
    argv,
    origin: {
      service: service.name,
      ...(definition.mount === undefined ? { part: list, index: hook } : { part: partOf(argv), index: null }),
    },
    ...(definition.hookIdentity === undefined ? ownIdentity(definition) : { identity: definition.hookIdentity, requiredPrivileges: null }),
    watchdogUsec: null,
    operation: activation.operation,
  });
}

const hookAt = ({ definition, hook }: Activation, list: 'ExecStartPre' | 'ExecStartPost'): CommandLine | undefined =>
  (list === 'ExecStartPre' ? definition.execStartPre : definition.execStartPost)[hook];

function spawnMain(turn: Turn, service: Service, activation: Activation): void {
  const { definition } = activation;
  note(turn, service, 'prepared');
  activation.stage = 'main';
  activation.mainGone = false;
  const watched = definition.type === 'Simple' && definition.watchdogTimeout > 0;
  activation.main = createJob(turn, service, activation, {
    type: 'service_main',
    part: 'main',
    argv: [definition.imagePath, ...definition.arguments],
    origin: { service: service.name, part: null, index: null },
    ...ownIdentity(definition),
    watchdogUsec: watched ? BigInt(definition.watchdogTimeout) * 1_000_000n : null,
    operation: activation.operation,
  });
}

/** A hook ended; `failure` says how if it failed. */
export function hookEnded(
  turn: Turn,
  service: Service,
  activation: Activation,
  { exitCode, id: job }: JobRecord,
  failure: string | null,
  ran: boolean,
): void {
  const { hook, stage, definition } = activation;
  if (stage === 'pre-hooks') {
    if (failure === null) {
      tellMended(turn, service, activation, exitCode);
      return nextPreHook(turn, service, activation);
    }
    const mount = failedStep(activation, 'ExecStartPre', failure, exitCode);
    if (mount !== null) {
      const detail = `service ${service.name}: ${mount}`;
      return conclude(turn, service, activation, { cause: 'mount_failure', detail, exitCode: null, jobs: [job] });
    }
    // Of one that did not run there is no output, and what failed tells the remedy.
    const remedy = ran ? `. ${lookAtOutput(service.name)} and correct the command or what it needs` : '';
    const whose = ran || definition.hookIdentity === undefined ? '' : ' (under HookIdentity)';
    const detail = sentence(`service ${service.name}: ExecStartPre[${hook}]${whose} ${failure}${remedy}`);
    return conclude(turn, service, activation, { cause: 'pre_hook_failure', detail, exitCode: null, jobs: [job] });
  }
  if (stage !== 'post-hooks') return;
  if (failure !== null)
    report(turn, 'warning', `service ${service.name}: ExecStartPost[${hook}] ${sentence(failure)} The service goes on.`, service);
  activation.hook += 1;
  const isLast = hookAt(activation, 'ExecStartPost') === undefined || turn.state.machine.shutdown !== null;
  if (isLast) release(turn, service, activation);
  else spawnHook(turn, service, activation, 'ExecStartPost');
}

/** Of a mount: which step failed, and what to do. */
function failedStep(activation: Activation, list: 'ExecStartPre', how: string, exitCode: number | null): string | null {
  const { mount } = activation.definition;
  const argv = hookAt(activation, list);
  if (mount === undefined || argv === undefined) return null;
  const { what, remedy } = stepWords(mount, argv, how, exitCode);
  return `${what}. ${remedy}.`;
}

/** fsck found something, and the mount goes on. */
function tellMended(turn: Turn, service: Service, { definition }: Activation, exitCode: number | null): void {
  if (definition.mount === undefined || exitCode === null || !goodFsckStatuses.includes(exitCode)) return;
  const mended = `fsck of ${definition.mount.device} mended the filesystem (exit code ${exitCode})`;
  report(turn, 'warning', `service ${service.name}: ${mended}; it is mounted.`, service, true);
}

function nextPreHook(turn: Turn, service: Service, activation: Activation): void {
  activation.hook += 1;
  if (hookAt(activation, 'ExecStartPre') !== undefined) return spawnHook(turn, service, activation, 'ExecStartPre');
  activation.stage = 'clearing';
  killSide(turn, service, activation, 'hooks');
}

/** What the hooks left behind is gone, or outlived SIGKILL and was given up: the start goes on. HC-010. */
export function hooksCleared(turn: Turn, service: Service, activation: Activation): void {
  if (activation.stage === 'clearing' && !isDying(activation, 'hooks')) spawnMain(turn, service, activation);
}

/** exec of the main process is confirmed. */
export function mainRuns(turn: Turn, service: Service, activation: Activation): void {
  const { definition, stage } = activation;
  if (stage !== 'main' || definition.type !== 'Simple' || definition.readiness !== 'Alive') return;
  if (definition.readinessCheck === null) becomeActive(turn, service, activation);
  else probeReadiness(turn, service, activation);
}

/** A Simple service is ready. */
export function becomeActive(turn: Turn, service: Service, activation: Activation): void {
  step(turn, service, 'active', activation.cause);
  const operation = activation.operation === null ? undefined : findOperation(turn, activation.operation);
  dropAttempt(turn, service);
  if (operation !== undefined && service.operations.includes(operation.record.id)) {
    finishOperation(turn, operation, 'completed', { result: 'active' });
  }
  intend(turn, { kind: 'watch', service: service.key });
  beginPostHooks(turn, service, activation);
}

/** A Oneshot ended well. */
export function becomeCompleted(turn: Turn, service: Service, activation: Activation, left: number): void {
  const behind = leftBehindWords(left, 'What is to go on running needs a service of Type Simple, and to stay in the foreground.');
  service.mounted = activation.definition.mount ?? null;
  step(turn, service, 'completed', activation.cause, behind === null ? null : `service ${service.name}: its process ended well; ${behind}`);
  dropAttempt(turn, service);
  if (activation.definition.remainAfterExit) completeOperation(turn, service, activation);
  killPart(turn, service, activation, 'main');
  beginPostHooks(turn, service, activation);
}

function completeOperation(turn: Turn, service: Service, activation: Activation): void {
  const operation = activation.operation === null ? undefined : findOperation(turn, activation.operation);
  if (operation === undefined || !service.operations.includes(operation.record.id)) return;
  finishOperation(turn, operation, 'completed', { result: service.state });
}

function beginPostHooks(turn: Turn, service: Service, activation: Activation): void {
  activation.stage = 'post-hooks';
  activation.hook = 0;
  if (hookAt(activation, 'ExecStartPost') === undefined) release(turn, service, activation);
  else spawnHook(turn, service, activation, 'ExecStartPost');
}

/** Up, and the post-hooks are over: those who wait may go on. EXEC-029. */
function release(turn: Turn, service: Service, activation: Activation): void {
  activation.stage = 'up';
  activation.released = true;
  note(turn, service, 'released');
  activation.hookJob = null;
  disarm(turn, 'start', service.key);
  turn.work.push({ kind: 'released', service: service.key });
  if (service.state !== 'completed') return intend(turn, { kind: 'watch', service: service.key });
  if (activation.definition.remainAfterExit) return dropActivation(turn, service);
  service.restarts = 0;
  step(turn, service, 'inactive', 'clean_exit', service.detail);
  completeOperation(turn, service, activation);
  dropActivation(turn, service);
}

/** StartTimeout is over. EXEC-008, EXEC-028. */
export function startTimedOut(turn: Turn, service: Service, activation: Activation): void {
  const { definition, hook, stage } = activation;
  if (stage === 'post-hooks') {
    report(
      turn,
      'warning',
      `service ${service.name}: ExecStartPost[${hook}] did not end within StartTimeout and was killed. The service goes on.`,
      service,
    );
    killSide(turn, service, activation, 'hooks');
    return release(turn, service, activation);
  }
  const waitedFor = {
    'pre-hooks': `ExecStartPre[${hook}] had not ended`,
    clearing: 'processes left by ExecStartPre had not ended',
    main: lackingMain(turn, activation),
  };
  if (stage !== 'pre-hooks' && stage !== 'clearing' && stage !== 'main') return;
  const since = `${secondsWords(Number((turn.stamp.monotonic - activation.phaseSince) / 1_000_000_000n))} after the start`;
  const job = activation.hookJob ?? activation.main;
  const identity = awaitedIdentity(turn, job);
  const advice =
    identity !== null
      ? tokenAdvice
      : definition.type === 'Simple' && definition.readiness === 'Notify' && stage === 'main'
        ? `${lookAtOutput(service.name)}; a program that never sends READY=1 needs Readiness Alive`
        : lookAtOutput(service.name);
  const { unheard } = activation;
  const step = definition.mount === undefined ? null : lackingOf(definition.mount, activation);
  const lacking = identity === null ? (step?.what ?? waitedFor[stage]) : `the token of ${identity} had not come`;
  const happened = `service ${service.name}: ${lacking} ${since} (StartTimeout ${definition.startTimeout} s).`;
  const detail =
    identity === null && stage === 'main' && unheard !== null && definition.readinessCheck === null
      ? `${happened} ${unheardWords(unheard, mainPid(turn, activation))}`
      : `${happened} ${step?.remedy ?? advice}, or raise StartTimeout.`;
  const jobs = [job, activation.probe?.job ?? null].filter((id) => id !== null);
  const reason = { cause: 'readiness_timeout', detail, jobs } as const;
  if (!isAskedToEnd(turn, service)) return doom(turn, service, activation, reason);
  const { stopTimeout } = service.definition ?? definition;
  if (stopTimeout > 0)
    report(turn, 'warning', `${happened} It is asked to end and has ${secondsWords(stopTimeout)} (StopTimeout).`, service, true);
  cutShort(turn, service, activation, reason);
  askCutShort(turn, service, activation, false);
}

function lackingOf(plan: MountPlan, activation: Activation): { readonly what: string; readonly remedy: string } {
  const { definition, stage } = activation;
  const hook = stage === 'main' ? undefined : hookAt(activation, 'ExecStartPre');
  return lackingStep(plan, hook ?? [definition.imagePath, ...definition.arguments]);
}

function lackingMain(turn: Turn, activation: Activation): string {
  const { definition, main } = activation;
  const runs = main !== null && turn.state.jobs.get(main)?.record.state === 'running';
  if (!runs) return 'its program had not begun to run';
  if (definition.type === 'Oneshot') return 'its process had not ended';
  return definition.readiness === 'Notify' ? 'READY=1 had not come' : lackingReadiness(activation);
}
