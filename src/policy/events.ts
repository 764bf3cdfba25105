import type { ShutdownType } from '../../gen/control/types.ts';
import type { Assignment } from '../../gen/notify/types.ts';
import type { OperationSource, OperationType } from '../../gen/service/types.ts';
import type { Deadline } from './deadlines.ts';
import type { DefinitionSet } from './definition/set.ts';
import type { Token, TokenFacts } from './effects.ts';
import type { MonotonicNs } from './time.ts';
import type { TimerHistory } from './timers/history.ts';

/**
 * What happens to the policy: not the events that subscribers see (gen/events, src/events). Each is handled to its end before the next;
 * what it causes comes out as effects (effects.ts).
 */
export type PolicyEvent =
  | LoadDefinitions
  | Boot
  | ClockSet
  | Command
  | TokenDone
  | JobRunning
  | JobSetupFailed
  | JobExited
  | CgroupEmpty
  | ProcessesCounted
  | ChecksDone
  | DeadlineReached
  | Stalled
  | Notified
  | Unheard
  | ShutdownRequested
  | SubmitJob
  | StopJob
  | SubmitterGone;

/**
 * New definitions from the registry. `strict` is the reload-config command: any finding refuses the whole set. Otherwise (boot, change
 * notification) a finding that was in force already does not refuse it. The first load never refuses: broken services are failed. PSD-007
 * 3.5, GEN-016.
 */
export interface LoadDefinitions {
  readonly kind: 'load-definitions';
  readonly definitions: DefinitionSet;
  readonly strict: boolean;
  /** Settings read with them; left out: those in force stay. */
  readonly settings?: PolicySettings;
  /** Zone of the machine, by a name that the zone database has; left out: the one known stays, at first UTC. TMR-008. */
  readonly zone?: string;
}

/** What the policy takes from the machine settings. */
export interface PolicySettings {
  readonly maxParallelStarts: number;
  readonly shutdownTimeoutSeconds: number;
  readonly bootSuccessGraceSeconds: number;
}

/** Starts the boot-triggered services with their closure (Phase 2). PSD-007 2.2. */
export interface Boot {
  readonly kind: 'boot';
  readonly maxParallelStarts: number;
  /** Safe mode: only critical services and those with SafeMode=1 take part; edges to others are dropped. PSD-007 2.3. */
  readonly safe?: boolean;
  /** When timers fired last, as the registry had it; left out: no record of any. TMR-028. */
  readonly history?: TimerHistory;
}

/** The wall clock was set, or the zone of the machine is another one. The stamp has what the clock says now. TMR-038. */
export interface ClockSet {
  readonly kind: 'clock-set';
  readonly zone: string;
}

/** A request for one service: from a client (source admin), or from peinit itself (boot for registryd in Phase 1). */
export interface Command {
  readonly kind: 'command';
  readonly command: OperationType;
  /** As the caller spelt it; compared without case. The caller has resolved it already. */
  readonly service: string;
  readonly source: OperationSource;
  /** The caller in words, for the record of the operation; left out unless the source is admin. */
  readonly caller?: string | null;
}

/** The answer to request-token. */
export interface TokenDone {
  readonly kind: 'token-done';
  readonly job: string;
  readonly outcome: TokenOutcome;
}

export type TokenOutcome =
  | { readonly ok: true; readonly token: Token; readonly facts: TokenFacts }
  /** Why there is none, and the next step for the administrator. */
  | { readonly ok: false; readonly message: string };

/** exec is confirmed. */
export interface JobRunning {
  readonly kind: 'job-running';
  readonly job: string;
  readonly pid: number;
}

/** No program ran: `stage` parent: no child existed (ParentSetupFailure); child: it failed before exec (PreExecFailure). */
export interface JobSetupFailed {
  readonly kind: 'job-setup-failed';
  readonly job: string;
  readonly stage: 'parent' | 'child';
  /** What failed, with call, errno and the next step for the administrator. */
  readonly message: string;
}

/** The process of a job was reaped. Exactly one of exitCode and signal is not null. */
export interface JobExited {
  readonly kind: 'job-exited';
  readonly job: string;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
  /** Of a main process: how many others were left in its cgroup. */
  readonly left: number;
  /** Nothing lives any more in the part of the tree where it was born; left out: that was not looked at. */
  readonly empty?: boolean;
}

