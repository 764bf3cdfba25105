import type { ShutdownType } from '../../gen/control/types.ts';
import type { EventOf } from '../../gen/events/events.ts';
import type { LogLevel } from '../../gen/events/types.ts';
import type { SubmitError } from '../../gen/jobs/types.ts';
import type { Cause, JobState, JobType, State, TimerOutcome, TokenSummary } from '../../gen/service/types.ts';
import type { Deadline } from './deadlines.ts';
import type { Check } from './definition/definition.ts';
import type { CgroupPart, SidePart, Submitter } from './events.ts';
import type { OperationRecord } from './operation.ts';
import type { Origin } from './origin.ts';
import type { MonotonicNs, RealtimeNs } from './time.ts';

/**
 * What the policy wants done, as data, in the order in which it is to be done. One interpreter runs them (src/exec/interpreter.ts); those
 * that are facts are told to src/output, src/configuration, src/boot and src/control.
 */
export type Effect =
  | RequestToken
  | CancelToken
  | DropToken
  | SpawnJob
  | SignalJob
  | SignalPart
  | CountProcesses
  | KillCgroup
  | AwaitEmpty
  | RunChecks
  | CancelChecks
  | ArmDeadline
  | DisarmDeadline
  | SaveLastRun
  | TimerFired
  | ServiceChanged
  | OperationChanged
  | JobChanged
  | JobAccepted
  | JobRefused
  | JobGone
  | Report
  | ServiceDiscarded
  | RemoveTree
  | ClearFdStore
  | Recorded
  | CriticalFailure
  | SafeMode
  | Settled
  | BootConfirmed
  | ServicesStopped;

/**
 * Asks for the token of a process; answered by token-done, once, at once or later. Nobody waits for the answer any more after cancel-token:
 * what comes all the same is dropped. PSD-007 3.3.
 */
export interface RequestToken {
  readonly kind: 'request-token';
  readonly job: string;
  readonly service: string;
  readonly key: string;
  /** Principal: SYSTEM or a name for the authority. */
  readonly identity: string;
  /** The only privileges that the token keeps, by exact name; null: it keeps all of them. ID-010. */
  readonly requiredPrivileges: readonly string[] | null;
  /** Of an ad-hoc job: names what its submitter was seen as, which this one is a duplicate of. ID-017. */
  readonly captured?: number;
  /** What is read for its environment before; left out: nothing is. */
  readonly reads?: EnvironmentSources;
}

/** Where variables of a process are read. O-28. */
export interface EnvironmentSources {
  readonly file: { readonly path: string; readonly required: boolean } | null;
  /** HOME and the like, of its identity. */
  readonly account: boolean;
}

/** The process is not wanted any more, so its token is not either. */
export interface CancelToken {
  readonly kind: 'cancel-token';
  readonly job: string;
}

/** A token that came for nobody is given back. */
export interface DropToken {
  readonly kind: 'drop-token';
  readonly token: Token;
}

/** Names a token that was granted, for the interpreter. */
export type Token = number;

/** What is to be told of a token. */
export interface TokenFacts {
  readonly summary: TokenSummary;
  /** User id that its process is started with. */
  readonly uid: number;
}

/**
 * What a process runs with besides its program, from the snapshot of its activation; the machine adds what is the machine's. PSD-007 3.5.
 */
export interface ProcessSpec {
  /** KEY=VALUE of its definition. */
  readonly environment: readonly string[];
  /** Whether the machine's global variables lie below those. EXEC-023. */
  readonly globalVariables: boolean;
  readonly workingDirectory: string;
  /** Null: as peinit was started with. EXEC-022. */
  readonly limits: { readonly nofile: number | null; readonly core: number | null };
  /** Spared by the OOM killer. EXEC-021. */
  readonly critical: boolean;
  /** Made below /run before it. DEF-059. */
  readonly runtimeDirectories: readonly string[];
  /** It may speak on the notify socket, and is told where that is. EXEC-024, EXEC-037. */
  readonly notifies: boolean;
  /** It takes the stored descriptors of its service. FDS-010. */
  readonly takesStored: boolean;
  /** What it takes stays stored as well. */
  readonly keepsStored: boolean;
  /** Watchdog interval at the start in microseconds; null: off. */
  readonly watchdogUsec: bigint | null;
  /** Pid of the main process, for commands that may want to reach it; null: none, or not for this one. O-24. */
  readonly mainPid: number | null;
}

