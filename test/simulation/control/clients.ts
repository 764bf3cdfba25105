/**
 * Those who speak to peinit: the real control room on sockets in memory, and clients in front of it that pipeline, wait, send rubbish, hang
 * up and stop reading. What they ask for becomes the commands of a life, and each of their answers is checked.
 */

import type { ShutdownType } from '../../../gen/control/types.ts';
import type { EventName } from '../../../gen/events/events.ts';
import { beginBoot } from '../../../src/boot/machine-state.ts';
import { createControl } from '../../../src/control/control.ts';
import type { TakeLines } from '../../../src/control/line-followers.ts';
import type { EventJournal } from '../../../src/events/journal.ts';
import type { DefinitionSet } from '../../../src/policy/definition/set.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { PolicyEvent } from '../../../src/policy/events.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { Handled, Policy, ServiceName } from '../../../src/policy/view.ts';
import { inCgroups } from '../../support/control-room.ts';
import { momentAt } from '../../support/fake-policy.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import { must } from '../invariants/invariant.ts';
import type { DescriptorWorld } from '../kernel/descriptors.ts';
import type { ClientStimulus } from '../plan.ts';
import type { Scheduler, Ticket } from '../scheduler.ts';
import type { ClientRoom } from './client.ts';
import { Client, idleSeconds, maxConnections, maxPerUser } from './client.ts';
import type { Guards } from './guards.ts';
import { callerIn, identityOf, isAnyBroken, mayOn, randomGuards, uidOf, valuesOf, withBroken } from './guards.ts';
import type { PlannedLine } from './requests.ts';
import { asked, maxRequestSize, nowhere } from './requests.ts';
import { createSocketWorld } from './sockets.ts';

export interface Clients {
  act(stimulus: ClientStimulus): void;
  /** What a process of a service wrote. */
  readonly takeLines: TakeLines;
  /** Every effect, after the world has carried it out. */
  onEffect(effect: Effect): void;
  /** Somebody asks for the end of the machine. */
  shutdown(type: ShutdownType): void;
  /** The shutdown has begun. */
  onShutdown(): void;
  hangUpAll(): void;
  /** Throws a Violation if someone waits for what is over. */
  check(): void;
  /** The shutdown is over. Throws a Violation if a request was not answered. */
  end(): void;
  /** Answers that were given, and their kinds. */
  readonly answered: number;
  readonly seen: ReadonlySet<string>;
}

/** What the registry holds at the moment. */
export interface Registry {
  readonly set: DefinitionSet;
  readonly lost: boolean;
  readonly wasLost: boolean;
  /** Sets that the policy was given so far. */
  readonly loads: number;
}

export interface ClientParts {
  readonly seed: number;
  readonly policy: Policy;
  readonly scheduler: Scheduler;
  readonly registry: Registry;
  /** Hands an event to the policy; its effects have been carried out when it returns. */
  readonly submit: (event: PolicyEvent) => Handled;
  readonly descriptors: DescriptorWorld;
  readonly journal: EventJournal;
  /** Keeps what is thrown: the server goes on after a request that failed. */
  readonly guard: <T>(run: () => T) => T;
}

const auditedName: EventName = 'access.denied';
const firstPid = 10_000;
const pidsPerClient = 1000;
const slotOf = (pid: number): number => Math.floor((pid - firstPid) / pidsPerClient);
const atTheEnd = 99;

