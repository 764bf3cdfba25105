/**
 * The state of the policy: plain data that refers to everything by name or id, so that it can be copied, written and continued from.
 *
 * A **service** is in one state (the machine of PSD-007 5.1). What clients and peinit want of it are its **operations**, oldest first; at
 * most one of them runs, the others wait. The oldest start or restart that has its turn makes an **attempt**: first its checks are
 * judged, then the services it needs are demanded and awaited, opponents are evicted, an old cgroup tree is awaited, and at last a slot
 * of its **run** is taken. A run is one graph execution (the boot, or an explicit start with what it pulls in) and only counts how many
 * of its members are on their way at once.
 *
 * An **activation** is what lives from the step to starting until the main process is gone: the snapshot of the definition, the stage of
 * the start sequence, the jobs. When an activation is **doomed** (timeout, failed hook, watchdog, failed dependency) its tree is killed, or
 * asked to end first where the definition says so, and the step waits until its processes are reaped. What is left of a tree after an
 * activation is killed and **drains**; a tree that does not drain within the post-kill time is **leaked**, and the next start takes
 * another generation of it.
 *
 * Targets point back: `waiters` are the services whose attempts wait for this one, `besiegers` those that wait for its end.
 */
import type { ShutdownType } from '../../gen/control/types.ts';
import type { Cause, CheckResult, LeakType, State } from '../../gen/service/types.ts';
import type { Confirmation } from './confirmation.ts';
import type { ArmedDeadlines } from './deadlines.ts';
import type { MountPlan, ServiceDefinition } from './definition/definition.ts';
import type { Decoded, Finding } from './definition/set.ts';
import type { NamedSignal } from './definition/signals.ts';
import type { JobRecord, SpawnJob } from './effects.ts';
import type { SidePart, Submitter, Unheard } from './events.ts';
import type { FirstStart } from './first-start.ts';
import type { OperationRecord } from './operation.ts';
import type { Stall } from './stall.ts';
import type { Moment, MonotonicNs, RealtimeNs } from './time.ts';
import type { Timer } from './timers/timer.ts';

export interface PolicyState {
  readonly services: Map<string, Service>;
  /** Live ones, and those that ended in the last 60 s. */
  readonly operations: Map<string, Operation>;
  /** Ended operations, oldest first. */
  readonly retained: { readonly id: string; readonly dropAt: MonotonicNs; readonly bytes: number }[];
  /** What they take, about. */
  retainedBytes: number;
  readonly jobs: Map<string, Job>;
  /** Ad-hoc jobs by id, oldest first. */
  readonly adHoc: Map<string, AdHoc>;
  /** Service by id of a check that runs. */
  readonly checks: Map<string, string>;
  readonly deadlines: ArmedDeadlines;
  /** How often deadlines were put off because process 1 stood still, by their texts. */
  readonly postponed: Map<string, number>;
  readonly runs: Map<string, Run>;
  /** Trees that are draining or leaked, by name. */
  readonly trees: Map<string, Tree>;
  /** Keys of the registry in lower case, for registry: checks. */
  keys: ReadonlySet<string>;
  /** What is wrong with the definitions in force. */
  findings: readonly Finding[];
  /** The warnings among them, by the service that they are about. */
  warnings: ReadonlyMap<string, readonly string[]>;
  /** Findings of the latest set that was judged, taken over or not. */
  judged: readonly Finding[];
  /** The definitions in force as they were decoded, by folded name. */
  decoded: Map<string, Decoded>;
  /** Timers by id. */
  readonly timers: Map<string, Timer>;
  /** Ids of those that are to be reckoned. */
  readonly unreckoned: Set<string>;
  readonly machine: Machine;
}

export interface Machine {
  /** The boot plan has been begun. */
  booted: boolean;
  safe: boolean;
  settledAt: Moment | null;
  /** Members of the boot that are on their way. */
  busy: number;
  maxParallelStarts: number;
  shutdownTimeoutSeconds: number;
  /** What the wall clock said when timers were last to be reckoned all. */
  reckonedFrom: RealtimeNs;
  /** Zone of the machine: a name that the zone database has. TMR-008. */
  zone: string;
  /** The service whose failure reboots the machine. */
  criticalFailure: string | null;
  shutdown: Shutdown | null;
  /** Whether this boot counts as a success. */
  confirmation: Confirmation;
  stall: Stall | null;
}

export interface Shutdown {
  readonly type: ShutdownType;
  forced: boolean;
  /** Waves that have not begun, next one last. */
  readonly waves: string[][];
  /** The first one has begun: with it the ad-hoc jobs were asked to end, and the next one waits for them too. JFS-013. */
  begun: boolean;
  /** Services of the present wave. */
  readonly pending: Set<string>;
  /** Services that were killed while they were starting and are not known to be gone. */
  readonly dying: Set<string>;
  /** End of the whole sequence; then everything is killed. */
  readonly endsAt: MonotonicNs;
  done: boolean;
}