/**
 * Makes a process; answered by exactly one of job-running (then later job-exited) and job-setup-failed. With `prepareTree` the cgroup tree
 * of the activation (tree, main, hooks, health) is made first. `killed` parts are made anew by the interpreter, which knows what it has
 * killed.
 */
export interface SpawnJob {
  readonly kind: 'spawn';
  readonly job: string;
  /** Of an ad-hoc job, here and in what else is about its cgroup: the name of that, which no service can have. */
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
  readonly type: JobType;
  /** Name of the cgroup tree: service name, escaped, with its generation. PSD-007 4.1. */
  readonly tree: string;
  /** `tree`: an ad-hoc job lives in the tree itself, which has no parts. JFS-009. */
  readonly part: 'main' | 'tree' | SidePart;
  readonly prepareTree: boolean;
  /** Program and arguments; the program is an absolute path. */
  readonly argv: readonly [string, ...string[]];
  /** Whose output it writes. */
  readonly origin: Origin;
  readonly process: ProcessSpec;
  /** What it was granted; it is used up with this. */
  readonly token: Token;
}

export interface SignalJob {
  readonly kind: 'signal';
  readonly job: string;
  readonly signal: number;
}

/** Those signals, one after the other, for every process in that part, those that are made meanwhile included. O-20, O-21. */
export interface SignalPart {
  readonly kind: 'signal-part';
  readonly service: string;
  readonly tree: string;
  readonly part: CgroupPart;
  readonly signals: readonly number[];
  /** The job whose process has had them; null: none has. */
  readonly except: string | null;
}

/** Answer with processes-counted: how many live in that part besides the process of that job. */
export interface CountProcesses {
  readonly kind: 'count-processes';
  readonly service: string;
  readonly tree: string;
  readonly part: CgroupPart;
  readonly except: string | null;
}

/** SIGKILL for all in that part, and for the processes of jobs that were born there, wherever they are. */
export interface KillCgroup {
  readonly kind: 'kill-cgroup';
  readonly service: string;
  readonly tree: string;
  readonly part: CgroupPart;
}

/** Answer with cgroup-empty once nothing lives in that part; at once if nothing does. One answer for each. */
export interface AwaitEmpty {
  readonly kind: 'await-empty';
  readonly service: string;
  readonly tree: string;
  readonly part: CgroupPart;
}

/** path, file and directory checks through the helper program; answered by checks-done with the same `check` unless cancelled. */
export interface RunChecks {
  readonly kind: 'run-checks';
  readonly check: string;
  readonly service: string;
  readonly checks: readonly Check[];
  readonly timeoutSeconds: number;
}

export interface CancelChecks {
  readonly kind: 'cancel-checks';
  readonly check: string;
}

/** Arms or moves that deadline; it answers with the event deadline once. */
export type ArmDeadline = { readonly kind: 'arm-deadline'; readonly deadline: Deadline } & ClockedInstant;

/** On the wall clock it comes when that shows the instant, however the clock gets there. TMR-038, TMR-039. */
export type ClockedInstant =
  | { readonly clock: 'monotonic'; readonly at: MonotonicNs }
  | { readonly clock: 'realtime'; readonly at: RealtimeNs };

export interface DisarmDeadline {
  readonly kind: 'disarm-deadline';
  readonly deadline: Deadline;
}

/** A timer fired: the registry is to hold when, as soon as that is possible. A failure is no more than a warning. TMR-023, TMR-048. */
export interface SaveLastRun {
  readonly kind: 'save-last-run';
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
  /** Of its several timers; null: it has one, whose value is LastTimerRun. TMR-031, TMR-032. */
  readonly schedule: string | null;
  readonly at: RealtimeNs;
}

/** A timer fired, whatever that came to. O-127. */
export interface TimerFired {
  readonly kind: 'timer-fired';
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
  readonly schedule: string;
  /** The time that it fired for; null: it caught up what was missed before the boot. */
  readonly scheduled: RealtimeNs | null;
  readonly outcome: TimerOutcome;
  readonly operation: string | null;
  readonly reason: string | null;
  readonly at: RealtimeNs;
}

