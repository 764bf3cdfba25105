/**
 * The simulated machine under the policy: it carries effects out with processes that become ready, crash, ignore SIGTERM, outlive SIGKILL
 * or never come to be, with cgroups, helpers and deadlines, and tells the policy what comes of it, late and in changing order.
 */
import type { Notification } from '../../gen/notify/types.ts';
import type { Deadline } from '../../src/policy/deadlines.ts';
import { deadlineText } from '../../src/policy/deadlines.ts';
import type { ServiceDefinition } from '../../src/policy/definition/definition.ts';
import type { Effect, KillCgroup, RunChecks, SignalPart, SpawnJob } from '../../src/policy/effects.ts';
import type { CgroupPart, PolicyEvent } from '../../src/policy/events.ts';
import { originText } from '../../src/policy/origin.ts';
import { assignmentsOf } from '../support/assignments.ts';

import type { Random } from '../support/random.ts';
import { createRandom, deriveSeed } from '../support/random.ts';

import type { Authority } from './authority.ts';
import { createAuthority } from './authority.ts';
import type { Streams } from './output/writers.ts';
import type { Behaviour } from './processes.ts';
import { makeBehaviour } from './processes.ts';
import type { Scheduler, Ticket } from './scheduler.ts';

export interface Process {
  /** Null: a child that a job left behind. */
  readonly job: string | null;
  readonly service: string;
  readonly tree: string;
  readonly part: SpawnJob['part'];
  readonly behaviour: Behaviour;
  /** Held by the child that it leaves behind as well; null: it has none. */
  streams: Streams | null;
  /** exec is confirmed. */
  running: boolean;
  killed: boolean;
  /** The signal that asked for its end; null: none did. */
  asked: number | null;
  /** It has got a signal that it cannot act upon before SIGCONT comes. */
  paused: boolean;
  /** What its children have got, which this world shows at its end only. */
  askedWithAll: readonly number[] | null;
  /** In time that no event describes: it is about to be reaped. */
  readonly tickets: Ticket[];
}

export interface World {
  readonly processes: ReadonlySet<Process>;
  readonly deadlines: ReadonlyMap<string, unknown>;
  readonly authority: Authority;
  run(effect: Effect): void;
  /** Processes in a tree, or a part of it. */
  living(tree: string, part: CgroupPart): number;
  /** An event that nobody expects. */
  stray(which: number, service: string): void;
}

const pidBase = 1000;
const sighup = 1;
const sigcont = 18;

const newborn = () => ({ killed: false, asked: null, paused: false, askedWithAll: null, tickets: [] });

