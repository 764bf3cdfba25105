/**
 * A stop asks before it kills: the main process, or a hook of a start that is cut short, and what it leaves when it has ended, once, by the
 * signal that the definition in force names, and each is woken. After STOPPING=1 nobody is asked. Who kills what did not end says so.
 */
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Effect, KillCgroup, SignalJob, SignalPart } from '../../../src/policy/effects.ts';
import type { Process } from '../world.ts';
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const sighup = 1;
const sigterm = 15;
const sigcont = 18;

interface Asked {
  readonly signal: number;
  main: number;
  rest: number;
}

export function stopInvariant({ observed, policy, world }: Scene): Invariant {
  /** By service that is stopping. */
  const stops = new Map<string, Asked>();
  /** Main jobs that have said STOPPING=1. */
  const said = new Set<string>();
  /** Jobs that may be asked. */
  const mains = new Map<string, string>();
  const adHoc = new Set<string>();
  /** Services of which something had to be killed, until their next start. O-25. */
  const late = new Set<string>();
  /** Those whose processes are being counted because they are killed. */
  const counting = new Set<string>();
  /** The job that was sent a stop signal last, and is to be woken next. */
  let unwoken: string | null = null;

  function askedMain({ job, signal }: SignalJob): void {
    if (unwoken !== null) {
      must(job === unwoken && signal === sigcont, () => `job ${unwoken} got a stop signal, and no SIGCONT after it`);
      unwoken = null;
      return;
    }
    if (signal === sighup) return;
    if (adHoc.has(job)) {
      must(signal === sigterm, () => `job ${job} was asked to end by signal ${signal}`);
      unwoken = job;
      return;
    }
    const key = mains.get(job) ?? '';
    const one = stopOf(key, signal);
    one.main += 1;
    must(one.main === 1, () => `the main process of ${key} was asked ${one.main} times to end`);
    must(!said.has(job), () => `the main process of ${key} was asked to end although it had said STOPPING=1`);
    unwoken = job;
  }

  function askedPart({ service, signals }: SignalPart): void {
    const key = foldName(service);
    const [signal = 0, wake] = signals;
    const one = stopOf(key, signal);
    one.rest += 1;
    must(one.rest === 1, () => `what the main process of ${key} left was asked ${one.rest} times to end`);
    must(one.main === 1 && one.signal === signal, () => `what is left of ${key} was asked by ${signal}, its main process by ${one.signal}`);
    must(wake === sigcont && signals.length === 2, () => `what is left of ${key} got ${signals.join(', ')}`);
    must(
      !Array.from(mains).some(([job, of]) => of === key && said.has(job)),
      () => `what is left of ${key} was asked to end although its main process had said STOPPING=1`,
    );
  }

  function stopOf(key: string, signal: number): Asked {
    const known = observed.of(key);
    // A start that is cut short is aborts.ts's.
    must(known.state === 'stopping' || known.state === 'starting', () => `${key} is ${known.state}, and is asked to end`);
    // Who comes later is asked as the main process was, whatever the definition says by then.
    const begun = stops.get(key);
    if (begun !== undefined) return begun;
    const wanted = [known.declared, known.snapshot].map((definition) => definition?.stopSignal.signal);
    must(wanted.includes(signal), () => `${key} is asked to end by signal ${signal}, its definition says ${wanted.join(', ')}`);
    const one = { signal, main: 0, rest: 0 };
    stops.set(key, one);
    return one;
  }

  /** StopTimeout is over: who is left had its chance. */
  function escalated({ tree, service }: KillCgroup): void {
    const key = foldName(service);
    if (!stops.has(key)) return;
    for (const process of world.processes) {
      const isAsked = process.part === 'main' || (process.part.startsWith('hooks') && observed.of(key).state === 'starting');
      if (process.tree !== tree || !isAsked || process.killed || !process.running) continue;
      const { behaviour } = process;
      const hears = process.job === null ? behaviour.childTermNs !== null : behaviour.termNs !== null;
      if (hears) must(hadChance(process, key), () => `a process of ${key} is killed at StopTimeout, and nobody has asked it to end`);
    }
  }

  function hadChance({ job, asked, paused }: Process, key: string): boolean {
    if (Array.from(mains).some(([main, of]) => of === key && said.has(main))) return true;
    // While the main process lives, only that is asked.
    const mainLives = Array.from(world.processes).some((one) => one.job !== null && mains.get(one.job) === key);
    return (asked !== null && !paused) || (job === null && mainLives);
  }

  return {
    effect(effect: Effect, { event }: Happening) {
      if (unwoken !== null) must(effect.kind === 'signal', () => `job ${unwoken} got a stop signal, and no SIGCONT after it`);
      switch (effect.kind) {
        case 'job-changed':
          if (effect.job.type === 'ad_hoc') adHoc.add(effect.job.id);
          if (effect.job.type !== 'service_main' && effect.job.type !== 'pre_exec_hook') return;
          if (effect.job.endedAt === null) mains.set(effect.job.id, effect.key);
          return;
        case 'service-changed':
          if (effect.from === 'stopping' || (effect.from === 'starting' && effect.to !== 'stopping')) stops.delete(effect.key);
          if (effect.to === 'starting') late.delete(effect.key);
          if (effect.from === 'stopping' || effect.to === 'starting') forget(effect.key);
          return;
        case 'service-discarded':
          stops.delete(effect.key);
          late.delete(effect.key);
          return forget(effect.key);
        case 'signal':
          return askedMain(effect);
        case 'signal-part':
          return askedPart(effect);
        case 'count-processes':
          counting.add(foldName(effect.service));
          return;
        case 'kill-cgroup':
          if (event.kind === 'deadline' && event.deadline.kind === 'stop' && effect.part === 'tree') escalated(effect);
          return;
        default:
          return;
      }
    },
    after({ event }) {
      if (event.kind === 'processes-counted' && counting.delete(foldName(event.service)) && (event.count ?? 1) > 0)
        late.add(foldName(event.service));
      for (const key of late) must(isTold(key), () => `something of ${key} had to be killed, and its status does not say so`);
      if (event.kind !== 'notified' || !mains.has(event.job)) return;
      if (event.assignments.some(({ member }) => member === 'stopping')) said.add(event.job);
    },
  };

  function isTold(key: string): boolean {
    const view = policy.service(key);
    return view === null || view.forced !== null;
  }

  function forget(key: string): void {
    for (const [job, of] of mains) {
      if (of !== key) continue;
      mains.delete(job);
      said.delete(job);
    }
  }
}
