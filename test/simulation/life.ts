/**
 * One life of a machine: boot, whatever the plan has in store, a time of calm, shutdown. The real policy, a simulated world, invariants
 * after every event for what it touched and over everything every thousand events.
 */
import type { Effect } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { Step } from '../../src/policy/view.ts';
import { decoded, setOf } from '../unit/policy/machine/rig.ts';
import type { ClientParts, Clients } from './clients.ts';
import { directClients } from './clients.ts';
import type { Happening, Invariant, Scene } from './invariants/invariant.ts';
import { Violation } from './invariants/invariant.ts';
import { operationInvariant } from './invariants/operations.ts';
import { processInvariant } from './invariants/processes.ts';
import { restartInvariant } from './invariants/restarts.ts';
import { runInvariant } from './invariants/runs.ts';
import { shutdownInvariant } from './invariants/shutdown.ts';
import { stepInvariant } from './invariants/steps.ts';
import type { Plan, Stimulus } from './plan.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

export interface LifeResult {
  /** Events that the policy handled. */
  readonly events: number;
  /** Nanoseconds spent in the policy. */
  readonly policyNs: number;
  readonly failure: Failure | null;
}

export interface Failure {
  readonly message: string;
  /** Virtual time of it, in ns. */
  readonly at: number;
  readonly trace: readonly string[];
}

export interface LifeOptions {
  /** Keep the last events in words. */
  readonly traced?: boolean;
  /** How often everything is looked at, in events. */
  readonly sweepEvery?: number;
  /** Events after which the life is cut short. */
  readonly most?: number;
  /** Falsifies what the policy wants, to see that the invariants notice. */
  readonly tamper?: (effect: Effect) => readonly Effect[];
  /** Who gives the commands. */
  readonly clients?: (parts: ClientParts) => Clients;
}

const epoch = 1_700_000_000_000_000_000n;
const invariants: readonly ((scene: Scene) => Invariant)[] = [
  stepInvariant,
  operationInvariant,
  processInvariant,
  restartInvariant,
  runInvariant,
  shutdownInvariant,
];

