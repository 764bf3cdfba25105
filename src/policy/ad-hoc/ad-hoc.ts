/**
 * Ad-hoc jobs: programs that clients have run as themselves. One has no service, no operation and no second try; it lives in a cgroup of
 * its own. First its token is asked for, then its process is made (`setup`) and runs. When the main process ends the record does as well,
 * and what is left of the job is killed; it is gone, and counts no more, when nothing lives in its cgroup, or when that outlives SIGKILL by
 * the post-kill time. One that is to end is asked with SIGTERM and killed ten seconds later. PSD-007 7.2.
 */

import { arm, disarm } from '../deadlines.ts';
import { exitWords } from '../details.ts';
import type { JobRecord, JobRefused, Token, TokenFacts } from '../effects.ts';
import type { JobExited, JobLimits, JobSetupFailed, Submission, SubmitJob, Submitter } from '../events.ts';
import { jobTreePrefix } from '../origin.ts';
import type { AdHoc } from '../state.ts';
import { after, momentOf, secondsToNs } from '../time.ts';
import { postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit, newId, report } from '../turn.ts';

/** Between SIGTERM and SIGKILL: the default of StopTimeout. JFS-011. */
const graceNs = 10_000_000_000n;
const sigterm = 15;
const sigcont = 18;

/** The job that lives in that tree. */
export const adHocIn = ({ state }: Turn, tree: string): AdHoc | undefined =>
  state.adHoc.size > 0 && tree.startsWith(jobTreePrefix) ? state.adHoc.get(tree.slice(jobTreePrefix.length)) : undefined;

/** Answered by job-accepted or job-refused with the same ticket. */
export function submitJob(turn: Turn, { limits, submission, ticket }: SubmitJob): void {
  const { submitter } = submission;
  const refuse = (code: JobRefused['code'], problem: string): void => emit(turn, { kind: 'job-refused', ticket, submitter, code, problem });
  if (turn.state.machine.shutdown !== null) return refuse('INVALID_STATE', 'the machine is shutting down, and takes no more jobs');
  const problem = overLimit(turn, submitter, limits);
  if (problem !== null) return refuse('LIMIT_REACHED', problem);
  const { id, tree } = create(turn, submission).record;
  emit(turn, { kind: 'job-accepted', job: id, ticket, submitter });
  emit(turn, { kind: 'request-token', job: id, service: tree, key: tree, requiredPrivileges: null, ...granted(submitter) });
}

const granted = ({ identity, captured }: Submitter) => (captured === null ? { identity } : { identity, captured });

/** Why it is one too many; null: it is not. O-93. */
function overLimit({ state }: Turn, { isSystem, owner }: Submitter, { perUser, total }: JobLimits): string | null {
  if (state.adHoc.size >= total) return `${total} jobs are under way, as many as may be (MaxJobs)`;
  if (isSystem) return null;
  let own = 0;
  for (const { submitter } of state.adHoc.values()) if (submitter.owner === owner) own += 1;
  return own >= perUser ? `${own} jobs of ${owner} are under way, as many as one submitter may have (MaxJobsPerUser)` : null;
}

function create(turn: Turn, submission: Submission): AdHoc {
  const [imagePath, ...rest] = submission.argv;
  const id = newId(turn);
  const record: JobRecord = {
    id,
    type: 'ad_hoc',
    service: null,
    operation: null,
    state: 'created',
    imagePath,
    arguments: rest,
    tree: `${jobTreePrefix}${id}`,
    generation: 0,
    identity: submission.submitter.identity,
    token: null,
    pid: null,
    createdAt: turn.stamp.realtime,
    startedAt: null,
    endedAt: null,
    exitCode: null,
    exitSignal: null,
    failureCause: null,
  };
  const { description, environment, submitter, timeoutSeconds, workingDirectory } = submission;
  const job: AdHoc = {
    record,
    submitter,
    description,
    environment,
    workingDirectory,
    timeoutSeconds,
    stage: 'token',
    runsSince: null,
    ending: null,
    timedOut: false,
    killed: false,
    emptied: false,
  };
  turn.state.adHoc.set(id, job);
  tell(turn, job);
  return job;
}

const tell = (turn: Turn, { record }: AdHoc): void => emit(turn, { kind: 'job-changed', key: record.tree, job: record });

export function adHocGranted(turn: Turn, job: AdHoc, { token, facts }: { readonly token: Token; readonly facts: TokenFacts }): void {
  if (job.stage !== 'token') return emit(turn, { kind: 'drop-token', token });
  job.record = { ...job.record, token: facts };
  const { arguments: rest, id, imagePath, tree } = job.record;
  job.stage = 'setup';
  emit(turn, {
    kind: 'spawn',
    job: id,
    service: tree,
    key: tree,
    type: 'ad_hoc',
    tree,
    part: 'tree',
    prepareTree: true,
    argv: [imagePath, ...rest],
    origin: { service: tree, part: null, index: null },
    process: {
      environment: job.environment,
      globalVariables: true,
      workingDirectory: job.workingDirectory,
      limits: { nofile: null, core: null },
      critical: false,
      runtimeDirectories: [],
      notifies: false,
      takesStored: false,
      keepsStored: false,
      watchdogUsec: null,
      mainPid: null,
    },
    token,
  });
}

