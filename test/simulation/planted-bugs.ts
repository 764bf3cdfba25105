/**
 * Bugs around the policy, in what it is told or in what others hear of it, one or more for each invariant, with what must be said of them.
 * Those within its source are in bugs-in-source.ts.
 */
import type { DeadlineKind } from '../../src/policy/deadlines.ts';
import { foldName } from '../../src/policy/definition/names.ts';
import type { AwaitEmpty, Effect, JobRecord, RequestToken } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import type { StatefulPolicy } from '../../src/policy/policy.ts';
import type { Stamp } from '../../src/policy/time.ts';
import { after } from '../../src/policy/time.ts';
import type { Handled } from '../../src/policy/view.ts';
import { ofKind } from '../support/lists.ts';
import { createClients } from './control/clients.ts';
import type { LifeOptions } from './life.ts';

export interface PlantedBug {
  readonly invariant: string;
  /** What is wrong. */
  readonly bug: string;
  readonly options: LifeOptions;
  readonly noticed: RegExp;
  /** It shows in that life, and in none of the usual ones before it. */
  readonly from?: number;
}

type Handle = (event: PolicyEvent, stamp: Stamp) => Handled;

const handling = (change: (policy: StatefulPolicy) => Handle): LifeOptions => ({
  wrap: (policy) => ({ ...policy, handle: change(policy) }),
});

/** Every effect becomes others. */
const falsified = (change: (effect: Effect, policy: StatefulPolicy) => readonly Effect[]): LifeOptions =>
  handling((policy) => (event, stamp) => {
    const step = policy.handle(event, stamp);
    return { ...step, effects: step.effects.flatMap((effect) => change(effect, policy)) };
  });

const delayed = (which: DeadlineKind, byNs: bigint): LifeOptions =>
  falsified((effect) => [
    effect.kind === 'arm-deadline' && effect.clock === 'monotonic' && effect.deadline.kind === which
      ? { ...effect, at: after(effect.at, byNs) }
      : effect,
  ]);

const without = (isLost: (effect: Effect) => boolean): LifeOptions => falsified((effect) => (isLost(effect) ? [] : [effect]));

const twice = (isRepeated: (effect: Effect) => boolean): LifeOptions =>
  falsified((effect) => (isRepeated(effect) ? [effect, effect] : [effect]));

const isOfService = ({ tree }: AwaitEmpty): boolean => !tree.startsWith('@job-');

/** Whoever asks whether a cgroup of a service is empty is told so at once. */
const believesInEmptiness = handling((policy) => {
  const handle: Handle = (event, stamp) => {
    const { effects, answer } = policy.handle(event, stamp);
    const asked = ofKind(effects, 'await-empty').filter(isOfService);
    const more = asked.flatMap((effect, at) => {
      const idBase = stamp.idBase + (BigInt(at + 1) << 24n);
      return handle({ ...effect, kind: 'cgroup-empty' }, { ...stamp, idBase }).effects;
    });
    return { effects: [...effects.filter((effect) => effect.kind !== 'await-empty' || !isOfService(effect)), ...more], answer };
  };
  return handle;
});

const earlyJob = ({ job, service, identity }: RequestToken): JobRecord => ({
  id: job,
  type: 'service_main',
  service,
  operation: null,
  state: 'created',
  imagePath: '/bin/early',
  arguments: [],
  tree: service,
  generation: 0,
  identity,
  token: null,
  pid: null,
  createdAt: 0n,
  startedAt: null,
  endedAt: null,
  exitCode: null,
  exitSignal: null,
  failureCause: null,
});

/** A service is started as soon as somebody asks for it. */
const startsAtOnce = falsified((effect, policy) => {
  if (effect.kind !== 'operation-changed' || effect.operation.type !== 'start' || effect.operation.state !== 'pending') return [effect];
  const definition = policy.service(effect.operation.service)?.definition;
  if (definition === null || definition === undefined) return [effect];
  // A Oneshot may have passed to inactive.
  const isMissed = (name: string): boolean => {
    const target = policy.service(name);
    return target?.state === 'inactive' && target.definition?.type === 'Simple';
  };
  if (!definition.requires.some(isMissed)) return [effect];
  const { id, service } = effect.operation;
  const request: RequestToken = {
    kind: 'request-token',
    job: `early ${id}`,
    service,
    key: foldName(service),
    identity: definition.identity,
    requiredPrivileges: null,
  };
  return [effect, { kind: 'job-changed', key: foldName(service), job: earlyJob(request) }, request];
});