export type Edges = Pick<ServiceDefinition, 'requires' | 'wants' | 'bindsTo' | 'conflicts' | 'onFailure'>;

export interface Service {
  /** Name in the form names are compared in. */
  readonly key: string;
  name: string;
  /** The definition in force; null: broken. */
  definition: ServiceDefinition | null;
  /** Dependencies it was started with, where the definition names others meanwhile. */
  edges: Edges | null;
  /** It is part of a dependency cycle: which one, in words. Such a service is never started. */
  cycle: string | null;
  /** Its definition is gone and it ends with its instance. */
  removed: boolean;
  state: State;
  cause: Cause | null;
  since: Moment | null;
  detail: string | null;
  /** Jobs whose output tells of the latest failure; none once it goes on. */
  failedJobs: readonly string[];
  statusText: string | null;
  /** What its last stop had to kill, in words, until the next start. O-25. */
  forced: string | null;
  /** Live operations, oldest first. */
  readonly operations: string[];
  attempt: Attempt | null;
  activation: Activation | null;
  /** What it has mounted, as it was mounted. */
  mounted: MountPlan | null;
  stop: Stop | null;
  /** Restarts in a row. */
  restarts: number;
  /** The count goes to 0 with the next return to active: its window ended while it was reloading. */
  windowPassed: boolean;
  delayOver: boolean;
  generation: number;
  /** Its present tree was made. */
  treeUsed: boolean;
  readonly leaks: Leak[];
  /** Takes part in the boot. */
  bootMember: boolean;
  /** Counted in Machine.busy. */
  busy: boolean;
  run: string | null;
  readonly waiters: Set<string>;
  readonly besiegers: Set<string>;
  /** Handlers started one after another since the failure that led to this start. */
  handlerChain: readonly string[] | null;
  health: HealthRecord | null;
  /** Ids of its timers, in the order of its triggers. */
  timers: readonly string[];
  /** A timer fired while it ran: it is to be run once more. Shared by all its timers. TMR-025. */
  pendingRun: boolean;
  /** How it came up first in this boot; null: it was not started yet. */
  first: FirstStart | null;
}

/** A start that has its turn, until the service is up, failed or in backoff. */
export interface Attempt {
  readonly operation: string;
  judged: boolean;
  /** Its checks run. */
  check: string | null;
  /** Waits for its turn to be judged. */
  judgeQueued: boolean;
  /** The services it needs have been looked at. */
  resolved: boolean;
  /** Services it still waits for. */
  readonly waits: Set<string>;
  /** Those that satisfied, or that do not matter any more. */
  readonly passed: Set<string>;
  /** Opponents that must end first. */
  readonly opponents: Set<string>;
  slot: 'none' | 'queued' | 'held';
}

export type Stage =
  /** In starting, but the sequence has not begun: checks, dependencies, opponents, slot. */
  | 'waiting'
  | 'pre-hooks'
  /** The hooks are done, and what they left in hooks/ is being killed. */
  | 'clearing'
  /** The main process is being made or not ready yet. */
  | 'main'
  /** Ready (or successfully ended), ExecStartPost runs. */
  | 'post-hooks'
  | 'up'
  /** Of a mount: still completed, and its helper unmounts it. */
  | 'unmounting'
  | 'stopping'
  /** Killed, or to end with AbortMode Stop; the step follows when its processes are reaped. */
  | 'doomed';

export interface Activation {
  readonly id: string;
  /** Snapshot. */
  readonly definition: ServiceDefinition;
  /** What it was started for. */
  readonly cause: Cause;
  readonly operation: string | null;
  tree: string;
  /** Something was spawned in the tree. */
  used: boolean;
  /** Something was spawned in hooks/ or health/. */
  sideProcesses: boolean;
  stage: Stage;
  /** Its post-hooks are over: those who wait for it were let go. */
  released: boolean;
  /** Index of the hook. */
  hook: number;
  main: string | null;
  /** The main process was reaped, or never came to be. */
  mainGone: boolean;
  hookJob: string | null;
  reloadJob: string | null;
  /** A run of its ReadinessCheck while it is starting, one of its HealthCheck from then on. */
  healthJob: string | null;
  /** The last run of ReadinessCheck that failed, and how. */
  probe: { readonly job: string; readonly words: string } | null;
  /** Where its latest hook and its latest check were born. */
  readonly parts: { hooks: SidePart; health: SidePart };
  /** What was killed of hooks/ and health/ and is not known to be empty, oldest first. */
  lingering: Lingering[];
  /** Begin of the phase (start, stop, reload) that EXTEND_TIMEOUT_USEC is capped from. */
  phaseSince: MonotonicNs;
  /** The latest notification that was refused while it was starting. */
  unheard: Unheard | null;
  /** STOPPING=1 was received. */
  saidStopping: boolean;
  /** WATCHDOG_USEC of this incarnation; null: what the definition says. */
  watchdogUsec: bigint | null;
  /** The interval that was armed last, and since when it ran; null: off. */
  watchdog: { readonly since: MonotonicNs; readonly usec: bigint } | null;
  /** HealthCheckTimeout that the check under way was given, in seconds. */
  healthLimit: number;
  reload: Reload | null;
  doom: Doom | null;
}