export function createWorld(
  seed: number,
  scheduler: Scheduler,
  post: (event: PolicyEvent) => void,
  /** What the service that a process is made for is, as its start saw it. */
  typeOf: (key: string) => ServiceDefinition['type'] | undefined,
  /** Opens the streams of a process whose exec is known to have worked. */
  open: (effect: SpawnJob) => Streams | null,
): World {
  const processes = new Set<Process>();
  const byJob = new Map<string, Process>();
  const trees = new Map<string, Set<Process>>();
  const awaits = new Map<string, { service: string; tree: string; part: CgroupPart }[]>();
  const deadlines = new Map<string, Ticket>();
  const oldDeadlines: Deadline[] = [];
  const oldJobs: string[] = [];
  const checks = new Map<string, Ticket>();
  const spawned = new Map<string, number>();
  let pids = pidBase;
  let awaited = 0;

  const randomFor = (name: string): Random => {
    const count = (spawned.get(name) ?? 0) + 1;
    spawned.set(name, count);
    return createRandom(deriveSeed(seed, `${name} ${count}`));
  };

  const authority = createAuthority(randomFor, scheduler, post);

  const living = (tree: string, part: CgroupPart): number => {
    let count = 0;
    for (const process of trees.get(tree) ?? []) if (part === 'tree' || process.part === part) count += 1;
    return count;
  };

  function spawn(effect: SpawnJob): void {
    const random = randomFor(originText(effect.origin));
    authority.spend(effect.token);
    const isOneshot = typeOf(effect.key) === 'Oneshot';
    const behaviour = makeBehaviour(random, effect, isOneshot);
    oldJobs.push(effect.job);
    if (behaviour.setup === 'parent') {
      scheduler.after(0, () => post({ kind: 'job-setup-failed', job: effect.job, stage: 'parent', message: 'clone3 failed: EAGAIN' }));
      return;
    }
    const { job, service, tree, part } = effect;
    const process = addProcess({ job, service, tree, part, behaviour, streams: null, ...newborn(), running: false });
    byJob.set(job, process);
    process.tickets.push(
      scheduler.after(behaviour.setupNs, () => {
        if (behaviour.setup === 'child') {
          removeProcess(process);
          post({ kind: 'job-setup-failed', job, stage: 'child', message: 'exec failed: ENOENT' });
          return settleAwaits(tree);
        }
        process.running = true;
        process.streams = open(effect);
        pids += 1;
        live(process, effect, isOneshot);
        post({ kind: 'job-running', job, pid: pids });
      }),
    );
  }

  /** What a program does from exec on. */
  function live(process: Process, { type, job }: SpawnJob, isOneshot: boolean): void {
    const { behaviour, tickets } = process;
    const later = (delayNs: number, run: () => void): void => void tickets.push(scheduler.after(delayNs, run));
    for (const [delayNs, write] of process.streams?.plan ?? []) later(delayNs, write);
    if (behaviour.exitNs !== null) later(behaviour.exitNs, () => exit(process, behaviour.exitCode, behaviour.exitSignal));
    if (type !== 'service_main') return;
    if (behaviour.readyNs !== null && !isOneshot) later(behaviour.readyNs, () => say(process, { ready: true }));
    if (behaviour.watchdogNs !== null) feedWatchdog(process, behaviour.watchdogNs);
    if (!behaviour.chatty) return;
    later(20e6, () => say(process, { status: `job ${job.slice(-4)}`, extendTimeoutUsec: 2_000_000n }));
    later(700e6, () => say(process, { extendTimeoutUsec: 500_000n, watchdogUsec: 3_000_000n, reloading: true }));
    later(3e9, () => say(process, { errno: 5, exitStatus: 1, stopping: true }));
  }

  function feedWatchdog(process: Process, everyNs: number): void {
    process.tickets.push(
      scheduler.after(everyNs, () => {
        say(process, { watchdog: true });
        feedWatchdog(process, everyNs);
      }),
    );
  }

  function say(process: Process, said: Notification): void {
    if (!processes.has(process) || process.job === null || process.killed) return;
    post({ kind: 'notified', job: process.job, assignments: assignmentsOf(said) });
  }

  function addProcess(process: Process): Process {
    processes.add(process);
    const tree = trees.get(process.tree) ?? new Set();
    trees.set(process.tree, tree.add(process));
    return process;
  }

  function removeProcess(process: Process): void {
    processes.delete(process);
    trees.get(process.tree)?.delete(process);
    if (process.job !== null) byJob.delete(process.job);
    for (const ticket of process.tickets) ticket.cancel();
  }

  function exit(process: Process, exitCode: number | null, signal: number | null): void {
    if (!processes.has(process)) return;
    removeProcess(process);
    const leaves = process.behaviour.leavesChild && process.job !== null && !process.killed;
    if (!leaves) process.streams?.close();
    if (leaves) {
      const child = addProcess({ ...process, ...newborn(), job: null });
      // It was there before, and so was asked when all were.
      if (process.askedWithAll !== null) for (const number of process.askedWithAll) asked(child, number);
    }
    if (process.job !== null) {
      const before = !process.running;
      if (before) post({ kind: 'job-setup-failed', job: process.job, stage: 'child', message: 'killed before exec' });
      else {
        const empty = Array.from(trees.get(process.tree) ?? []).every(({ part }) => part !== process.part);
        post({ kind: 'job-exited', job: process.job, exitCode, signal, coreDumped: signal === 11, left: 0, empty });
      }
    }
    settleAwaits(process.tree);
  }

  function kill({ tree, part }: KillCgroup): void {
    for (const process of [...(trees.get(tree) ?? [])]) {
      if ((part !== 'tree' && process.part !== part) || process.killed) continue;
      process.killed = true;
      for (const ticket of process.tickets.splice(0)) ticket.cancel();
      process.tickets.push(scheduler.after(process.behaviour.killNs, () => exit(process, null, 9)));
    }
  }

  function signal(job: string, number: number): void {
    const process = byJob.get(job);
    if (process === undefined || !process.running || process.killed) return;
    if (number === sighup) reload(process);
    else asked(process, number);
  }

  function signalPart({ tree, part, signals, except }: SignalPart): void {
    for (const process of [...(trees.get(tree) ?? [])]) {
      if ((part !== 'tree' && process.part !== part) || process.killed || !process.running) continue;
      process.askedWithAll = signals;
      if (process.job === null || process.job !== except) for (const number of signals) asked(process, number);
    }
  }

  /** A stop signal, or SIGCONT. */
  function asked(process: Process, number: number): void {
    const { behaviour } = process;
    if (number !== sigcont) {
      process.asked = number;
      process.paused = behaviour.paused;
    } else process.paused = false;
    const delayNs = process.job === null ? behaviour.childTermNs : behaviour.termNs;
    if (process.asked === null || process.paused || delayNs === null || (number === sigcont && !behaviour.paused)) return;
    if (behaviour.chatty && process.part === 'main') say(process, { stopping: true, extendTimeoutUsec: 1_500_000n });
    const well = behaviour.exitCode === 0;
    process.tickets.push(scheduler.after(delayNs, () => exit(process, well ? 0 : null, well ? null : process.asked)));
  }

  function reload(process: Process): void {
    const { behaviour } = process;
    const later = (delayNs: number, run: () => void): void => void process.tickets.push(scheduler.after(delayNs, run));
    if (behaviour.reload === 'ready') return later(100e6, () => say(process, { ready: true }));
    if (behaviour.reload === 'silent') return;
    later(50e6, () => say(process, { reloading: true, extendTimeoutUsec: 900_000n }));
    if (behaviour.reload === 'reloading') later(2.5e9, () => say(process, { ready: true }));
  }

  function awaitEmpty(service: string, tree: string, part: CgroupPart): void {
    if (living(tree, part) === 0) return void scheduler.after(0, () => post({ kind: 'cgroup-empty', service, tree, part }));
    const waiting = awaits.get(tree) ?? [];
    waiting.push({ service, tree, part });
    awaits.set(tree, waiting);
  }

  /** Answers those that wait for an empty part, soon. */
  function settleAwaits(tree: string): void {
    const waiting = awaits.get(tree);
    if (waiting === undefined) return;
    awaits.delete(tree);
    for (const one of waiting) {
      scheduler.after(awaited++ % 3 === 0 ? 1e6 : 0, () => {
        if (living(one.tree, one.part) === 0) post({ kind: 'cgroup-empty', ...one });
        else awaitEmpty(one.service, one.tree, one.part);
      });
    }
  }

  function runChecks({ check, checks: list, service, timeoutSeconds }: RunChecks): void {
    const random = randomFor(`${service}/checks`);
    const answers = random.chance(0.9);
    const delayNs = answers ? random.below(200e6) : timeoutSeconds * 1e9;
    const ticket = scheduler.after(delayNs, () => {
      checks.delete(check);
      post({ kind: 'checks-done', check, verdicts: answers ? list.map(() => random.chance(0.85)) : null });
    });
    checks.set(check, ticket);
  }

  return {
    processes,
    deadlines,
    authority,
    living,
    run(effect) {
      switch (effect.kind) {
        case 'request-token':
          return authority.request(effect);
        case 'cancel-token':
          return authority.cancel(effect.job);
        case 'drop-token':
          return authority.spend(effect.token);
        case 'spawn':
          return spawn(effect);
        case 'signal':
          return signal(effect.job, effect.signal);
        case 'signal-part':
          return signalPart(effect);
        case 'count-processes': {
          const { service, tree, part, except } = effect;
          const others = [...(trees.get(tree) ?? [])].filter((one) => one.part === part && (one.job === null || one.job !== except));
          return post({ kind: 'processes-counted', service, tree, count: others.length });
        }
        case 'kill-cgroup':
          return kill(effect);
        case 'await-empty':
          return awaitEmpty(effect.service, effect.tree, effect.part);
        case 'run-checks':
          return runChecks(effect);
        case 'cancel-checks':
          checks.get(effect.check)?.cancel();
          checks.delete(effect.check);
          return;
        case 'arm-deadline':
          deadlines.get(deadlineText(effect.deadline))?.cancel();
          deadlines.set(
            deadlineText(effect.deadline),
            scheduler.at(Number(effect.at), () => {
              deadlines.delete(deadlineText(effect.deadline));
              post({ kind: 'deadline', deadline: effect.deadline });
            }),
          );
          return;
        case 'disarm-deadline':
          deadlines.get(deadlineText(effect.deadline))?.cancel();
          deadlines.delete(deadlineText(effect.deadline));
          if (oldDeadlines.length < 1000) oldDeadlines.push(effect.deadline);
          return;
        default:
          return;
      }
    },
    stray(which, service) {
      const random = randomFor(`${service}/stray`);
      const deadline = oldDeadlines.length === 0 ? ({ kind: 'start', subject: service } as const) : random.pick(oldDeadlines);
      const job = oldJobs.length === 0 ? 'nobody' : random.pick(oldJobs);
      switch (which) {
        case 0:
          return post({ kind: 'deadline', deadline });
        case 1:
          return post({ kind: 'job-exited', job: byJob.has(job) ? 'nobody' : job, exitCode: 1, signal: null, coreDumped: false, left: 0 });
        case 2:
          if (living(service, 'main') === 0) post({ kind: 'cgroup-empty', service, tree: service, part: 'main' });
          return;
        case 3:
          return post({ kind: 'checks-done', check: 'nothing', verdicts: [true] });
        case 4:
          if (!byJob.has(job)) post({ kind: 'job-running', job: 'nobody', pid: 1 });
          return;
        default:
          return post({ kind: 'deadline', deadline: { kind: 'stop', subject: service } });
      }
    },
  };
}