/** A service made a step. `detail`: what happened, what peinit did, what the administrator can do. PSD-007 5.2. */
export interface ServiceChanged {
  readonly kind: 'service-changed';
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
  readonly from: State;
  readonly to: State;
  readonly cause: Cause;
  readonly detail: string | null;
  /** The main job and the operation behind the step. EVT-011. */
  readonly job: string | null;
  readonly operation: string | null;
  readonly at: RealtimeNs;
}

/** An operation was requested, started or ended; the record is as it is now. Waiters are answered when it is over. */
export interface OperationChanged {
  readonly kind: 'operation-changed';
  readonly operation: OperationRecord;
}

/** A job was created, runs or ended. */
export interface JobChanged {
  readonly kind: 'job-changed';
  /** Of its service: the name in the form names are compared in. */
  readonly key: string;
  readonly job: JobRecord;
}

/** An ad-hoc job was made for the submission of that ticket; before anything else of it is done. JFS-003. */
export interface JobAccepted {
  readonly kind: 'job-accepted';
  readonly job: string;
  readonly ticket: number;
  readonly submitter: Submitter;
}

/** No job was made for the submission of that ticket. */
export interface JobRefused {
  readonly kind: 'job-refused';
  readonly ticket: number;
  readonly submitter: Submitter;
  readonly code: SubmitError;
  /** A clause without a full stop. */
  readonly problem: string;
}

/** Of an ad-hoc job that has ended: nothing of it lives any more, or that was given up. It is forgotten. */
export interface JobGone {
  readonly kind: 'job-gone';
  readonly key: string;
  readonly job: JobRecord;
}

/** The record of a job. PSD-007 7.1, JOB-003. */
export interface JobRecord {
  readonly id: string;
  readonly type: JobType;
  /** Null: an ad-hoc job. JFS-004. */
  readonly service: string | null;
  readonly operation: string | null;
  readonly state: JobState;
  readonly imagePath: string;
  readonly arguments: readonly string[];
  readonly tree: string;
  /** Generation of the tree. EXEC-003. */
  readonly generation: number;
  readonly identity: string;
  /** Null until one was granted. */
  readonly token: TokenFacts | null;
  readonly pid: number | null;
  readonly createdAt: RealtimeNs;
  readonly startedAt: RealtimeNs | null;
  readonly endedAt: RealtimeNs | null;
  readonly exitCode: number | null;
  readonly exitSignal: number | null;
  readonly failureCause: string | null;
}

/** A line for the log, and for the console too where `console` says so. */
export interface Report {
  readonly kind: 'report';
  readonly level: LogLevel;
  readonly console: boolean;
  readonly text: string;
  readonly service: string | null;
  readonly at: RealtimeNs;
}

/** The service is known no more. */
export interface ServiceDiscarded {
  readonly kind: 'service-discarded';
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
}

/** The directories of a tree in which nothing lives are no longer needed; what still holds processes stays. ST-042, EXEC-030. */
export interface RemoveTree {
  readonly kind: 'remove-tree';
  readonly service: string;
  readonly tree: string;
}

/** Closes all stored descriptors of the service: it was stopped by command or by the shutdown. FDS-012. */
export interface ClearFdStore {
  readonly kind: 'clear-fd-store';
  readonly service: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
}

/** An event of its own, which follows from no other effect. EVT-012, EVT-013. */
export interface Recorded {
  readonly kind: 'recorded';
  readonly at: RealtimeNs;
  readonly event: EventOf;
}

/** A Critical service exhausted its budget: sync and reboot at once. PSD-007 5.3. */
export interface CriticalFailure {
  readonly kind: 'critical-failure';
  readonly service: string;
  /** What became of it at last, in words. */
  readonly detail: string;
  readonly at: RealtimeNs;
}

/** The boot goes on in Safe mode, because of what its services say. BOOT-056, BOOT-057. */
export interface SafeMode {
  readonly kind: 'safe-mode';
  readonly reason: string;
  readonly at: RealtimeNs;
}

/** This boot counts as a success. BOOT-048. */
export interface BootConfirmed {
  readonly kind: 'boot-confirmed';
  readonly at: RealtimeNs;
}

/** The machine has settled. BOOT-092. */
export interface Settled {
  readonly kind: 'settled';
}

/** The shutdown plan is through; the final action can follow. */
export interface ServicesStopped {
  readonly kind: 'services-stopped';
  readonly type: ShutdownType;
  /** Services whose processes outlived SIGKILL. */
  readonly abandoned: readonly string[];
}
