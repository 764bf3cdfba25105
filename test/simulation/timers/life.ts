/**
 * Lives of timers: years of virtual time, with a wall clock that is set forward and back, zones that change, definitions that are edited,
 * runs that take days, writes that are lost and machines that are booted anew. After every event the policy is held against the models.
 */

import type { Effect, TimerFired } from '../../../src/policy/effects.ts';
import type { PolicyEvent } from '../../../src/policy/events.ts';
import { createPolicy } from '../../../src/policy/policy.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import type { Fields } from '../../support/policy-rig.ts';
import { decoded, define, setOf } from '../../support/policy-rig.ts';
import type { Random } from '../../support/random.ts';
import { createRandom } from '../../support/random.ts';
import { Violation } from '../invariants/invariant.ts';
import { createMachine, second } from './machine.ts';
import type { Model } from './model.ts';
import { begins, fired, firstUnserved, passed, rests, wentBack } from './model.ts';
import type { Schedule } from './oracle.ts';
import { changesOf, daySeconds, firstAfter, schedules } from './oracle.ts';

export interface Shape {
  readonly seed: number;
  /** What happens to the clock: it is set, or the machine moves from zone to zone, or it jumps from one change of its zone to the next. */
  readonly clock: 'set' | 'zones' | 'changes';
  readonly zone: string;
  /** Days of virtual time; with `changes`: how many of them. */
  readonly length: number;
}

export interface Lived {
  readonly events: number;
  readonly firings: number;
  readonly catchUps: number;
  readonly pendingRuns: number;
  readonly boots: number;
  readonly failure: string | null;
}

export const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Asia/Tehran',
] as const;

interface Wanted {
  readonly name: string;
  readonly schedules: readonly Schedule[];
  readonly fields: Fields;
}

/** A firing and its delay may be so late: deadlines come up to 2 s late here. */
const slackSeconds = 10;
const epoch = Date.UTC(2021, 5, 1) / 1000;
const seconds = (ns: bigint): number => Number(ns / second) + Number(ns % second) / 1e9;
const ns = (time: number): bigint => BigInt(Math.floor(time)) * second;

