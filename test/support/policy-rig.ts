/** A policy with a clock of its own, for tests: events in short form, effects kept. */
import { definitionDefaults } from '../../gen/definition/facts.ts';
import type { EventOf } from '../../gen/events/events.ts';
import type { Assignment, Notification } from '../../gen/notify/types.ts';
import type { OperationType } from '../../gen/service/types.ts';
import { deadlineText } from '../../src/policy/deadlines.ts';
import type { ServiceDefinition } from '../../src/policy/definition/definition.ts';
import type { Decoded, DefinitionSet } from '../../src/policy/definition/set.ts';
import type { ArmDeadline, Effect, RequestToken, SpawnJob } from '../../src/policy/effects.ts';
import type { CgroupPart, PolicyEvent } from '../../src/policy/events.ts';
import { originText } from '../../src/policy/origin.ts';
import type { PolicyOptions } from '../../src/policy/policy.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import type { MonotonicNs } from '../../src/policy/time.ts';
import type { CommandAnswer, Handled, LoadAnswer, ServiceView } from '../../src/policy/view.ts';
import { assignmentsOf } from './assignments.ts';
import { systemFacts } from './token-facts.ts';

export type Fields = Partial<Omit<ServiceDefinition, 'name'>>;

/** A definition with the schema's defaults, Alive and without automatic restarts unless `fields` say otherwise. */
export function define(name: string, fields: Fields = {}): ServiceDefinition {
  const {
    execReload: _reload,
    healthCheck: _health,
    readinessCheck: _probe,
    triggers: _triggers,
    stopSignal: _signal,
    ...defaults
  } = definitionDefaults;
  return {
    ...defaults,
    name,
    imagePath: `/bin/${name}`,
    readiness: 'Alive',
    restartPolicy: 'Never',
    triggers: [],
    conditions: [],
    asserts: [],
    execStartPre: [],
    execStartPost: [],
    execReload: { type: 'signal', name: 'SIGHUP', signal: 1 },
    healthCheck: null,
    readinessCheck: null,
    successExitCodes: [],
    stopSignal: { name: 'SIGTERM', signal: 15 },
    ...fields,
  };
}

export const decoded = (definition: ServiceDefinition): Decoded => ({ name: definition.name, definition, findings: [] });

export const setOf = (services: readonly Decoded[], keys: readonly string[] = []): DefinitionSet => ({ services, keys: new Set(keys) });

/** The events that these effects record. */
export const recordedBy = (effects: readonly Effect[]): readonly EventOf[] =>
  effects.flatMap((effect) => (effect.kind === 'recorded' ? [effect.event] : []));

export interface Rig {
  readonly policy: ReturnType<typeof createPolicy>;
  /** Effects of all events so far. */
  readonly effects: Effect[];
  /** Effects of the latest event. */
  last: readonly Effect[];
  now: bigint;
  /** Tokens are granted at once, and neither they nor their requests are seen in the effects; or the test answers for itself. */
  holdsTokens: boolean;
  /** Processes that are left beside the main one when a stop kills; counted at once, and not seen in the effects. */
  others: number | null;
  send(event: PolicyEvent): Handled;
  load(services: readonly (ServiceDefinition | Decoded)[], more?: { strict?: boolean; keys?: readonly string[] }): LoadAnswer;
  command(command: OperationType, service: string): CommandAnswer;
  /** The id of the accepted operation. */
  accepted(command: OperationType, service: string): string;
  /** Moves the clock, letting deadlines come in their order. */
  pass(seconds: number): void;
  boot(maxParallelStarts?: number): void;
  /** What the wall clock says. */
  wall(): string;
  /** Sets it, and tells the policy so with the zone of the machine; null: it is not told. */
  setWall(instant: string, zone: string | null): void;
  view(service: string): ServiceView;
  /** The latest spawn for that origin (web, web/ExecStartPre[0]). */
  spawned(origin: string): SpawnJob & Pick<RequestToken, 'identity' | 'requiredPrivileges'>;
  spawns(origin: string): number;
  runs(origin: string): void;
  exits(origin: string, code: number | null, signal?: number | null, left?: number): void;
  /** Runs and exits. */
  ends(origin: string, code: number): void;
  setupFails(origin: string, stage: 'parent' | 'child'): void;
  /** Answers all awaits of that service that are open. */
  empties(service: string): void;
  /** One datagram; a list where a key comes twice. */
  notify(service: string, said: Notification | readonly Assignment[]): void;
  /** Loads, starts and brings a Simple service up. */
  up(service: string): void;
  /** State and cause. */
  is(service: string): string;
  /** Steps of a service so far: from>to cause. */
  steps(service: string): readonly string[];
}

const isList = (said: Notification | readonly Assignment[]): said is readonly Assignment[] => Array.isArray(said);

