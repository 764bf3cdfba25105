/**
 * What an onlooker knows of every service: from definitions as they were loaded, from steps, operations and processes as they were told.
 * The policy itself is never asked, so that invariants do not believe what they are to check.
 */
import type { Cause, JobType, State } from '../../../gen/service/types.ts';
import type { ServiceDefinition } from '../../../src/policy/definition/definition.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Effect, JobRecord } from '../../../src/policy/effects.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { Happening } from './invariant.ts';
import { isOfJob } from './jobs.ts';

export interface Known {
  readonly key: string;
  state: State;
  cause: Cause | null;
  /** When its last step was made, in virtual time and in turns. */
  since: bigint;
  stepped: number;
  /** Turn of its last step into a state in which nothing is under way, or out of a satisfying one. */
  settled: number;
  /** A graph has found once that it must not be started, without anybody having asked for it. */
  condemned: boolean;
  /** Turn in which a start of it ended last. */
  startEnded: number;
  /** The definition in force, and the turn it came in; null: broken, or there never was one. */
  declared: ServiceDefinition | null;
  declaredIn: number;
  /** A definition of it took part in Safe mode, or was Disabled and could be started by hand and then needed: it may be of a Safe boot. */
  mayBeOfSafeBoot: boolean;
  /** Its key is gone from the registry. */
  removed: boolean;
  /** The definition at its last step to starting. */
  snapshot: ServiceDefinition | null;
  /** The definition at the last reload-config since then, with which its dependencies came into force. GEN-009. */
  reloaded: ServiceDefinition | null;
  /** Live operations by id, with the turn they were requested in. */
  readonly operations: Map<string, { record: OperationRecord; readonly requested: number }>;
  /** A job was made since it last stepped to starting. */
  begun: boolean;
  /** Jobs that have not ended. */
  readonly jobs: Map<string, JobType>;
  /** How its main process ended, since it last stepped to starting. */
  mainEnd: { readonly exitCode: number | null; readonly setup: boolean } | null;
  /** Its whole tree was killed since it last stepped to starting. */
  killed: { readonly at: bigint; readonly by: string } | null;
  /** Its start was cut short, and it has been given time to end. */
  ending: boolean;
  /** Failed health checks in a row. */
  unhealthy: number;
  /** Sign of life for the watchdog, and the shortest interval that was said. */
  fed: bigint;
  watchdogNs: bigint | null;
}

export interface Observed {
  /** Turns so far: one for each effect. */
  readonly turn: number;
  /** When the shutdown began. */
  readonly shutdown: bigint | null;
  /** The boot went over to Safe mode: what a service that takes part needs of one that does not counts for nothing. BOOT-052. */
  readonly safe: boolean;
  /** Everything is killed: the shutdown was forced, or its time is over. */
  readonly hurried: boolean;
  /** The job that this event has ended. */
  readonly ended: { readonly of: Known; readonly type: JobType } | null;
  of(name: string): Known;
  /** Whether an activation began with that job. */
  isFirst(job: string): boolean;
  all(): Iterable<Known>;
  /** Before the effects of an event. */
  begin(happening: Happening): void;
  /** Before the invariants see that effect. */
  take(effect: Effect, happening: Happening): void;
}

const satisfying: ReadonlySet<State> = new Set(['active', 'reloading', 'completed', 'skipped']);
export const satisfies = (state: State): boolean => satisfying.has(state);
const underWay: ReadonlySet<State> = new Set(['starting', 'backoff']);