/** There is no token, or no program ran. */
export function adHocFailed(turn: Turn, job: AdHoc, { message }: Pick<JobSetupFailed, 'message'>): void {
  end(turn, job, { state: 'failed', failureCause: withReason(job, message) });
  if (job.stage === 'token') return gone(turn, job);
  killAdHoc(turn, job);
}

export function adHocRuns(turn: Turn, job: AdHoc, pid: number): void {
  job.stage = 'running';
  job.runsSince = momentOf(turn.stamp);
  job.record = { ...job.record, state: 'running', pid, startedAt: turn.stamp.realtime };
  tell(turn, job);
  if (job.timeoutSeconds > 0 && job.ending === null)
    arm(turn, 'job-timeout', job.record.id, after(turn.stamp.monotonic, secondsToNs(job.timeoutSeconds)));
}

const withReason = ({ ending }: AdHoc, words: string): string => (ending === null ? words : `${words}; ${ending}`);

/** The main process was reaped. */
export function adHocExited(turn: Turn, job: AdHoc, { coreDumped, exitCode, signal }: JobExited): void {
  const succeeded = exitCode === 0 && !job.timedOut;
  const words = exitWords(exitCode, signal, coreDumped);
  const failureCause = succeeded ? null : withReason(job, words);
  end(turn, job, { state: succeeded ? 'completed' : 'failed', exitCode, exitSignal: signal, failureCause });
  killAdHoc(turn, job);
}

function end(turn: Turn, job: AdHoc, changes: Pick<JobRecord, 'state'> & Partial<JobRecord>): void {
  if (job.record.endedAt !== null) return;
  job.record = { ...job.record, ...changes, endedAt: turn.stamp.realtime };
  tell(turn, job);
}

/** Asks it to end; once. `why`: in words, for the record. */
export function stopAdHoc(turn: Turn, job: AdHoc, why: string): void {
  if (job.ending !== null) return;
  job.ending = why;
  const { id } = job.record;
  disarm(turn, 'job-timeout', id);
  switch (job.stage) {
    case 'token':
      emit(turn, { kind: 'cancel-token', job: id });
      return adHocFailed(turn, job, { message: 'its program was never run' });
    case 'setup':
      // No program of it runs yet that could do anything about a signal.
      return killAdHoc(turn, job);
    case 'running':
      if (job.record.endedAt !== null) return;
      turn.signal({ kind: 'signal', job: id, signal: sigterm });
      turn.signal({ kind: 'signal', job: id, signal: sigcont });
      return arm(turn, 'job-kill', id, after(turn.stamp.monotonic, graceNs));
    default:
      return job.stage satisfies never;
  }
}

/** Whoever submitted it has left: without a process it is not wanted any more. O-92. */
export function submitterGone(turn: Turn, job: AdHoc): void {
  if (job.stage === 'token') stopAdHoc(turn, job, 'its submitter has left');
}

export function adHocTimedOut(turn: Turn, job: AdHoc): void {
  job.timedOut = true;
  stopAdHoc(turn, job, `it had run longer than its timeout of ${job.timeoutSeconds} s`);
}

/** SIGKILL for all of it. */
export function killAdHoc(turn: Turn, job: AdHoc): void {
  const { id, tree } = job.record;
  disarm(turn, 'job-timeout', id);
  disarm(turn, 'job-kill', id);
  if (job.killed) return review(turn, job);
  job.killed = true;
  emit(turn, { kind: 'kill-cgroup', service: tree, tree, part: 'tree' });
  emit(turn, { kind: 'await-empty', service: tree, tree, part: 'tree' });
  arm(turn, 'job-drain', id, after(turn.stamp.monotonic, postKillNs));
}

/** Nothing lives in its cgroup. */
export function adHocEmpty(turn: Turn, job: AdHoc): void {
  if (!job.killed) return;
  job.emptied = true;
  review(turn, job);
}

/** It is gone once its process is reaped and nothing of it lives. */
function review(turn: Turn, job: AdHoc): void {
  if (job.record.endedAt !== null && job.emptied) gone(turn, job);
}

/** The post-kill time is over. */
export function adHocStuck(turn: Turn, job: AdHoc): void {
  const { id, tree } = job.record;
  end(turn, job, { state: 'abandoned', failureCause: 'outlived SIGKILL' });
  if (!job.emptied) {
    // Taken away once it is empty after all.
    turn.state.trees.set(tree, { service: tree, state: 'leaked' });
    const text = `processes of job ${id} outlived SIGKILL in cgroup peinit/${tree}, which is left behind; look for dead disks`;
    report(turn, 'warning', text, null, true);
  }
  gone(turn, job);
}

function gone(turn: Turn, job: AdHoc): void {
  const { id, tree } = job.record;
  disarm(turn, 'job-drain', id);
  turn.state.adHoc.delete(id);
  if (job.emptied) emit(turn, { kind: 'remove-tree', service: tree, tree });
  emit(turn, { kind: 'job-gone', key: tree, job: job.record });
}

/** The machine goes down. JFS-013. */
export function stopAllAdHoc(turn: Turn): void {
  for (const job of turn.state.adHoc.values()) stopAdHoc(turn, job, 'the machine is shutting down');
}

export function killAllAdHoc(turn: Turn): void {
  for (const job of turn.state.adHoc.values()) if (job.stage !== 'token') killAdHoc(turn, job);
}