export interface Doom {
  readonly cause: Cause;
  readonly detail: string;
  readonly jobs: readonly string[];
}

export interface Lingering {
  readonly part: SidePart;
  readonly leaksAt: MonotonicNs;
  leaked: boolean;
}

export interface Reload {
  readonly operation: string;
  readonly by: 'signal' | 'command';
  /** RELOADING=1 was received. */
  extended: boolean;
  readySeen: boolean;
}

/** What runs is asked to end: by a stop, or because its start is cut short. */
export interface Stop {
  /** Of the step to stopping, or of the stop that took the place of what began it. */
  cause: Cause;
  /** Where what is asked lives: main/, or hooks/ of a start that has no main process yet. */
  readonly part: 'main' | SidePart;
  /** SIGKILL was sent to the tree. */
  killed: boolean;
  /** Whether anything lives there: that is asked once the main process, or the hook, is reaped. */
  partState: 'unknown' | 'asked' | 'empty';
  /** The signal that asked for the end; null: nothing was sent. */
  asked: NamedSignal | null;
  /** It is being killed after so long, and what of it is being counted. */
  late: { readonly after: string; readonly limit: 'StopTimeout' | null } | null;
  /** What the process leaves in its part is still to be asked. O-20. */
  owesRest: boolean;
  /** The service is to be down: what it stores until its end is closed with it. FDS-012. */
  forGood: boolean;
}

export interface HealthRecord {
  state: 'unknown' | 'healthy' | 'unhealthy';
  failures: number;
  /** The last check that ended; null: none has. */
  last: CheckEnd | null;
}

export interface CheckEnd {
  readonly result: CheckResult;
  readonly exitCode: number | null;
  readonly exitSignal: number | null;
  readonly at: Moment;
}

export interface Leak {
  readonly tree: string;
  readonly path: string;
  readonly type: LeakType;
  readonly detectedAt: RealtimeNs;
  /** It was found empty afterwards. */
  emptied: boolean;
}

export interface Tree {
  readonly service: string;
  state: 'draining' | 'leaked';
}

export interface Run {
  readonly id: string;
  readonly maxParallel: number;
  /** Slots that are held. */
  inFlight: number;
  judging: number;
  /** Services with `run` set to this one. */
  members: number;
  readonly ready: string[];
  readonly toJudge: string[];
  /** Services that its validation found must not start. */
  readonly condemned: Set<string>;
}

export interface Operation {
  record: OperationRecord;
  readonly serviceKey: string;
  readonly createdAt: MonotonicNs;
  /** End of its lifetime while it is pending. OP-014. */
  readonly expiresAt: MonotonicNs | null;
  /** Somebody else than a dependent wants it as well. */
  claimed: boolean;
  /** Run it belongs to, when it was made for one. */
  readonly run: string | null;
}

export interface Job {
  record: JobRecord;
  /** When exec was confirmed. */
  runsSince: Moment | null;
  readonly serviceKey: string;
  /** Activation it belongs to. */
  readonly activation: string;
  readonly part: 'main' | SidePart;
  /** What runs once its token is there; null: that was asked for. */
  untilToken: ProcessUntilToken | null;
}

export type ProcessUntilToken = Pick<SpawnJob, 'argv' | 'origin' | 'process'>;

/** A job that a client has run as itself: ad-hoc/ad-hoc.ts. */
export interface AdHoc {
  record: JobRecord;
  readonly submitter: Submitter;
  /** In the words of its submitter. */
  readonly description: string | null;
  /** KEY=VALUE. */
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  /** 0: no limit. */
  readonly timeoutSeconds: number;
  /** Its token was asked for; its process is being made; exec is confirmed. */
  stage: 'token' | 'setup' | 'running';
  runsSince: Moment | null;
  /** Why it was asked to end, in words; null: nobody has. */
  ending: string | null;
  timedOut: boolean;
  /** SIGKILL was sent to its cgroup. */
  killed: boolean;
  /** Nothing lives there since. */
  emptied: boolean;
}