/** Definitions without BindsTo: its targets are in Requires. */
function unbound(event: PolicyEvent): PolicyEvent {
  if (event.kind !== 'load-definitions') return event;
  const services = event.definitions.services.map((one) => {
    const { definition } = one;
    if (definition === null) return one;
    return { ...one, definition: { ...definition, bindsTo: [], requires: [...definition.requires, ...definition.bindsTo] } };
  });
  return { ...event, definitions: { ...event.definitions, services } };
}

/** The control room does not hear of it. */
const untold = (isUntold: (effect: Effect) => boolean): LifeOptions => ({
  clients(parts) {
    const clients = createClients(parts);
    return { ...clients, onEffect: (effect) => (isUntold(effect) ? undefined : clients.onEffect(effect)) };
  },
});

export const plantedBugs: readonly PlantedBug[] = [
  {
    invariant: 'only listed transitions',
    bug: 'a service that is ready is skipped instead of active',
    options: falsified((effect) => [
      effect.kind === 'service-changed' && effect.from === 'starting' && effect.to === 'active' ? { ...effect, to: 'skipped' } : effect,
    ]),
    noticed: /step starting>skipped \w+ is not listed/,
  },
  {
    invariant: 'one state per service',
    bug: 'the step to stopping is not told',
    options: without((effect) => effect.kind === 'service-changed' && effect.to === 'stopping'),
    noticed: /was \w+ and made a step from|is \w+ without a step to it|is stopping, its steps led to \w+|is \w+, and is asked to end/,
  },
  {
    invariant: 'no process of a service outlives its Stopping',
    bug: 'every cgroup is believed to be empty',
    options: believesInEmptiness,
    noticed: /a process of \w+ (lives in tree .* ns after its activation|was not even killed by the shutdown)/,
    from: 505,
  },
  {
    invariant: 'no process of a service outlives its Stopping',
    bug: 'StopTimeout never ends',
    options: without((effect) => effect.kind === 'arm-deadline' && effect.deadline.kind === 'stop'),
    noticed: /operation .* \(stop of \w+, \w+\) is running after \d+ s of calm|memory: \d+ operations are kept/,
  },
  {
    invariant: 'every accepted request is answered exactly once',
    bug: 'those who wait do not hear that an operation failed',
    options: untold((effect) => effect.kind === 'operation-changed' && effect.operation.state === 'failed'),
    noticed: /process \d+ (is not answered: operation .* is over|was never answered)/,
  },
  {
    invariant: 'every accepted request is answered exactly once',
    bug: 'an operation ends twice',
    options: twice((effect) => effect.kind === 'operation-changed' && effect.operation.state === 'completed'),
    noticed: /operation .* was over and became completed/,
  },
  {
    invariant: 'no start before its dependencies satisfy',
    bug: 'a service is started as soon as it is asked for',
    options: startsAtOnce,
    noticed: /started while \w+ was|started although/,
  },
  {
    invariant: 'no service stays up without the one it is bound to',
    bug: 'a bound service only requires',
    options: handling((policy) => (event, stamp) => policy.handle(unbound(event), stamp)),
    noticed: /\w+ is (active|reloading), bound to \w+, which went to \w+/,
  },
  {
    invariant: 'never two main processes of a service',
    bug: 'main processes are made twice',
    options: twice((effect) => effect.kind === 'spawn' && effect.type === 'service_main'),
    noticed: /a second main process of|has token \d+, which is not its own|was spawned without asking for a token/,
  },
  {
    invariant: 'never more than MaxParallelStarts in flight',
    bug: 'eight more are let through',
    options: handling(
      (policy) => (event, stamp) =>
        policy.handle(event.kind === 'boot' ? { ...event, maxParallelStarts: event.maxParallelStarts + 8 } : event, stamp),
    ),
    noticed: /run .*: \d+ in flight of \d+/,
  },
  {
    invariant: 'budgets and delays exact',
    bug: 'restarts come a millisecond late',
    options: delayed('restart', 1_000_000n),
    noticed: /waits until \d+ at \d+, its delay is \d+ s/,
  },
  {
    invariant: 'budgets and delays exact',
    bug: 'restarts are forgotten',
    options: handling((policy) => (event, stamp) => {
      for (const service of policy.state.services.values()) service.restarts = 0;
      return policy.handle(event, stamp);
    }),
    noticed: /went to backoff after \d+ restarts|its delay is \d+ s/,
  },
  {
    invariant: 'a Critical failure reboots exactly once',
    bug: 'it reboots twice',
    options: twice((effect) => effect.kind === 'critical-failure'),
    noticed: /critical failure number 2/,
    from: 563,
  },
  {
    invariant: 'a Critical failure reboots exactly once',
    bug: 'it does not reboot',
    options: without((effect) => effect.kind === 'critical-failure'),
    noticed: /critical service \w+ exhausted its budget, and the machine does not reboot/,
    from: 563,
  },
  {
    invariant: 'a boot counts once its critical services have held',
    bug: 'it counts five seconds too early',
    options: handling((policy) => (event, stamp) => {
      policy.state.machine.confirmation.graceSeconds = 25;
      return policy.handle(event, stamp);
    }),
    noticed: /the boot is confirmed (before its time|, and \w+, which is critical, has held)/,
  },
  {
    invariant: 'a boot counts once its critical services have held',
    bug: 'nobody hears of it',
    options: without((effect) => effect.kind === 'boot-confirmed'),
    noticed: /all critical services have held for long, and the boot is not confirmed/,
  },
  {
    invariant: 'the shutdown ends in time',
    bug: 'ShutdownTimeout is eight seconds longer',
    options: delayed('shutdown', 8_000_000_000n),
    noticed: /the shutdown took \d+ ns/,
    from: 601,
  },
  {
    invariant: 'the shutdown ends in time',
    bug: 'its end is not told',
    options: without((effect) => effect.kind === 'services-stopped'),
    noticed: /the shutdown did not end/,
  },
  {
    invariant: 'memory returns to its start after a full cycle',
    bug: 'ended operations are kept for ever',
    options: handling((policy) => (event, stamp) => {
      const before = event.kind === 'deadline' && event.deadline.kind === 'retention' ? [...policy.state.operations] : [];
      const step = policy.handle(event, stamp);
      for (const [id, operation] of before) policy.state.operations.set(id, operation);
      return step;
    }),
    noticed: /memory: \d+ operations are kept/,
  },
  {
    invariant: 'an ad-hoc job ends once, in time, and none is one too many',
    bug: 'one more is taken than may be',
    options: handling(
      (policy) => (event, stamp) =>
        policy.handle(event.kind === 'submit-job' ? { ...event, limits: { total: 99, perUser: event.limits.perUser + 1 } } : event, stamp),
    ),
    noticed: /job .* of S-1-(22-1|5-21)-[\d-]+ is one too many/,
  },
  {
    invariant: 'an ad-hoc job ends once, in time, and none is one too many',
    bug: 'its timeout comes a millisecond late',
    options: delayed('job-timeout', 1_000_000n),
    noticed: /job .* was asked to end \d+ ns after its start/,
  },
  {
    invariant: 'an ad-hoc job ends once, in time, and none is one too many',
    bug: 'the time after SIGTERM never ends',
    options: without((effect) => effect.kind === 'arm-deadline' && effect.deadline.kind === 'job-kill'),
    noticed: /job .* was asked to end and neither ended nor was killed|jobs outlive the machine|memory: \d+ adHoc are kept/,
    from: 538,
  },
  {
    invariant: 'an ad-hoc job ends once, in time, and none is one too many',
    bug: 'what it leaves is not killed',
    options: without((effect) => effect.kind === 'kill-cgroup' && effect.tree.startsWith('@job-')),
    noticed: /job .* is gone, and \d+ processes of it are not/,
  },
  {
    invariant: 'an ad-hoc job ends once, in time, and none is one too many',
    bug: 'its end is told twice',
    options: twice((effect) => effect.kind === 'job-changed' && effect.job.type === 'ad_hoc' && effect.job.endedAt !== null),
    noticed: /job .* was (completed|failed|abandoned) and became/,
  },
  {
    invariant: 'what subscribers are told follows its causes',
    bug: 'nothing is told of the creation of jobs of services',
    options: without((effect) => effect.kind === 'job-changed' && effect.job.type === 'service_main' && effect.job.state === 'created'),
    noticed: /job\.started of job .* was told behind nothing|names job .*, which was never told of/,
  },
  {
    invariant: 'what subscribers are told follows its causes',
    bug: 'the end of a job of a service is told twice',
    options: twice((effect) => effect.kind === 'job-changed' && effect.job.type === 'service_main' && effect.job.endedAt !== null),
    noticed: /job\.ended of job .* was told behind job\.ended/,
  },
];
