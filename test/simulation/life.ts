/**
 * One life of a machine: boot, whatever the plan has in store, a time of calm, shutdown. The real policy and the real control room, a
 * simulated world, invariants after every event for what it touched and over everything every thousand events.
 */
import { createEventJournal } from '../../src/events/journal.ts';
import { deadlineText } from '../../src/policy/deadlines.ts';
import type { Effect } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import type { OperationRecord } from '../../src/policy/operation.ts';
import { originText } from '../../src/policy/origin.ts';
import type { StatefulPolicy } from '../../src/policy/policy.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { MonotonicNs, Stamp } from '../../src/policy/time.ts';
import type { Handled } from '../../src/policy/view.ts';
import { decoded, setOf } from '../support/policy-rig.ts';
import type { ClientParts, Clients } from './control/clients.ts';
import { createClients as realClients } from './control/clients.ts';
import { asked } from './control/requests.ts';
import { abortInvariant } from './invariants/aborts.ts';
import { bindingInvariant } from './invariants/bindings.ts';
import { confirmationInvariant } from './invariants/confirmation.ts';
import { conflictInvariant } from './invariants/conflicts.ts';
import { eventInvariant } from './invariants/events.ts';
import { failureInvariant } from './invariants/failures.ts';
import { handlerInvariant } from './invariants/handlers.ts';
import type { Happening, Invariant, Scene } from './invariants/invariant.ts';
import { Violation } from './invariants/invariant.ts';
import { jobInvariant } from './invariants/jobs.ts';
import { memoryInvariant } from './invariants/memory.ts';
import { createObserved } from './invariants/observed.ts';
import { operationInvariant } from './invariants/operations.ts';
import { outputInvariant } from './invariants/output.ts';
import { processInvariant } from './invariants/processes.ts';
import { readinessInvariant } from './invariants/readiness.ts';
import { reasonInvariant } from './invariants/reasons.ts';
import { restartInvariant } from './invariants/restarts.ts';
import { runInvariant } from './invariants/runs.ts';
import { shutdownInvariant } from './invariants/shutdown.ts';
import { snapshotInvariant } from './invariants/snapshots.ts';
import { stepInvariant } from './invariants/steps.ts';
import { stopInvariant } from './invariants/stops.ts';
import { tokenInvariant } from './invariants/tokens.ts';
import { wantInvariant } from './invariants/wants.ts';
import { createDescriptorWorld } from './kernel/descriptors.ts';
import type { Counts } from './output/kept.ts';
import { createOutputRoom } from './output/room.ts';
import type { Plan, Stimulus } from './plan.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

export interface LifeResult {
  /** Events that the policy handled. */
  readonly events: number;
  /** Nanoseconds spent in the policy. */
  readonly policyNs: number;
  /** Requests that clients got an answer to. */
  readonly answered: number;
  /** What the event daemon was handed over; null: there was none. */
  readonly handedOver: Readonly<Counts> | null;
  readonly failure: Failure | null;
}

export interface Failure {
  readonly message: string;
  readonly rule: Rule;
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
  /** Puts a bug into the policy, to see that the invariants notice. */
  readonly wrap?: (policy: StatefulPolicy) => StatefulPolicy;
  /** Who gives the commands. */
  readonly clients?: (parts: ClientParts) => Clients;
}

const epoch = 1_700_000_000_000_000_000n;
/** By what is said of them in titles. */
const invariants = {
  steps: stepInvariant,
  aborts: abortInvariant,
  operations: operationInvariant,
  processes: processInvariant,
  bindings: bindingInvariant,
  conflicts: conflictInvariant,
  wants: wantInvariant,
  reasons: reasonInvariant,
  handlers: handlerInvariant,
  failures: failureInvariant,
  readiness: readinessInvariant,
  snapshots: snapshotInvariant,
  restarts: restartInvariant,
  runs: runInvariant,
  confirmation: confirmationInvariant,
  shutdown: shutdownInvariant,
  stops: stopInvariant,
  tokens: tokenInvariant,
  jobs: jobInvariant,
  events: eventInvariant,
  output: outputInvariant,
  memory: memoryInvariant,
} satisfies Readonly<Record<string, (scene: Scene) => Invariant>>;

/** Whose rule was broken; null: nobody's, something was thrown. */
export type Rule = keyof typeof invariants | 'clients' | null;
/** Kinds of answers that any life has seen, for the coverage of the table of errors. */
export const seenAnswers = new Set<string>();