export function createRig(services: readonly (ServiceDefinition | Decoded)[] = [], options: PolicyOptions = {}): Rig {
  const policy = createPolicy(options);
  const deadlines = new Map<string, ArmDeadline>();
  const awaits: { service: string; tree: string; part: CgroupPart }[] = [];
  let pid = 100;
  let wallAhead = 1_700_000_000_000_000_000n;
  const instantOf = ({ clock, at }: ArmDeadline): bigint => (clock === 'monotonic' ? at : at - wallAhead);
  const wishes = new Map<string, RequestToken>();
  let tokens = 0;
  let ids = 0x0190_0000_0000_7000_8000_0000_0000_0000n;

  function handle(event: PolicyEvent): Handled {
    ids += 1n << 32n;
    const stamp = { monotonic: rig.now as MonotonicNs, realtime: wallAhead + rig.now, idBase: ids };
    const handled = policy.handle(event, stamp);
    for (const effect of handled.effects) {
      if (effect.kind === 'arm-deadline') deadlines.set(deadlineText(effect.deadline), effect);
      if (effect.kind === 'disarm-deadline') deadlines.delete(deadlineText(effect.deadline));
      if (effect.kind === 'await-empty') awaits.push({ service: effect.service, tree: effect.tree, part: effect.part });
    }
    return handled;
  }

  const rig: Rig = {
    policy,
    effects: [],
    last: [],
    now: 1_000_000_000_000n,
    holdsTokens: false,
    others: 0,
    send(event) {
      const handled = handle(event);
      const effects: Effect[] = [];
      const take = (list: readonly Effect[]): void => {
        for (const effect of list) {
          if (effect.kind === 'request-token') wishes.set(effect.job, effect);
          if (effect.kind === 'count-processes') {
            const { service, tree } = effect;
            take(handle({ kind: 'processes-counted', service, tree, count: rig.others }).effects);
          } else if (effect.kind !== 'request-token' || rig.holdsTokens) effects.push(effect);
          else take(handle({ kind: 'token-done', job: effect.job, outcome: { ok: true, token: ++tokens, facts: systemFacts } }).effects);
        }
      };
      take(handled.effects);
      rig.last = effects;
      rig.effects.push(...effects);
      return { ...handled, effects };
    },
    load(list, { strict = false, keys = [] } = {}) {
      const set = setOf(
        list.map((one) => ('findings' in one ? one : decoded(one))),
        keys,
      );
      return rig.send({ kind: 'load-definitions', definitions: set, strict }).answer as LoadAnswer;
    },
    command: (command, service) => rig.send({ kind: 'command', command, service, source: 'admin' }).answer as CommandAnswer,
    accepted(command, service) {
      const answer = rig.command(command, service);
      if (answer.kind !== 'accepted') throw new Error(`${command} ${service}: ${JSON.stringify(answer)}`);
      return answer.operation;
    },
    pass(seconds) {
      const until = rig.now + BigInt(Math.round(seconds * 1e9));
      for (;;) {
        const due = [...deadlines.values()].filter((one) => instantOf(one) <= until);
        const next = due.sort((one, other) => (instantOf(one) < instantOf(other) ? -1 : 1))[0];
        if (next === undefined) break;
        deadlines.delete(deadlineText(next.deadline));
        if (instantOf(next) > rig.now) rig.now = instantOf(next);
        rig.send({ kind: 'deadline', deadline: next.deadline });
      }
      rig.now = until;
    },
    boot: (maxParallelStarts = 10) => void rig.send({ kind: 'boot', maxParallelStarts }),
    wall: () => Temporal.Instant.fromEpochNanoseconds(wallAhead + rig.now).toString(),
    setWall(instant, zone) {
      wallAhead = Temporal.Instant.from(instant).epochNanoseconds - rig.now;
      if (zone !== null) rig.send({ kind: 'clock-set', zone });
    },
    view(service) {
      const view = policy.service(service);
      if (view === null) throw new Error(`no service ${service}`);
      return view;
    },
    spawned(origin) {
      const found = rig.effects
        .filter((effect): effect is SpawnJob => effect.kind === 'spawn' && originText(effect.origin) === origin)
        .at(-1);
      if (found === undefined) throw new Error(`nothing was spawned for ${origin}`);
      const { identity = '', requiredPrivileges = null } = wishes.get(found.job) ?? {};
      return { ...found, identity, requiredPrivileges };
    },
    spawns: (origin) => rig.effects.filter((effect) => effect.kind === 'spawn' && originText(effect.origin) === origin).length,
    runs(origin) {
      pid += 1;
      rig.send({ kind: 'job-running', job: rig.spawned(origin).job, pid });
    },
    exits(origin, exitCode, signal, left = 0) {
      rig.send({ kind: 'job-exited', job: rig.spawned(origin).job, exitCode, signal: signal ?? null, coreDumped: false, left });
    },
    ends(origin, code) {
      rig.runs(origin);
      rig.exits(origin, code);
    },
    setupFails(origin, stage) {
      rig.send({ kind: 'job-setup-failed', job: rig.spawned(origin).job, stage, message: `${origin}: clone3 failed: EAGAIN` });
    },
    empties(service) {
      for (let at = awaits.findIndex((one) => one.service === service); at >= 0; at = awaits.findIndex((one) => one.service === service)) {
        for (const one of awaits.splice(at, 1)) rig.send({ kind: 'cgroup-empty', ...one });
      }
    },
    notify(service, said) {
      const assignments = isList(said) ? said : assignmentsOf(said);
      rig.send({ kind: 'notified', job: rig.spawned(service).job, assignments });
    },
    up(service) {
      rig.command('start', service);
      rig.runs(service);
      if (rig.view(service).definition?.readiness === 'Notify') rig.notify(service, { ready: true });
    },
    is(service) {
      const { state, cause } = rig.view(service);
      return `${state} / ${cause ?? 'null'}`;
    },
    steps: (service) =>
      rig.effects.flatMap((effect) =>
        effect.kind === 'service-changed' && effect.service === service ? [`${effect.from}>${effect.to} ${effect.cause}`] : [],
      ),
  };
  if (services.length > 0) {
    rig.load(services);
    rig.boot();
  }
  return rig;
}