/** A notification that a start may be waiting for was refused. */
export interface Unheard {
  readonly kind: 'unheard';
  /** Key of the service. */
  readonly service: string;
  /** Another process of the service, which sent READY=1; null: the main process sent it, and what it said is not known. */
  readonly sender: { readonly pid: number; readonly command: string | null } | null;
  /** Why, in words. */
  readonly reason: string;
}

/** The answer to await-empty: nothing lives in that part of the tree. */
export interface CgroupEmpty {
  readonly kind: 'cgroup-empty';
  readonly service: string;
  readonly tree: string;
  readonly part: CgroupPart;
}

/** The answer to count-processes. */
export interface ProcessesCounted {
  readonly kind: 'processes-counted';
  readonly service: string;
  readonly tree: string;
  /** Null: it cannot be told. */
  readonly count: number | null;
}

/** `tree` is the whole of it. */
export type CgroupPart = 'main' | 'tree' | SidePart;

/** Beside main: each with the generations that follow where something outlives SIGKILL. */
export type SidePart = 'hooks' | 'health' | `hooks@gen${number}` | `health@gen${number}`;

/** The answer to run-checks: one verdict per check in order, or null when they were not answered in time. */
export interface ChecksDone {
  readonly kind: 'checks-done';
  readonly check: string;
  readonly verdicts: readonly boolean[] | null;
}

/** A deadline armed by an effect came. */
export interface DeadlineReached {
  readonly kind: 'deadline';
  readonly deadline: Deadline;
  /** With the post-kill time of a service: which of its processes are still there. None when left out. */
  readonly survivors?: readonly Survivor[];
}

/** A process that was killed and has not ended. */
export interface Survivor {
  readonly job: string;
  readonly pid: number;
  /** Path of the cgroup that it is in, as process 1 sees it; null: that cannot be told. */
  readonly cgroup: string | null;
}

/**
 * Process 1 itself stood still somewhere between `since`, when it judged deadlines last, and now: it came too late to the deadline of
 * `dueAt`. What fell due meanwhile comes after this.
 */
export interface Stalled {
  readonly kind: 'stalled';
  readonly since: MonotonicNs;
  readonly dueAt: MonotonicNs;
}

/** A datagram from the main process of that job, already authenticated and decoded: what its lines say, in their order. PSD-007 5.3. */
export interface Notified {
  readonly kind: 'notified';
  readonly job: string;
  readonly assignments: readonly Assignment[];
}

/** The machine is to end. `forced`: no graceful stops (three SIGINT). PSD-007 10. */
export interface ShutdownRequested {
  readonly kind: 'shutdown';
  readonly type: ShutdownType;
  readonly forced: boolean;
  /** Who asked, in words. */
  readonly reason: string;
}

/** A client wants a program run as itself; its paths have been looked at. PSD-007 7.2. */
export interface SubmitJob {
  readonly kind: 'submit-job';
  readonly submission: Submission;
  readonly limits: JobLimits;
  /** By which the submitter is found again when the job is accepted. */
  readonly ticket: number;
}

export interface Submission {
  /** Program and arguments; the program is an absolute path. */
  readonly argv: readonly [string, ...string[]];
  /** KEY=VALUE. */
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  /** 0: no limit. */
  readonly timeoutSeconds: number;
  readonly description: string | null;
  readonly submitter: Submitter;
}

/** Whom a job is run as: who the kernel said was at the other end, never who a request says. JFS-008. */
export interface Submitter {
  /** SID of the user. */
  readonly sid: string;
  /** SID by which its jobs are counted and known as its own: of the user, or of its service where services share a user. */
  readonly owner: string;
  readonly isSystem: boolean;
  /** Principal, as RequestToken takes it. */
  readonly identity: string;
  /** Names what it was seen as, which the token of the job is a duplicate of; null: one is made for the identity. */
  readonly captured: number | null;
}

/** MaxJobs and MaxJobsPerUser. O-93. */
export interface JobLimits {
  readonly total: number;
  readonly perUser: number;
}

/** An ad-hoc job is to end. */
export interface StopJob {
  readonly kind: 'stop-job';
  readonly job: string;
  /** Who asked, in words. */
  readonly by: string;
}

/** Whoever submitted that job has left before its process was made, as far as is known. */
export interface SubmitterGone {
  readonly kind: 'submitter-gone';
  readonly job: string;
}
