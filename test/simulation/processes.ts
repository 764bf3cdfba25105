/** How simulated processes behave: decided by the seed, the service and how often that was spawned. */
import type { SpawnJob } from '../../src/policy/effects.ts';
import type { Random } from '../support/random.ts';

export interface Behaviour {
  /** The process never comes to be. */
  readonly setup: 'parent' | 'child' | null;
  readonly setupNs: number;
  /** Main processes: when READY=1 comes; null: never. */
  readonly readyNs: number | null;
  /** When it ends by itself; null: it does not. */
  readonly exitNs: number | null;
  readonly exitCode: number | null;
  readonly exitSignal: number | null;
  /** What its stop signal does: the delay to the exit, or nothing. */
  readonly termNs: number | null;
  /** How long it outlives SIGKILL. */
  readonly killNs: number;
  /** It leaves a child in its cgroup. */
  readonly leavesChild: boolean;
  /** That child: what the stop signal does; null: only SIGKILL ends it. */
  readonly childTermNs: number | null;
  /** It stands still from the first stop signal on, until SIGCONT. */
  readonly paused: boolean;
  readonly reload: 'silent' | 'ready' | 'reloading' | 'hang';
  readonly watchdogNs: number | null;
  /** Says EXTEND_TIMEOUT_USEC, STOPPING=1, STATUS and the like now and then. */
  readonly chatty: boolean;
}

const ms = 1e6;
const second = 1e9;

export function makeBehaviour(random: Random, { type, process }: SpawnJob, isOneshot: boolean): Behaviour {
  const watchdogNs = process.watchdogUsec === null ? 0 : Number(process.watchdogUsec) * 1000;
  const isMain = type === 'service_main';
  const isShort = !isMain || isOneshot;
  const stubborn = random.chance(0.05);
  const fails = random.chance(isMain ? 0.12 : 0.15);
  const hangs = random.chance(0.05);
  const exitNs = isShort
    ? hangs
      ? null
      : random.below(random.chance(0.8) ? 200 * ms : 5 * second)
    : random.chance(0.35)
      ? random.below(random.chance(0.5) ? 2 * second : 200 * second)
      : null;
  const bySignal = fails && random.chance(0.4);
  return {
    setup: random.chance(0.03) ? random.pick(['parent', 'child']) : null,
    setupNs: random.chance(0.7) ? 0 : random.below(random.chance(0.95) ? 3 * ms : 3 * second),
    readyNs: random.chance(0.07) ? null : random.below(random.chance(0.9) ? 300 * ms : 4 * second),
    exitNs,
    exitCode: bySignal ? null : fails ? random.pick([1, 3, 255]) : random.chance(0.15) && !isShort ? 1 : 0,
    exitSignal: bySignal ? random.pick([6, 11]) : null,
    termNs: random.chance(0.15) ? null : random.below(random.chance(0.8) ? 50 * ms : 3 * second),
    killNs: stubborn ? random.below(20 * second) + (random.chance(0.5) ? 1e15 : 0) : random.below(random.chance(0.5) ? 1 : 5 * ms),
    leavesChild: random.chance(0.12),
    childTermNs: random.chance(0.4) ? null : random.below(random.chance(0.8) ? 20 * ms : 2 * second),
    paused: random.chance(0.1),
    reload: random.pick(['silent', 'ready', 'reloading', 'hang']),
    watchdogNs: isMain && watchdogNs > 0 && random.chance(0.8) ? watchdogNs * (random.chance(0.85) ? 0.6 : 1.4) : null,
    chatty: random.chance(0.15),
  };
}
