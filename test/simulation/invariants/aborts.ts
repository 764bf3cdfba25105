/**
 * AbortMode Stop: a start that StartTimeout or a shutdown cuts short is asked to end before it is killed, stays starting until nothing is
 * left of what was asked, never comes up, and takes the step that it would have taken. With Kill nobody is asked. O-22.
 */
import type { Cause } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { KillCgroup, ServiceChanged } from '../../../src/policy/effects.ts';
import type { Process } from '../world.ts';
import type { Happening, Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';

interface Cut {
  readonly cause: Cause;
  /** Since when it ends; null: its wave has not had its turn. */
  asked: { readonly part: 'main' | 'hooks' } | null;
}

export function abortInvariant({ observed, world }: Scene): Invariant {
  const cuts = new Map<string, Cut>();
  let looked: Happening | null = null;

  /** Those whose start the shutdown cuts short. */
  function shutdownBegun(): void {
    for (const one of observed.all()) {
      if (one.state !== 'starting' || one.killed !== null || cuts.has(one.key)) continue;
      if (modes(one).every((mode) => mode === 'Stop') && programs(one).length > 0)
        cuts.set(one.key, { cause: 'shutdown_wave', asked: null });
    }
  }

  /** It was given time to end. */
  function asked(one: Known, { event }: Happening): void {
    if (!one.ending || one.state !== 'starting') return;
    must(modes(one).includes('Stop'), () => `${one.key} is asked to end while it is starting, its AbortMode is Kill`);
    const isLate = event.kind === 'deadline' && event.deadline.kind === 'start' && foldName(event.deadline.subject) === one.key;
    const cut = cuts.get(one.key) ?? { cause: 'readiness_timeout', asked: null };
    must(
      isLate || cut.asked !== null || observed.shutdown !== null,
      () => `${one.key} is asked to end while it is starting, at ${event.kind}`,
    );
    cut.asked ??= { part: [...one.jobs.values()].includes('service_main') ? 'main' : 'hooks' };
    cuts.set(one.key, cut);
  }

  /** What could act upon a signal is not killed by StartTimeout, nor by a shutdown that has time. */
  function killed({ part, service }: KillCgroup, { event }: Happening): void {
    const one = observed.of(service);
    if (part !== 'tree' || one.state !== 'starting' || one.killed?.by === 'job-exited' || !modes(one).every((mode) => mode === 'Stop'))
      return;
    const isCut = event.kind === 'deadline' && event.deadline.kind === 'start' && foldName(event.deadline.subject) === one.key;
    if (!isCut || timeouts(one).includes(0)) return;
    must(programs(one).length === 0, () => `${one.key} is killed at StartTimeout, and nobody has asked it to end`);
  }

  function stepped({ from, to, cause, key }: ServiceChanged, { event }: Happening): void {
    if (from !== 'starting') return;
    const cut = cuts.get(key);
    const one = observed.of(key);
    if (cut === undefined) return;
    cuts.delete(key);
    must(to !== 'active' && to !== 'completed', () => `${key} came up, though its start was cut short by ${cut.cause}`);
    if (to === 'stopping') {
      const ends: readonly Cause[] = ['explicit_stop', 'conflict_eviction', 'binds_to_propagation', 'process_unkillable'];
      return must(ends.includes(cause), () => `${key} went to stopping because of ${cause}`);
    }
    const causes: readonly Cause[] = cut.cause === 'shutdown_wave' ? [cut.cause] : [cut.cause, 'restart_budget_exhausted'];
    must(causes.includes(cause), () => `${key} went to ${to} because of ${cause}, it was cut short by ${cut.cause}`);
    if (cut.asked === null) {
      const isEnd = event.kind === 'job-exited' || one.killed !== null || observed.hurried;
      return must(isEnd, () => `${key} went to ${to} at ${event.kind}, before its wave had its turn`);
    }
    const left = processes().filter(
      (process) => foldName(process.service) === key && !process.killed && process.part.startsWith(cut.asked?.part ?? ''),
    );
    must(left.length === 0, () => `${key} went to ${to} while ${left.length} of what was asked lived (${one.state})`);
  }

  const processes = (): readonly Process[] => [...world.processes];

  /** Its main process or the hook of its start, where they could act upon a signal. */
  const programs = ({ jobs }: Known): readonly Process[] =>
    processes().filter(({ job, running, killed: dead }) => {
      const type = job === null ? undefined : jobs.get(job);
      return running && !dead && (type === 'service_main' || type === 'pre_exec_hook');
    });

  return {
    effect(effect, happening) {
      if (looked !== happening) {
        looked = happening;
        if (happening.event.kind === 'shutdown') shutdownBegun();
      }
      switch (effect.kind) {
        case 'arm-deadline':
          return effect.deadline.kind === 'stop' ? asked(observed.of(effect.deadline.subject), happening) : undefined;
        case 'kill-cgroup':
          return killed(effect, happening);
        case 'service-changed':
          return stepped(effect, happening);
        case 'service-discarded':
          cuts.delete(effect.key);
          return;
        default:
          return;
      }
    },
  };
}

const modes = ({ declared, snapshot }: Known): readonly string[] =>
  [declared, snapshot].flatMap((each) => (each === null ? [] : [each.abortMode]));
const timeouts = ({ declared, snapshot }: Known): readonly number[] =>
  [declared, snapshot].flatMap((each) => (each === null ? [] : [each.stopTimeout]));
