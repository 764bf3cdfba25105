/** The door of the control room: socket, handlers, those who wait and those who listen, made and connected. */
import { endpoints } from '../../gen/control/facts.ts';
import type { ShutdownType } from '../../gen/control/types.ts';
import type { EventOf } from '../../gen/events/events.ts';
import { accessDenied, log } from '../../gen/events/events.ts';
import { createEventsOfEffect } from '../events/from-effects.ts';
import type { EventJournal } from '../events/journal.ts';
import { createEventJournal } from '../events/journal.ts';
import type { Clock, Descriptors, Result, Sockets } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { PeerReader } from '../platform/identity.ts';
import type { SecurityValues } from '../policy/definition/security.ts';
import { noSecurityValues } from '../policy/definition/security.ts';
import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { LinesWanted } from '../policy/origin.ts';
import type { MonotonicNs } from '../policy/time.ts';
import type { Handled, LoadAnswer, ServiceName } from '../policy/view.ts';
import { ownerOf } from '../security/owner.ts';
import type { ControlSettings } from '../wire/control/server.ts';
import { createControlServer } from '../wire/control/server.ts';
import { createAccess } from './access.ts';
import type { Caller } from './caller.ts';
import { isSystem, summaryOf } from './caller.ts';
import type { CheckPaths } from './check-waiters.ts';
import { createCheckWaiters } from './check-waiters.ts';
import type { Client, PolicyReader } from './client.ts';
import { handlers } from './commands/index.ts';
import { answerMachineWaiters } from './commands/machine-status.ts';
import type { Desk, MachineInfo } from './context.ts';
import { recordOf } from './denial.ts';
import { createDiscretion } from './discretion.ts';
import { createDispatch } from './dispatch.ts';
import { createJobWaiters } from './job-waiters.ts';
import type { TakeLines } from './line-followers.ts';
import { createLineFollowers } from './line-followers.ts';
import { createMachineWaiters } from './machine-waiters.ts';
import type { Aside } from './status-shape.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createWaiters } from './waiters.ts';

/** The control room: its socket, its handlers, those who wait and those who listen. */
export interface ControlOptions {
  readonly kernel: Clock & Descriptors & Sockets;
  readonly loop: Loop;
  /** Where the socket is; the schema's path when left out. */
  readonly path?: string;
  readonly policy: PolicyReader;
  /** Has the policy handle an event and its effects carried out; they come back through onEffect, before or after it returns. */
  submit(event: PolicyEvent): Handled;
  machineInfo(): MachineInfo;
  /** Why changes of the registry were not taken over; they were when left out. */
  refusedChanges?(): string | null;
  /** Has the helper program look at paths for explain; answered as not in time when left out. */
  check?: CheckPaths;
  /** What other rooms know of a service; nothing when left out. */
  aside?(service: ServiceName, lines: LinesWanted): Aside;
  /** What other rooms know of an ad-hoc job; nothing when left out. */
  asideOfJob?: Desk['asideOfJob'];
  /** Begins the shutdown. `reason`: who asked, in words. */
  shutdown(type: ShutdownType, reason: string): void;
  /** Reads all definitions again; `done` is called once, at any later time or at once. */
  reloadConfig(done: (answer: LoadAnswer) => void): void;
  clearBootAttempts: Desk['clearBootAttempts'];
  settings(): ControlSettings;
  /** Who connected. */
  readonly identify: PeerReader;
  /** Where its events go; one of its own when left out. */
  readonly journal?: EventJournal;
  /** The security descriptors in force; the defaults when left out. */
  security?(): SecurityValues;
}

export interface Control {
  /** Opens the socket. 0, or -errno. */
  start(): Result;
  /** Opens it anew, in the place of the old one. 0, or -errno. */
  rebind(): Result;
  /** Every effect of the policy, in order. Those that concern others are passed over. */
  onEffect(effect: Effect): void;
  /** What a process of a service wrote, for those who follow it. */
  readonly takeLines: TakeLines;
  /** The machine settled, stops or is in recovery. */
  onPhaseChanged(): void;
  /** An event that is no effect of the policy. `by`: whose doing it is, as in the journal. */
  publish(event: EventOf, by?: string): void;
  readonly journal: EventJournal;
  close(): void;
}