export function live(
  plan: Plan,
  { traced = false, sweepEvery = 1000, most = Number.POSITIVE_INFINITY, wrap, clients: createClients = realClients }: LifeOptions = {},
): LifeResult {
  const scheduler = createScheduler();
  const honest = createPolicy({ shutdownTimeoutSeconds: plan.shutdownTimeoutSeconds });
  const policy = wrap === undefined ? honest : wrap(honest);
  const trace: string[] = [];
  let ids = BigInt(plan.seed) << 64n;
  let clockNs = 0;
  let events = 0;
  let policyNs = 0;
  let stopped = false;
  let tickets = 0;
  /** The first that was thrown, wherever it was caught. */
  let broken: { readonly error: unknown } | null = null;
  const registry = { set: setOf(plan.services.map(decoded), registryKeys), lost: false, wasLost: false, loads: 0 };

  const realtime = (): bigint => epoch + BigInt(Math.round(scheduler.now + clockNs));
  const descriptors = createDescriptorWorld(plan.seed, scheduler, realtime);
  const journal = createEventJournal();
  const room =
    plan.output === null ? null : createOutputRoom({ seed: plan.seed, settings: plan.output, policy, scheduler, descriptors, journal });
  const world = createWorld(
    plan.seed,
    scheduler,
    post,
    (key) => honest.state.services.get(key)?.activation?.definition.type,
    (effect) => room?.opened(effect) ?? null,
  );
  const clients = createClients({ seed: plan.seed, policy, scheduler, registry, submit: send, descriptors, journal, guard });
  room?.output.onLines(clients.takeLines);
  const observed = createObserved();
  const scene: Scene = { plan, policy, world, observed, output: room };
  const watched = Object.entries(invariants).map(([name, create]) => watch(name as keyof typeof invariants, create(scene)));
  const stampNow = (): Stamp => ({ monotonic: BigInt(scheduler.now) as MonotonicNs, realtime: realtime(), idBase: ids });

  function guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      broken ??= { error };
      throw error;
    }
  }

  /** What effects bring about at once comes behind them, as in the daemon. */
  const posted: PolicyEvent[] = [];
  let handling = false;

  function post(event: PolicyEvent): void {
    if (handling) posted.push(event);
    else send(event);
  }

  function send(event: PolicyEvent): Handled {
    handling = true;
    const step = handle(event);
    for (let next = posted.shift(); next !== undefined; next = posted.shift()) handle(next);
    handling = false;
    return step;
  }

  function handle(event: PolicyEvent): Handled {
    ids += 1n << 32n;
    events += 1;
    const stamp = stampNow();
    const begin = process.hrtime.bigint();
    const step = policy.handle(event, stamp);
    policyNs += Number(process.hrtime.bigint() - begin);
    if (event.kind === 'load-definitions') registry.loads += 1;
    const happening: Happening = { event, step, stamp };
    if (traced) note(event, step);
    observed.begin(happening);
    for (const effect of step.effects) {
      observed.take(effect, happening);
      for (const invariant of watched) invariant.effect?.(effect, happening);
      world.run(effect);
      room?.output.onEffect(effect);
      clients.onEffect(effect);
      if (effect.kind === 'services-stopped' || effect.kind === 'critical-failure') stopped = true;
    }
    if (event.kind === 'shutdown') clients.onShutdown();
    for (const invariant of watched) invariant.after?.(happening);
    if (events % sweepEvery === 0) sweepAll();
    return step;
  }

  function note(event: PolicyEvent, { answer, effects }: Handled): void {
    const { kind, ...rest } = event;
    const short =
      kind === 'load-definitions' ? '' : JSON.stringify(rest, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
    const marked = effects.map((effect) => {
      if (effect.kind === 'service-changed') return `${effect.service}: ${effect.from}>${effect.to} ${effect.cause}`;
      if (effect.kind === 'operation-changed') return operationText(effect.operation);
      if (effect.kind === 'spawn') return `spawn ${originText(effect.origin)} ${effect.job.slice(-6)} in ${effect.tree}`;
      if (effect.kind === 'report') return effect.text;
      return `${effect.kind} ${subjectOf(effect)}`;
    });
    trace.push(
      [
        `${(scheduler.now / 1e9).toFixed(6)} ${kind} ${short}${answer === null ? '' : ` -> ${answer.kind}`}`,
        ...marked.filter((line) => !line.startsWith('job-changed')).map((line) => `    ${line}`),
      ].join('\n'),
    );
  }

  function stimulate(stimulus: Stimulus): void {
    if (traced && isOfClients(stimulus)) trace.push(`${(scheduler.now / 1e9).toFixed(6)} ${JSON.stringify(stimulus)}`);
    switch (stimulus.kind) {
      case 'edit':
        return edit(stimulus);
      case 'registry':
        registry.lost = stimulus.lost;
        registry.wasLost = true;
        if (!stimulus.lost) load();
        return;
      case 'clock':
        clockNs += stimulus.byNs;
        return;
      case 'submit': {
        tickets += 1;
        send({ kind: 'submit-job', submission: stimulus.submission, limits: plan.jobLimits, ticket: tickets });
        const latest = policy.jobs().at(-1);
        if (stimulus.leaves && latest !== undefined) send({ kind: 'submitter-gone', job: latest.record.id });
        return;
      }
      case 'stray':
        return world.stray(stimulus.which, stimulus.service);
      default:
        return clients.act(stimulus);
    }
  }

  function edit({ services, by }: Extract<Stimulus, { kind: 'edit' }>): void {
    registry.set = setOf(services.map(decoded), registryKeys);
    if (by === 'notification' && !registry.lost) load();
    if (by === 'command') clients.act({ ...quietly, client: 0, lines: [asked({ command: 'reload-config' })] });
  }

  function load(): void {
    send({ kind: 'load-definitions', definitions: registry.set, strict: false });
  }

  function isLive(): boolean {
    if (broken !== null) throw broken.error;
    return !stopped && events < most;
  }

  function runUntil(time: number): void {
    while (isLive() && scheduler.step(time));
    if (isLive()) scheduler.pass(time);
  }

  function follow(stimuli: readonly Stimulus[], from: number): void {
    for (const stimulus of stimuli) {
      runUntil(from + stimulus.at);
      if (!isLive()) return;
      stimulate(stimulus);
    }
  }

  function sweepAll(): void {
    for (const invariant of watched) invariant.sweep?.(stampNow());
    clients.check();
  }

  /** All is left alone for long; then nothing may be left that never ends. */
  function restCalm(): void {
    runUntil(scheduler.now + plan.calmNs);
    sweepAll();
    if (isLive()) for (const invariant of watched) invariant.calm?.(stampNow());
  }

  /** Everything is stopped, and its definition is gone. */
  function empty(): void {
    clients.hangUpAll();
    for (const { record } of policy.jobs()) send({ kind: 'stop-job', job: record.id, by: 'the plan' });
    runUntil(scheduler.now + 1e9);
    if (!isLive()) return;
    registry.set = setOf([]);
    registry.lost = false;
    load();
    for (let round = 0; round < 3; round++) {
      const names = policy.services().map(({ name }) => name);
      const lines = names.flatMap((service) => [asked({ command: 'stop', service, wait: false }), asked({ command: 'reset', service })]);
      if (names.length > 0) clients.act({ ...quietly, client: 0, lines });
      runUntil(scheduler.now + 200e9);
    }
    sweepAll();
    if (isLive()) for (const invariant of watched) invariant.emptied?.(stampNow());
  }

  function shutDown(): void {
    const at = scheduler.now;
    if (plan.end.forced) send({ kind: 'shutdown', reason: 'the plan is through', ...plan.end });
    else clients.shutdown(plan.end.type);
    follow(plan.late, at);
    runUntil(at + (plan.shutdownTimeoutSeconds + 15) * 1e9);
    sweepAll();
    if (events >= most) return;
    for (const invariant of watched) invariant.end?.(stampNow());
    clients.end();
  }

  function lead(): void {
    load();
    send({ kind: 'boot', maxParallelStarts: plan.maxParallelStarts });
    follow(plan.stimuli, 0);
    if (plan.calmNs > 0 && isLive()) restCalm();
    if (plan.cycle && isLive()) empty();
    // A critical failure has rebooted the machine; no shutdown follows.
    if (isLive()) shutDown();
  }

  let failure: Failure | null = null;
  try {
    lead();
  } catch (caught) {
    const error: unknown = (broken as { readonly error: unknown } | null)?.error ?? caught;
    const message = error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    failure = {
      message,
      rule: error instanceof Violation ? (ruleOf.get(error) ?? 'clients') : null,
      at: scheduler.now,
      trace: trace.slice(-400),
    };
  }
  for (const answer of clients.seen) seenAnswers.add(answer);
  return { events, policyNs, answered: clients.answered, handedOver: room?.kept.counts ?? null, failure };
}

