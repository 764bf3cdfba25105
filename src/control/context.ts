import type { CommandName } from '../../gen/control/facts.ts';
import type { ControlHandler } from '../../gen/control/handlers.ts';
import type { Targets } from '../../gen/control/requests.ts';
import type { BootMode, BootStep, Containment, IdentityMode, ShutdownType } from '../../gen/control/types.ts';
import type { RealtimeNs } from '../kernel/kernel.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { OperationRecord } from '../policy/operation.ts';
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import type { Moment, MonotonicNs } from '../policy/time.ts';
import type { AdHocView, Handled, LoadAnswer, Refusal, ServiceName, ServiceView } from '../policy/view.ts';
import type { Broken } from '../security/guard.ts';
import type { Access } from './access.ts';
import type { Caller } from './caller.ts';
import type { CheckWaiters } from './check-waiters.ts';
import type { Client, PolicyReader } from './client.ts';
import type { Denial } from './denial.ts';
import type { Discretion } from './discretion.ts';
import type { JobWaiters } from './job-waiters.ts';
import type { LineFollowers } from './line-followers.ts';
import type { MachineWaiters } from './machine-waiters.ts';
import type { Aside } from './status-shape.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Waiters } from './waiters.ts';

export interface BootStepEnd {
  readonly step: BootStep;
  readonly ended: MonotonicNs;
}

/** When the steps of the boot were done; null: not yet. */
export interface BootInstants {
  readonly started: RealtimeNs;
  readonly registryStarted: RealtimeNs | null;
  readonly registryReady: RealtimeNs | null;
  readonly definitionsRead: RealtimeNs | null;
  readonly definitionsLoaded: RealtimeNs | null;
  /** The first line, by a clock that nobody sets. */
  readonly begun: MonotonicNs;
  /** How long the kernel ran before that; null: it is not this machine's own. */
  readonly kernelNs: bigint | null;
  /** The steps before the services, as far as they are over. */
  readonly steps: readonly BootStepEnd[];
}

/** How often this machine was booted without success. */
export interface BootAttempts {
  /** Which boot since the last one that succeeded this is; null: it is not counted. */
  readonly attempt: number | null;
  /** So many may fail before Recovery; 0: any number. */
  readonly limit: number;
  /** How those before it ended, oldest first, as far as that is known. */
  readonly ends: readonly { readonly attempt: number; readonly at: string; readonly text: string }[];
}

/** How this machine was booted. */
export interface MachineInfo {
  readonly mode: BootMode;
  /** Why it is in safe mode, in recovery or stopping, in words. */
  readonly reason: string | null;
  readonly bootId: string;
  /** What of an identity processes get. */
  readonly identityMode: IdentityMode;
  /** When the steps of the boot were done; null: not yet. */
  readonly times: BootInstants;
  readonly attempts: BootAttempts;
  /** What this machine cannot do, in words. */
  readonly warnings: readonly string[];
  /** How the processes of services are held. */
  readonly containment: Readonly<Omit<Containment, 'weaker'>> & { readonly weaker: readonly string[] };
}

/** What other rooms know of an ad-hoc job. */
export interface JobAside {
  /** Latest lines of output, oldest first. */
  readonly output: readonly KeptLine[];
  /** How many its submitter did not get. */
  readonly lost: number;
}

/** What the handlers work with. */
export interface Desk {
  now(): Moment;
  readonly policy: PolicyReader;
  readonly access: Access;
  readonly discretion: Discretion;
  /** Leaves a record. SEC-007. */
  denied(denial: Denial): void;
  /** Records of the audit that are not held any more. */
  auditDropped(): number;
  readonly waiters: Waiters;
  readonly machineWaiters: MachineWaiters;
  readonly jobWaiters: JobWaiters;
  readonly subscriptions: Subscriptions;
  readonly lineFollowers: LineFollowers;
  /** Has the policy handle an event, and its effects carried out. */
  submit(event: PolicyEvent): Handled;
  machineInfo(): MachineInfo;
  /** Why changes of the registry were not taken over; null: they were. */
  refusedChanges(): string | null;
  readonly checkWaiters: CheckWaiters;
  /** What other rooms know of a service. */
  aside(service: ServiceName, lines: LinesWanted): Aside;
  asideOfJob(job: AdHocView, lines: LinesWanted): JobAside;
  shutdown(type: ShutdownType, caller: Caller): void;
  reloadConfig(done: (answer: LoadAnswer) => void): void;
  /** Boots count from 0 again; null, or what failed. */
  clearBootAttempts(done: (problem: string | null) => void): void;
}

/** One request: who asks, and the desk. */
export interface MachineContext {
  readonly desk: Desk;
  readonly client: Client;
  readonly caller: Caller;
  /** What the caller may do with what the command acts on. */
  readonly held: number | Broken;
}

export interface ServiceContext extends MachineContext {
  readonly service: ServiceView;
}

export interface OperationContext extends MachineContext {
  readonly operation: OperationRecord;
}

export interface JobContext extends MachineContext {
  readonly job: AdHocView;
}

/** The context by what a command acts on. */
export interface Contexts {
  readonly system: MachineContext;
  readonly service: ServiceContext;
  readonly operation: OperationContext;
  readonly job: JobContext;
}

export type ContextOf<Name extends CommandName> = Contexts[Targets[Name]];

/** Undefined: the answer comes later through the client. */
export type Handler<Name extends CommandName> = ControlHandler<Name, ContextOf<Name>, Refusal | undefined>;

export type HandlerTable = { readonly [Name in CommandName]: Handler<Name> };