const nobodyLooks: CheckPaths = (_checks, _timeoutSeconds, _service, done) => {
  done(null);
  return () => {};
};

export function createControl(options: ControlOptions): Control {
  const { kernel, policy } = options;
  const access = createAccess({ security: () => options.security?.() ?? noSecurityValues, names: () => policy.names() });
  const discretion = createDiscretion(access);
  const journal = options.journal ?? createEventJournal();
  const eventsOf = createEventsOfEffect(() => options.machineInfo().containment.mode === 'cgroup');

  const desk: Desk = {
    now: () => ({ monotonic: kernel.monotonicNs() as MonotonicNs, realtime: kernel.realtimeNs() }),
    policy,
    access,
    discretion,
    denied: (denial) => void journal.publish(kernel.realtimeNs(), accessDenied(recordOf(denial)), ownerOf(denial.caller.token)),
    auditDropped: () => journal.auditDropped,
    waiters: createWaiters(policy),
    machineWaiters: createMachineWaiters(),
    jobWaiters: createJobWaiters(),
    subscriptions: createSubscriptions(journal, access, discretion),
    lineFollowers: createLineFollowers(access, discretion),
    submit: (event) => options.submit(event),
    machineInfo: () => options.machineInfo(),
    refusedChanges: () => options.refusedChanges?.() ?? null,
    checkWaiters: createCheckWaiters(options.check ?? nobodyLooks),
    aside: (service, lines) => options.aside?.(service, lines) ?? { output: [], stored: [] },
    asideOfJob: (job, lines) => options.asideOfJob?.(job, lines) ?? { output: [], lost: 0 },
    shutdown: (type, caller) => options.shutdown(type, `command shutdown of ${summaryOf(caller)}`),
    reloadConfig: (done) => options.reloadConfig(done),
    clearBootAttempts: (done) => options.clearBootAttempts(done),
  };

  const publish = (event: EventOf, by?: string): void => void journal.publish(kernel.realtimeNs(), event, by);

  const dispatch = createDispatch(desk, handlers);
  const server = createControlServer<Caller>({
    kernel,
    loop: options.loop,
    path: options.path ?? endpoints.control.path,
    settings: () => options.settings(),
    protocol: {
      admit: (fd) => options.identify(fd),
      holder: (caller) => ({ user: caller.uid, isSystem: isSystem(caller) }),
      hasStanding: (caller) => access.hasStanding(caller),
      request(client, request) {
        try {
          return dispatch.request(client, request);
        } catch (error) {
          publish(log({ service: null, level: 'error', text: `a request of ${summaryOf(client.peer)} failed: ${String(error)}` }));
          // What went wrong may be in a service that the caller may not query.
          throw access.queriesAll(client.peer) ? error : new Error('who may query all services is told why', { cause: error });
        }
      },
      gone(client: Client) {
        desk.waiters.forget(client);
        desk.machineWaiters.forget(client);
        desk.jobWaiters.forget(client);
        desk.checkWaiters.forget(client);
        desk.subscriptions.forget(client);
        desk.lineFollowers.forget(client);
      },
    },
  });

  function onEffect(effect: Effect): void {
    for (const { at, event } of eventsOf(effect)) journal.publish(at, event);
    switch (effect.kind) {
      case 'service-changed':
        desk.waiters.serviceChanged(effect);
        return;
      case 'operation-changed':
        desk.waiters.operationChanged(effect);
        return;
      case 'service-discarded':
        desk.waiters.serviceDiscarded(effect);
        return;
      case 'job-gone':
        desk.jobWaiters.jobGone(effect);
        return;
      case 'settled':
        answerMachineWaiters(desk);
        return;
    }
  }

  return {
    start: () => server.start(),
    rebind: () => server.rebind(),
    onEffect,
    takeLines: desk.lineFollowers.take,
    onPhaseChanged: () => answerMachineWaiters(desk),
    publish,
    journal,
    close: () => server.close(),
  };
}