const ruleOf = new WeakMap<Violation, Rule>();

/** Its violations bear its name. */
function watch(name: keyof typeof invariants, invariant: Invariant): Invariant {
  const named =
    <A extends unknown[]>(look: ((...values: A) => void) | undefined) =>
    (...values: A): void => {
      try {
        look?.(...values);
      } catch (error) {
        if (error instanceof Violation) ruleOf.set(error, name);
        throw error;
      }
    };
  const { effect, after, sweep, calm, emptied, end } = invariant;
  return {
    effect: named(effect),
    after: named(after),
    sweep: named(sweep),
    calm: named(calm),
    emptied: named(emptied),
    end: named(end),
  };
}

const operationText = ({ type, service, id, state, error }: OperationRecord): string =>
  `${type} ${service} ${id.slice(-6)} ${state} ${error ?? ''}`;

/** What an effect is about, in a word. */
function subjectOf(effect: Effect): string {
  if ('deadline' in effect) return deadlineText(effect.deadline);
  if ('part' in effect) return `${effect.tree}/${effect.part}`;
  return 'job' in effect && typeof effect.job === 'string' ? effect.job.slice(-6) : '';
}

const quietly = { kind: 'say', pieces: false, thenHangsUp: false } as const;

const isOfClients = ({ kind }: Stimulus): boolean => kind === 'say' || kind === 'hang-up' || kind === 'end-input' || kind === 'reading';

/** registry:/some/thing holds for every other machine, so to say. */
const registryKeys: readonly string[] = ['/some/thing'];