export function createClients({ seed, policy, scheduler, registry, submit, descriptors, journal, guard }: ClientParts): Clients {
  const random = createRandom(deriveSeed(seed, 'clients'));
  const sockets = createSocketWorld(seed, scheduler, descriptors, 2 * maxConnections);
  const slots = new Map<number, Client>();
  const byPid = new Map<number, Client>();
  const connections = new Map<number, number>();
  /** Answers of the registry and of the helper program that are still to come. */
  const pending = new Map<object, { readonly ticket: Ticket; readonly run: () => void }>();
  let over = false;
  const guarding = createRandom(deriveSeed(seed, 'guards'));
  const names = (): readonly string[] => registry.set.services.map(({ name }) => name);
  /** All that were in force, the present ones last. */
  const guards = [randomGuards(guarding, names())];
  /** When each of them came to be in force. */
  const guardedFrom = [0];
  let security = valuesOf(guards[0] as Guards);
  let mayBreak = true;

  /** Descriptors hold as soon as they are read, whatever becomes of definitions. */
  function guardAnew(): void {
    const sound = randomGuards(guarding, names());
    const next = mayBreak && guarding.chance(0.2) ? withBroken(guarding, sound, names()) : sound;
    take(next);
    scheduler.after(1e9 * (1 + guarding.below(200)), guardAnew);
  }

  function take(next: Guards): void {
    guards.push(next);
    guardedFrom.push(scheduler.now);
    security = valuesOf(next);
  }

  /** What is to be ended now must be within reach. */
  function mend(): void {
    if (mayBreak) take(randomGuards(guarding, names()));
    mayBreak = false;
  }

  /** Since when each service has been there; the list is another one when there are others. */
  const known = new Map<string, number>();
  let listed: readonly ServiceName[] = [];

  function lookAround(): void {
    const there = policy.names();
    if (there === listed) return;
    listed = there;
    const keys = new Set(there.map(({ key }) => key));
    for (const key of [...known.keys()]) if (!keys.has(key)) known.delete(key);
    for (const key of keys) if (!known.has(key)) known.set(key, scheduler.now);
  }

  const room: ClientRoom = {
    policy,
    sockets,
    seen: new Set(),
    answered: 0,
    latest: nowhere,
    latestJob: nowhere,
    get now() {
      return scheduler.now;
    },
    get guardsNow() {
      return guards.length - 1;
    },
    guardsAt: (time) => guardedFrom.findLastIndex((from) => from <= time),
    brokenSince: (since) => guards.slice(since).some(isAnyBroken),
    knownSince(key) {
      lookAround();
      return known.get(key) ?? Number.POSITIVE_INFINITY;
    },
    masks: (identity, service, since) => guards.slice(since).map((each) => mayOn(identity, each, service)),
    get loads() {
      return registry.loads;
    },
    get registryWasLost() {
      return registry.wasLost;
    },
    get over() {
      return over;
    },
    final(id) {
      let record: OperationRecord | null = policy.operation(id);
      while (record !== null && record.mergedInto !== null) record = policy.operation(record.mergedInto);
      return record;
    },
  };

  const control = createControl({
    kernel: sockets.calls,
    loop: descriptors.loop,
    policy,
    journal,
    identify(fd) {
      const peer = sockets.calls.peerCredentials(fd);
      return typeof peer === 'number' ? null : callerIn(slotOf(peer.pid), peer.pid);
    },
    security: () => security,
    aside: () => ({ output: [{ job: nowhere, part: null, isError: false, at: 0n, text: 'a line' }], stored: [] }),
    submit: (event) =>
      guard(() => {
        const step = submit(event);
        if (event.kind === 'command') told(event.caller ?? '', event.command, event.service, step);
        return step;
      }),
    machineInfo: () => ({
      mode: 'full',
      reason: null,
      identityMode: 'full',
      bootId: nowhere,
      times: beginBoot(momentAt(0), true),
      warnings: [],
      attempts: { attempt: 1, limit: 3, ends: [] },
      containment: inCgroups,
    }),
    clearBootAttempts: (done) => done(null),
    shutdown: (type, reason) =>
      guard(() => {
        const client = clientIn(reason);
        must(client.may(null, 0x1), () => `the machine was shut down for process ${client.pid}, which may not do that`);
        submit({ kind: 'shutdown', type, forced: false, reason });
      }),
    reloadConfig(done) {
      later(random.chance(0.3) ? 0 : random.below(3e9), () => {
        if (registry.lost) return done({ kind: 'refused', code: 'INTERNAL_ERROR', message: 'the registry is lost' });
        const { answer } = guard(() => submit({ kind: 'load-definitions', definitions: registry.set, strict: true }));
        must(answer?.kind === 'loaded' || answer?.kind === 'refused', () => 'a load was not answered');
        done(answer);
      });
    },
    check(checks, timeoutSeconds, _service, done) {
      if (random.chance(0.9)) later(random.below(300e6), () => done(checks.map(() => random.chance(0.8))));
      else later(timeoutSeconds * 1e9, () => done(null));
      return () => {};
    },
    settings: () => ({
      maxControlConnections: maxConnections,
      maxControlConnectionsPerUser: maxPerUser,
      maxRequestSize,
      connectionTimeoutSeconds: idleSeconds,
    }),
  });
  must(control.start() === 0, () => 'the control socket was not opened');
  scheduler.after(1e9 * (1 + guarding.below(200)), guardAnew);
  journal.onPublish(({ line, name }) => {
    if (name !== auditedName) return;
    const pid = (JSON.parse(line) as { payload: { pid: number } }).payload.pid;
    byPid.get(pid)?.recorded();
  });

  function later(delayNs: number, run: () => void): void {
    const key = {};
    const once = (): void => {
      if (pending.delete(key)) run();
    };
    pending.set(key, { ticket: scheduler.after(delayNs, once), run: once });
  }

  function clientIn(words: string): Client {
    const client = byPid.get(Number(/\(process (\d+)\)/.exec(words)?.[1]));
    must(client !== undefined, () => `something is done for ${words}, who is nobody`);
    return client;
  }

  function told(caller: string, command: string, service: string, { answer }: Handled): void {
    const client = clientIn(caller);
    must(answer !== null && answer.kind !== 'loaded', () => `${command} of ${service} was left without an answer`);
    client.submitted({ command, service, answer });
  }

  function connect(slot: number): Client {
    const count = connections.get(slot) ?? 0;
    connections.set(slot, count + 1);
    const pid = firstPid + slot * pidsPerClient + count;
    const client = new Client(room, pid, uidOf(slot), identityOf(slot));
    slots.set(slot, client);
    byPid.set(pid, client);
    return client;
  }

  /** The client of that number; it connects if it has not, or not any more. */
  function clientOf(slot: number): Client {
    const there = slots.get(slot);
    return there === undefined || there.isGone ? connect(slot) : there;
  }

  function hangUp(slot: number): void {
    slots.get(slot)?.hangUp();
    slots.delete(slot);
  }

  /** Again and again until someone hears it: there may be too many connections. */
  function askForEnd(line: PlannedLine): void {
    if (policy.machine().shuttingDown) return;
    const client = clientOf(atTheEnd);
    if (client.isIdle) client.say([line], false);
    scheduler.after(50e6, () => askForEnd(line));
  }

  return {
    takeLines: control.takeLines,
    act(stimulus) {
      switch (stimulus.kind) {
        case 'say':
          clientOf(stimulus.client).say(stimulus.lines, stimulus.pieces);
          if (stimulus.thenHangsUp) hangUp(stimulus.client);
          return;
        case 'hang-up':
          return hangUp(stimulus.client);
        case 'end-input':
          return slots.get(stimulus.client)?.endInput();
        case 'reading':
          return slots.get(stimulus.client)?.setReading(stimulus.on);
        default:
          return stimulus satisfies never;
      }
    },
    onEffect(effect) {
      lookAround();
      if (effect.kind === 'job-accepted') room.latestJob = effect.job;
      control.onEffect(effect);
    },
    shutdown(type) {
      mend();
      if (sockets.open >= maxConnections) for (const slot of [...slots.keys()].slice(0, 2)) hangUp(slot);
      askForEnd(asked({ command: 'shutdown', type }));
    },
    onShutdown: () => control.onPhaseChanged(),
    hangUpAll() {
      mend();
      for (const slot of [...slots.keys()]) hangUp(slot);
    },
    check() {
      for (const [pid, client] of byPid) {
        if (client.isGone) byPid.delete(pid);
        else client.check();
      }
    },
    end() {
      for (const { ticket, run } of [...pending.values()]) {
        ticket.cancel();
        run();
      }
      for (const client of byPid.values()) client.setReading(true);
      sockets.drain();
      for (const client of byPid.values()) client.checkEnd();
      over = true;
      control.close();
      sockets.drain();
      must(sockets.open === 0, () => `${sockets.open} connections are left open`);
      // Of what is still open each has one.
      must(descriptors.watches === descriptors.open, () => `${descriptors.watches} watches of ${descriptors.open} descriptors are left`);
    },
    get answered() {
      return room.answered;
    },
    seen: room.seen,
  };
}