export function live(
  plan: Plan,
  { traced = false, sweepEvery = 1000, most = Number.POSITIVE_INFINITY, tamper, clients: createClients = directClients }: LifeOptions = {},
): LifeResult {
  const scheduler = createScheduler();
  const policy = createPolicy({ shutdownTimeoutSeconds: plan.shutdownTimeoutSeconds });
  const trace: string[] = [];
  let ids = BigInt(plan.seed) << 64n;
  let clockNs = 0;
  let events = 0;
  let policyNs = 0;
  let stopped = false;

  const world = createWorld(plan.seed, scheduler, post);
  const clients = createClients({ policy, scheduler, submit: send });
  const scene: Scene = { plan, policy, world };
  const watched = invariants.map((create) => create(scene));
  const stampNow = () => ({ monotonic: BigInt(scheduler.now), realtime: epoch + BigInt(Math.round(scheduler.now + clockNs)), idBase: ids });

  /** What effects bring about at once comes behind them, as in the daemon. */
  const posted: PolicyEvent[] = [];
  let handling = false;

  function post(event: PolicyEvent): void {
    if (handling) posted.push(event);
    else send(event);
  }

  function send(event: PolicyEvent): Step {
    handling = true;
    const step = handle(event);
    for (let next = posted.shift(); next !== undefined; next = posted.shift()) handle(next);
    handling = false;
    return step;
  }

  function handle(event: PolicyEvent): Step {
    ids += 1n << 32n;
    events += 1;
    const stamp = stampNow();
    const begin = process.hrtime.bigint();
    const honest = policy.handle(event, stamp);
    policyNs += Number(process.hrtime.bigint() - begin);
    const step: Step = tamper === undefined ? honest : { ...honest, effects: honest.effects.flatMap(tamper) };
    const happening: Happening = { event, step, stamp };
    if (traced) note(event, step);
    for (const effect of step.effects) {
      for (const invariant of watched) invariant.effect?.(effect, happening);
      world.run(effect);
      clients.onEffect(effect);
      if (effect.kind === 'services-stopped' || effect.kind === 'critical-failure') stopped = true;
    }
    for (const invariant of watched) invariant.after?.(happening);
    if (events % sweepEvery === 0) for (const invariant of watched) invariant.sweep?.(stamp);
    return step;
  }

  function note(event: PolicyEvent, { answer, effects }: Step): void {
    const { kind, ...rest } = event;
    const short =
      kind === 'load-definitions' ? '' : JSON.stringify(rest, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
    const marked = effects.map((effect) => {
      if (effect.kind === 'service-changed') return `${effect.service}: ${effect.from}>${effect.to} ${effect.cause}`;
      if (effect.kind === 'operation-changed')
        return `${effect.operation.type} ${effect.operation.service} ${effect.operation.id.slice(-6)} ${effect.operation.state} ${effect.operation.error ?? ''}`;
      if (effect.kind === 'spawn') return `spawn ${effect.origin} ${effect.job.slice(-6)} in ${effect.tree}`;
      if (effect.kind === 'report') return effect.text;
      return `${effect.kind} ${'key' in effect ? effect.key : 'part' in effect ? `${effect.tree}/${effect.part}` : 'job' in effect && typeof effect.job === 'string' ? effect.job.slice(-6) : ''}`;
    });
    trace.push(
      [
        `${(scheduler.now / 1e9).toFixed(6)} ${kind} ${short}${answer === null ? '' : ` -> ${answer.kind}`}`,
        ...marked.filter((line) => !line.startsWith('job-changed')).map((line) => `    ${line}`),
      ].join('\n'),
    );
  }

  function stimulate(stimulus: Stimulus): void {
    switch (stimulus.kind) {
      case 'command':
        return clients.command(stimulus);
      case 'load':
        return void send({
          kind: 'load-definitions',
          definitions: setOf(stimulus.services.map(decoded), registryKeys),
          strict: stimulus.strict,
        });
      case 'clock':
        clockNs += stimulus.byNs;
        return;
      case 'stray':
        return world.stray(stimulus.which, stimulus.service);
      default:
        return;
    }
  }

  function runUntil(time: number): void {
    while (!stopped && events < most && scheduler.step(time));
  }

  function sweepAll(): void {
    for (const invariant of watched) invariant.sweep?.(stampNow());
  }

  try {
    send({ kind: 'load-definitions', definitions: setOf(plan.services.map(decoded), registryKeys), strict: false });
    send({ kind: 'boot', maxParallelStarts: plan.maxParallelStarts });
    for (const stimulus of plan.stimuli) {
      runUntil(stimulus.at);
      if (stopped || events >= most) break;
      stimulate(stimulus);
    }
    if (plan.calmNs > 0 && !stopped && events < most) {
      const calmAt = scheduler.now + plan.calmNs;
      runUntil(calmAt);
      sweepAll();
      if (!stopped && events < most) for (const invariant of watched) invariant.calm?.(stampNow());
    }
    // A critical failure has rebooted the machine; no shutdown follows.
    if (!stopped && events < most) {
      const at = scheduler.now;
      send({ kind: 'shutdown', reason: 'the plan is through', ...plan.end });
      runUntil(at + (plan.shutdownTimeoutSeconds + 10) * 1e9);
      sweepAll();
      for (const invariant of watched) invariant.end?.(stampNow());
      clients.end();
    }
    return { events, policyNs, failure: null };
  } catch (error) {
    const message = error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { events, policyNs, failure: { message, at: scheduler.now, trace: trace.slice(-400) } };
  }
}

/** registry:/some/thing holds for every other machine, so to say. */
const registryKeys: readonly string[] = ['/some/thing'];