export function createObserved(): Observed {
  const known = new Map<string, Known>();
  const ownerOf = new Map<string, Known>();
  /** Checks that were counted when their time was over. */
  const counted = new Set<string>();
  /** Jobs whose process has not been asked for. */
  const waits = new Set<string>();
  /** The first jobs of their activations. */
  const firsts = new Set<string>();
  let turn = 0;
  let shutdown: bigint | null = null;
  let safe = false;
  let hurried = false;
  let ended: Observed['ended'] = null;

  function of(name: string): Known {
    const key = foldName(name);
    let one = known.get(key);
    if (one === undefined) {
      one = create(key);
      known.set(key, one);
    }
    return one;
  }

  function declare({ event }: Happening): void {
    if (event.kind !== 'load-definitions') return;
    const named = new Set<string>();
    for (const { name, definition } of event.definitions.services) {
      const one = of(name);
      named.add(one.key);
      one.removed = false;
      if (definition !== null && (isEligible(definition) || definition.disabled)) one.mayBeOfSafeBoot = true;
      if (one.declared !== definition) Object.assign(one, { declared: definition, declaredIn: turn });
      if (event.strict) one.reloaded = definition;
    }
    for (const one of known.values()) {
      if (named.has(one.key) || one.removed) continue;
      one.removed = true;
      one.declaredIn = turn;
    }
  }

  function jobCreated({ id, service, type }: JobRecord): void {
    if (service === null) return;
    const one = of(service);
    if (!one.begun) firsts.add(id);
    one.begun = true;
    one.jobs.set(id, type);
    ownerOf.set(id, one);
    waits.add(id);
  }

  function jobEnded(job: string, exitCode: number | null, setup: boolean): void {
    const one = ownerOf.get(job);
    const type = one?.jobs.get(job);
    if (one === undefined || type === undefined) return;
    ownerOf.delete(job);
    one.jobs.delete(job);
    waits.delete(job);
    firsts.delete(job);
    ended = { of: one, type };
    if (type === 'service_main') one.mainEnd = { exitCode, setup };
    if (type === 'health_check' && !counted.delete(job)) one.unhealthy = exitCode === 0 ? 0 : one.unhealthy + 1;
  }

  function stepped(effect: Extract<Effect, { kind: 'service-changed' }>, { stamp }: Happening): void {
    const one = of(effect.service);
    if (!underWay.has(effect.to) || satisfying.has(effect.from)) one.settled = turn;
    if (effect.from === 'inactive' && effect.to === 'failed' && one.operations.size === 0) one.condemned = true;
    Object.assign(one, { state: effect.to, cause: effect.cause, since: stamp.monotonic, stepped: turn });
    if (effect.to === 'active') one.fed = stamp.monotonic;
    if (effect.to !== 'starting') return;
    Object.assign(one, {
      snapshot: one.declared,
      reloaded: null,
      begun: false,
      mainEnd: null,
      killed: null,
      ending: false,
      unhealthy: 0,
      watchdogNs: null,
    });
  }

  function operationChanged(record: OperationRecord): void {
    const one = of(record.service);
    const before = one.operations.get(record.id);
    if (record.completedAt === null) one.operations.set(record.id, { record, requested: before?.requested ?? turn });
    else {
      one.operations.delete(record.id);
      if (record.type === 'start' || record.type === 'restart') one.startEnded = turn;
    }
  }

  return {
    get turn() {
      return turn;
    },
    get safe() {
      return safe;
    },
    get shutdown() {
      return shutdown;
    },
    get hurried() {
      return hurried;
    },
    get ended() {
      return ended;
    },
    of,
    isFirst: (job) => firsts.has(job),
    all: () => known.values(),
    begin(happening) {
      const { event, step, stamp } = happening;
      ended = null;
      if (step.answer?.kind === 'loaded') declare(happening);
      if (event.kind === 'shutdown') {
        shutdown ??= stamp.monotonic;
        hurried ||= event.forced;
      }
      if (event.kind === 'deadline' && event.deadline.kind === 'shutdown') hurried = true;
      if (event.kind === 'job-exited') jobEnded(event.job, event.exitCode, false);
      if (event.kind === 'job-setup-failed') jobEnded(event.job, null, true);
      if (event.kind === 'token-done' && !event.outcome.ok && waits.has(event.job)) jobEnded(event.job, null, true);
      if (event.kind !== 'notified') return;
      const one = ownerOf.get(event.job);
      if (one === undefined) return;
      for (const said of event.assignments) {
        if (said.member === 'watchdog') one.fed = stamp.monotonic;
        if (said.member === 'watchdogUsec') one.watchdogNs = said.value * 1000n;
      }
    },
    take(effect, happening) {
      // Ad-hoc jobs are of no service: jobs.ts.
      if ('tree' in effect && isOfJob(effect.tree)) return;
      turn += 1;
      switch (effect.kind) {
        case 'safe-mode':
          safe = true;
          return;
        case 'service-changed':
          return stepped(effect, happening);
        case 'service-discarded':
          known.delete(foldName(effect.service));
          return;
        case 'operation-changed':
          return operationChanged(effect.operation);
        case 'job-changed':
          if (effect.job.state === 'created') jobCreated(effect.job);
          return;
        case 'cancel-token':
          return jobEnded(effect.job, null, true);
        case 'spawn':
          waits.delete(effect.job);
          return;
        case 'kill-cgroup':
          return killed(effect, happening);
        case 'arm-deadline':
          if (effect.deadline.kind === 'stop') begunToEnd(effect.deadline.subject);
          return;
        default:
          return;
      }
    },
  };

  function begunToEnd(key: string): void {
    const one = of(key);
    if (one.state === 'starting') one.ending = true;
  }

  function killed({ service, part }: Extract<Effect, { kind: 'kill-cgroup' }>, { event, stamp }: Happening): void {
    const one = of(service);
    const by = event.kind === 'deadline' ? event.deadline.kind : event.kind;
    if (part === 'tree') one.killed ??= { at: stamp.monotonic, by };
    if (by !== 'health-limit') return;
    for (const [job, type] of one.jobs) {
      if (type !== 'health_check' || counted.has(job)) continue;
      counted.add(job);
      one.unhealthy += 1;
    }
  }
}