export function liveWithTimers({ seed, clock, zone: firstZone, length }: Shape): Lived {
  const random = createRandom(seed);
  const begin = clock === 'changes' ? Date.UTC(1999, 11, 1) / 1000 : epoch + random.below(1000 * daySeconds);
  const machine = createMachine(random, random.pick([0, 0.2, 1]), { monotonic: 1_000n * second, wall: ns(begin) + 123_456_789n });
  let zone = firstZone;
  let policy = createPolicy();
  let models = new Map<string, Model>();
  let pending = new Set<string>();
  let ids = BigInt(seed) << 64n;
  let wanted: readonly Wanted[] = Array.from({ length: 4 }, (_, index) => makeService(random, `s${index}`));
  const count = { events: 0, firings: 0, catchUps: 0, pendingRuns: 0, boots: 0 };

  const wall = (): number => seconds(machine.wall);
  const monotonic = (): number => seconds(machine.monotonic);
  const told = (): string => `at ${Temporal.Instant.fromEpochNanoseconds(machine.wall)} in ${zone}`;
  function must(holds: boolean, message: () => string): void {
    if (!holds) throw new Violation(`${message()} ${told()}`);
  }
  const textOf = (time: number | null): string => (time === null ? 'never' : new Date(time * 1000).toISOString());
  const stateOf = (name: string): string => policy.service(name)?.state ?? 'gone';

  function pass(): void {
    for (const model of models.values()) passed(model, zone, wall(), monotonic());
  }

  function send(event: PolicyEvent, expected: ReadonlySet<string> = new Set()): void {
    ids += (1n << 32n) | (BigInt(random.below(2 ** 30)) << 33n);
    count.events += 1;
    const before = new Map(wanted.map(({ name }) => [name, stateOf(name)]));
    const stamp = { monotonic: machine.monotonic as MonotonicNs, realtime: machine.wall, idBase: ids };
    const { effects } = policy.handle(event, stamp);
    const caughtUp = new Set<string>();
    for (const effect of effects) {
      if (effect.kind === 'timer-fired') look(effect, effects, before.get(effect.service) ?? '', caughtUp);
      if (effect.kind === 'report' && effect.text.startsWith('internal error')) throw new Violation(effect.text);
      if (effect.kind === 'service-changed') ended(effect.service, effects);
      machine.obey(effect);
    }
    for (const key of expected) must(caughtUp.has(key), () => `${key} missed a run before the boot and does not catch up`);
    for (const key of caughtUp) must(expected.has(key), () => `${key} catches up what it did not miss`);
  }

  const keyOf = (service: string, schedule: string): string => `${service} ${schedule}`;

  function look(effect: TimerFired, effects: readonly Effect[], state: string, caughtUp: Set<string>): void {
    const key = keyOf(effect.service, effect.schedule);
    const model = models.get(key);
    count.firings += 1;
    if (model === undefined || !model.counts) throw new Violation(`${key} fired and does not count ${told()}`);
    if (effect.scheduled === null) {
      must(!caughtUp.has(key), () => `${key} catches up twice`);
      caughtUp.add(key);
      count.catchUps += 1;
    } else {
      const scheduled = seconds(effect.scheduled);
      const { owed } = model;
      must(scheduled <= wall(), () => `${key} fired early, for ${textOf(scheduled)}`);
      must(owed !== null, () => `${key} fired for ${textOf(scheduled)} and nothing was due`);
      must(owed?.time === scheduled, () => `${key} fired for ${textOf(scheduled)} and owed ${textOf(owed?.time ?? null)}`);
    }
    fired(model, wall());
    lookAtOutcome(key, effect, state);
    lookAtRecord(key, effect, effects);
  }

  function lookAtOutcome(key: string, { service, outcome }: TimerFired, state: string): void {
    const isOneshot = wanted.find(({ name }) => name === service)?.fields.type === 'Oneshot';
    const rests = state === 'inactive' || state === 'completed' || state === 'failed';
    const runs = state === 'starting' || state === 'active';
    const right = rests ? 'started' : runs && isOneshot ? 'pending' : 'skipped';
    must(outcome === right, () => `${key} ${outcome} while its service was ${state}`);
    if (outcome === 'pending') pending.add(service);
  }

  function lookAtRecord(key: string, { service, schedule, at }: TimerFired, effects: readonly Effect[]): void {
    const one = wanted.find(({ name }) => name === service);
    const name = one?.schedules.length === 1 ? null : schedule;
    const saved = effects.filter(
      (effect) => effect.kind === 'save-last-run' && effect.service === service && effect.schedule === name && effect.at === at,
    );
    const right = one?.fields.timerPersistent === true ? 1 : 0;
    must(saved.length === right, () => `${key} fired and was saved ${saved.length} times`);
  }

  /** A step of a service: whether its pending run follows. */
  function ended(name: string, effects: readonly Effect[]): void {
    const service = policy.service(name);
    if (!pending.has(name)) return;
    const isOver = effects.some(
      (effect) => effect.kind === 'service-changed' && effect.service === name && ['inactive', 'completed', 'failed'].includes(effect.to),
    );
    if (!isOver) return;
    pending.delete(name);
    count.pendingRuns += 1;
    const asked = effects.some(
      ({ ...effect }) => effect.kind === 'operation-changed' && effect.operation.service === name && effect.operation.source === 'timer',
    );
    must(asked, () => `${name} ended and its pending run does not follow, it is ${service?.state}`);
  }

  /** After each event: what is armed, and what is owed. */
  function check(): void {
    for (const [key, model] of models) {
      const timer = policy.service(model.service)?.timers.find(({ schedule }) => schedule === model.schedule.text);
      if (timer === undefined) throw new Violation(`${key} is not known ${told()}`);
      if (!model.counts) must(timer.next === null && timer.idle !== null, () => `${key} is armed and does not count`);
      else if (model.owed === null) {
        const right = firstUnserved(model, zone, wall());
        const armed = timer.scheduled === null ? null : seconds(timer.scheduled);
        must(armed === right, () => `${key} is armed for ${textOf(armed)} and not for ${textOf(right)}`);
        const delay = seconds((timer.next ?? 0n) - (timer.scheduled ?? 0n));
        must(delay >= 0 && delay <= model.jitter, () => `${key} has a delay of ${delay} s`);
      } else {
        const late = monotonic() - model.owed.since;
        must(late <= model.jitter + slackSeconds, () => `${key} did not fire for ${textOf(model.owed?.time ?? null)}, ${late} s late`);
      }
    }
    for (const { name } of wanted)
      must(policy.service(name)?.pendingRun === pending.has(name), () => `${name}: pendingRun is ${policy.service(name)?.pendingRun}`);
  }

  const definitions = () =>
    setOf(
      wanted.map(({ name, schedules: all, fields }) =>
        decoded(define(name, { ...fields, triggers: all.map(({ text }) => ({ type: 'timer' as const, expression: text })) })),
      ),
    );

  function boot(): void {
    count.boots += 1;
    policy = createPolicy();
    machine.restart();
    pending = new Set();
    models = new Map();
    for (const one of wanted) follow(one);
    send({ kind: 'load-definitions', definitions: definitions(), strict: false, zone });
    const history = machine.history();
    const expected = new Set(
      wanted.flatMap((one) =>
        one.fields.disabled === true || one.fields.timerPersistent !== true
          ? []
          : one.schedules.flatMap((schedule) => {
              const runs = history.get(one.name);
              const last = (one.schedules.length === 1 ? runs?.single : runs?.bySchedule.get(schedule.text)) ?? null;
              const known = last !== null && last <= machine.wall;
              const next = firstAfter(schedule, zone, known ? seconds(last) : wall());
              return next !== null && (!known || next <= wall()) ? [keyOf(one.name, schedule.text)] : [];
            }),
      ),
    );
    send({ kind: 'boot', maxParallelStarts: 10, history }, expected);
  }

  /** Its models, as its definition is now. */
  function follow({ name, schedules: all, fields }: Wanted): void {
    for (const [key, model] of models) if (model.service === name && !all.includes(model.schedule)) models.delete(key);
    for (const schedule of all) {
      const key = keyOf(name, schedule.text);
      const known = models.get(key);
      const jitter = fields.timerJitter ?? 0;
      const model: Model = known ?? {
        service: name,
        schedule,
        counts: false,
        jitter,
        openFrom: wall(),
        settled: [],
        owed: null,
        firings: 0,
      };
      // A delay that runs is not drawn anew.
      model.jitter = model.owed === null ? jitter : Math.max(jitter, model.jitter);
      models.set(key, model);
      if (fields.disabled === true) rests(model);
      else if (!model.counts) begins(model, wall());
    }
    if (fields.disabled === true) pending.delete(name);
  }

  function edit(): void {
    const changed = makeService(random, random.pick(wanted).name);
    const before = wanted.find(({ name }) => name === changed.name);
    const fate = random.below(3);
    const type = before?.fields.type;
    const kept: Wanted = { ...(before ?? changed), fields: { ...before?.fields, disabled: before?.fields.disabled !== true } };
    const next = fate === 0 ? kept : { ...changed, fields: { ...changed.fields, type } };
    wanted = wanted.map((one) => (one.name === next.name ? (next as Wanted) : one));
    follow(next as Wanted);
    send({ kind: 'load-definitions', definitions: definitions(), strict: random.chance(0.5) });
  }

  function setClock(): void {
    const far = random.pick([5, 3600, 26 * 3600, 40 * daySeconds]);
    const by = (random.below(2 * far) - far) * (random.chance(0.3) ? 1 : 0.5);
    const isBack = by < 0;
    machine.setWall(machine.wall + ns(Math.abs(by)) * (isBack ? -1n : 1n));
    if (isBack) for (const model of models.values()) wentBack(model, wall(), monotonic());
    pass();
    // One that jumped forward may fire before anybody is told.
    if (!isBack && random.chance(0.5)) for (let events = random.below(4); events > 0 && isSoon(); events--) happen();
    send({ kind: 'clock-set', zone });
  }

  const isSoon = (): boolean => (machine.next() ?? 0n) <= machine.monotonic + second;

  function move(): void {
    zone = random.pick(zones);
    // What the clock showed before was looked at in the zone of then.
    for (const model of models.values()) if (model.owed === null) model.openFrom = wall();
    send({ kind: 'clock-set', zone });
  }

  function stop(): void {
    const [late] = pending;
    const name = late !== undefined && random.chance(0.5) ? late : random.pick(wanted).name;
    const command = random.chance(0.7) ? 'stop' : 'reset';
    if (command === 'stop') pending.delete(name);
    send({ kind: 'command', command, service: name, source: 'admin' });
  }

  function reboot(): void {
    if (random.chance(0.5)) {
      for (const model of models.values()) rests(model);
      pending = new Set();
      send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'the plan' });
      must(machine.timersArmed === 0, () => `${machine.timersArmed} timers are armed in the shutdown`);
    }
    const down = random.pick([60, 3600, 3 * daySeconds, 200 * daySeconds]);
    machine.monotonic += 60n * second;
    // Sometimes the clock of the machine is wrong.
    machine.setWall(machine.wall + ns(random.below(down)) * (random.chance(0.15) ? -1n : 1n));
    boot();
  }

  function happen(): void {
    const event = machine.take();
    pass();
    send(event);
    check();
  }

  function runUntil(until: bigint): void {
    for (let next = machine.next(); next !== null && next <= until; next = machine.next()) happen();
    if (machine.monotonic < until) machine.monotonic = until;
    pass();
  }

  /** From one change of the zone to half a day before the next. */
  function visitChange(change: number): void {
    machine.setWall(ns(change - 43_200));
    pass();
    send({ kind: 'clock-set', zone });
    check();
    runUntil(machine.monotonic + 86_400n * second);
    check();
  }

  const acts: readonly (() => void)[] = [edit, stop, reboot, ...(clock === 'set' ? [setClock, setClock, setClock] : [move, move])];
  let failure: string | null = null;
  try {
    boot();
    check();
    if (clock === 'changes')
      for (const change of changesOf(zone)
        .filter((time) => time > begin + daySeconds)
        .slice(0, length))
        visitChange(change);
    else {
      const end = machine.monotonic + BigInt(length * daySeconds) * second;
      while (machine.monotonic < end) {
        const pause = random.pick([600, daySeconds, 10 * daySeconds, 60 * daySeconds]);
        runUntil(machine.monotonic + BigInt(1 + random.below(pause)) * second);
        check();
        random.pick(acts)();
        check();
      }
    }
  } catch (error) {
    failure = error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return { ...count, failure };
}

function makeService(random: Random, name: string): Wanted {
  const chosen = new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(schedules)));
  return {
    name,
    schedules: [...chosen],
    fields: {
      type: 'Oneshot',
      remainAfterExit: random.chance(0.3),
      startTimeout: 100_000_000,
      stopTimeout: 100_000,
      timerPersistent: random.chance(0.6),
      timerJitter: random.pick([0, 0, 60, 900, 7200]),
      disabled: random.chance(0.1),
    },
  };
}
