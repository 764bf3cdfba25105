import type { ErrorCode, MachinePhase, ReloadSummary } from '../../gen/control/types.ts';
import type { Cause, Health, LeakType, OperationSource, OperationType, State, TimerIdle } from '../../gen/service/types.ts';
import type { MountPlan, ServiceDefinition } from './definition/definition.ts';
import type { Effect, JobRecord, SignalJob, TokenFacts } from './effects.ts';
import type { PolicyEvent, Submitter } from './events.ts';
import type { Explanation } from './explain.ts';
import type { FirstStart } from './first-start.ts';
import type { OperationRecord } from './operation.ts';
import type { CheckEnd } from './state.ts';
import type { Moment, MonotonicNs, RealtimeNs, Stamp } from './time.ts';
import type { LastFiring } from './timers/timer.ts';

/** The policy as its neighbours see it. */
export interface Policy {
  /**
   * Handles one event to its end. Never throws: an impossible step is contained to its service. With `signal` given the signals go there
   * as they are found, instead of among the effects: whom they reach was running before, so nothing that is told first makes a difference.
   */
  handle(event: PolicyEvent, stamp: Stamp, signal?: (effect: SignalJob) => void): Handled;
  /** By name in any case. */
  service(name: string): ServiceView | null;
  /** Ordered by name. */
  services(): readonly ServiceView[];
  /** Those services by their names alone: another list when there are others. */
  names(): readonly ServiceName[];
  /** By id in lower case; for 60 s after its end. */
  operation(id: string): OperationRecord | null;
  machine(): MachineView;
  /** Mount points of what is mounted, the ones that others lie on first. */
  mounted(): readonly string[];
  /** Whom the boot or the shutdown waits for. */
  waits(): readonly Wait[];
  /** Ad-hoc jobs, oldest first. */
  jobs(): readonly AdHocView[];
  /** By id in lower case; null: it is not under way. */
  job(id: string): AdHocView | null;
  /** How each came up first in this boot, ordered by name. */
  firstStarts(): readonly FirstStartView[];
  /** What a start of that service would do; null: there is no such service. */
  explain(name: string): Explanation | null;
}

/** What an event led to. `answer` only for command and load-definitions. */
export interface Handled {
  readonly effects: readonly Effect[];
  readonly answer: CommandAnswer | LoadAnswer | null;
}

export interface Wait {
  /** Of the service, or which job it is. */
  readonly name: string;
  /** That it is up, that it ends, or that it is gone after it was killed. */
  readonly for: 'start' | 'stop' | 'kill';
  /** Null: that is not known. */
  readonly since: MonotonicNs | null;
  /** When peinit goes on without; null: it has all the time. */
  readonly until: MonotonicNs | null;
}

export interface AdHocView {
  readonly record: JobRecord;
  readonly submitter: Submitter;
  readonly description: string | null;
  readonly workingDirectory: string;
  readonly timeoutSeconds: number;
  /** When exec was confirmed. */
  readonly startedAt: Moment | null;
  /** It was asked to end. */
  readonly stopping: boolean;
}

export type CommandAnswer =
  /** An operation was created or joined; `over`: it is terminal already (reset, clear, cancel). */
  | { readonly kind: 'accepted'; readonly operation: string; readonly over: boolean; readonly warnings: readonly string[] }
  /** ALREADY and NOOP: answered with the status of the service. */
  | { readonly kind: 'settled' }
  | Refusal;

export type LoadAnswer = { readonly kind: 'loaded'; readonly summary: ReloadSummary; readonly warnings: readonly string[] } | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly message: string;
}

export interface ServiceName {
  readonly name: string;
  /** Its name in the form names are compared in. */
  readonly key: string;
}

export interface ServiceView extends ServiceName {
  readonly state: State;
  readonly cause: Cause | null;
  readonly since: Moment | null;
  readonly detail: string | null;
  /** Jobs whose output tells of the failure that it is in; none when it is in none, and when no process of its own failed. */
  readonly failedJobs: readonly string[];
  readonly statusText: string | null;
  /** What its last stop had to kill; null: nothing, or it was started since. */
  readonly forced: string | null;
  /** The main job; null without one. pid and startedAt null until exec is confirmed. */
  readonly job: {
    readonly id: string;
    readonly pid: number | null;
    readonly startedAt: Moment | null;
    readonly identity: string;
    /** Null until it was granted one. */
    readonly token: TokenFacts | null;
  } | null;
  /** The oldest live operation. */
  readonly operation: { readonly id: string; readonly type: OperationType; readonly source: OperationSource } | null;
  readonly health: Health | null;
  /** The last health check; null while none has ended. */
  readonly healthCheck: (CheckEnd & { readonly failures: number; readonly retries: number }) | null;
  readonly definitionRemoved: boolean;
  readonly leaks: readonly { readonly path: string; readonly type: LeakType; readonly detectedAt: RealtimeNs }[];
  /** Services that a pending start waits for. */
  readonly waitingFor: readonly string[];
  /** Null while no restart has been counted. */
  readonly restart: { readonly attempt: number; readonly maxRetries: number; readonly nextAttemptAt: MonotonicNs | null } | null;
  /** What it is warned of: its definition is sound, and yet may not do what its author meant. */
  readonly warnings: readonly string[];
  /** One for each schedule of its triggers, in their order; those of Disabled services too. */
  readonly timers: readonly TimerView[];
  /** A timer fired while it ran: it is run once more after that. TMR-024. */
  readonly pendingRun: boolean;
  /** Null when the definition cannot be decoded. */
  readonly definition: ServiceDefinition | null;
  /** What it has mounted, as it was mounted. */
  readonly mounted: MountPlan | null;
}

export interface TimerView {
  /** As the trigger has it. */
  readonly schedule: string;
  /** When it fires, with its delay; null: it does not, or is about to be reckoned. */
  readonly next: RealtimeNs | null;
  /** The time of its schedule that this is for. */
  readonly scheduled: RealtimeNs | null;
  /** Why it does not fire; null: it does. */
  readonly idle: TimerIdle | null;
  /** Its last firing, be it in an earlier boot; null: none is known. */
  readonly last: LastFiring | null;
}

export interface FirstStartView extends ServiceName {
  readonly state: State;
  readonly bootMember: boolean;
  readonly critical: boolean;
  readonly first: Readonly<FirstStart> | null;
  /** Keys of services that are defined. */
  readonly requires: readonly string[];
  readonly bindsTo: readonly string[];
  readonly wants: readonly string[];
  readonly conflicts: readonly string[];
  readonly onFailure: string | null;
}

export interface MachineView {
  readonly phase: MachinePhase;
  readonly settledAt: Moment | null;
  /** Services in failed or abandoned. */
  readonly failed: readonly string[];
  /** Services in backoff. */
  readonly restarting: readonly string[];
  /** What keeps the machine from settling. */
  readonly waitingFor: readonly string[];
  readonly shuttingDown: boolean;
  /** Zone of the machine, in which calendar expressions are read that name none. */
  readonly zone: string;
  /** Whether this boot counts as a success. */
  readonly confirmation: ConfirmationView;
}

export interface ConfirmationView {
  /** Null: not yet, or never any more. */
  readonly confirmedAt: Moment | null;
  /** Critical services that do not hold. */
  readonly waitingFor: readonly string[];
  /** When it is confirmed if nothing breaks; null: the time does not run. */
  readonly endsAt: MonotonicNs | null;
  readonly graceSeconds: number;
}