const create = (key: string): Known => ({
  key,
  state: 'inactive',
  cause: null,
  since: 0n,
  stepped: 0,
  settled: 0,
  condemned: false,
  startEnded: 0,
  declared: null,
  declaredIn: 0,
  mayBeOfSafeBoot: false,
  removed: false,
  snapshot: null,
  reloaded: null,
  operations: new Map(),
  begun: false,
  jobs: new Map(),
  mainEnd: null,
  killed: null,
  ending: false,
  unhealthy: 0,
  fed: 0n,
  watchdogNs: null,
});

const none: readonly never[] = [];

type Dependency = 'requires' | 'wants' | 'bindsTo' | 'conflicts';

/**
 * Names in a field on which the definition in force and that of the start, or of a reload-config since then, agree: of a service that runs
 * while its definition changes either may count, and what both say counts in any case.
 */
export function agreed({ declared, reloaded, snapshot, removed, state }: Known, field: Dependency): readonly string[] {
  if (declared === null || declared[field].length === 0) return none;
  const names = declared[field].map(foldName);
  const runs = removed || ['starting', 'active', 'reloading', 'stopping'].includes(state);
  const inForce = reloaded ?? snapshot;
  if (!runs || inForce === null || inForce === declared) return names;
  const other = new Set(inForce[field].map(foldName));
  return names.filter((name) => other.has(name));
}

const isEligible = ({ safeMode, errorControl }: ServiceDefinition): boolean => safeMode || errorControl === 'Critical';

/** What the one needs of the other counts for nothing: it may be of the boot, and Safe mode leaves the other out. BOOT-052, BOOT-091. */
export const isLeftOut = ({ safe }: Observed, one: Known, { declared }: Known): boolean =>
  safe && one.mayBeOfSafeBoot && declared !== null && !declared.disabled && !isEligible(declared);

/** Names in a field that any of them has. */

export function possible({ declared, reloaded, snapshot }: Known, field: Dependency): readonly string[] {
  return [declared, reloaded, snapshot].flatMap((each) => each?.[field] ?? []).map(foldName);
}
