/**
 * The machine under the policy, as far as timers see it: two clocks, deadlines that come late, processes that end after a while, and a
 * registry that keeps when timers fired or loses it.
 */
import { deadlineText } from '../../../src/policy/deadlines.ts';
import type { ArmDeadline, Effect } from '../../../src/policy/effects.ts';
import type { PolicyEvent } from '../../../src/policy/events.ts';
import type { TimerHistory } from '../../../src/policy/timers/history.ts';
import type { Random } from '../../support/random.ts';
import { systemFacts } from '../../support/token-facts.ts';

export interface Machine {
  /** Nanoseconds. */
  monotonic: bigint;
  readonly wall: bigint;
  setWall(wall: bigint): void;
  /** Deadlines of timers that are armed. */
  readonly timersArmed: number;
  /** When the next thing happens by itself, on the monotonic clock; null: nothing will. */
  next(): bigint | null;
  /** What happens next by itself, late as it may be; time has gone on to it. */
  take(): PolicyEvent;
  obey(effect: Effect): void;
  history(): TimerHistory;
  /** All is gone but the registry. */
  restart(): void;
}

interface Due {
  readonly at: bigint;
  readonly event: PolicyEvent;
}

export const second = 1_000_000_000n;

export function createMachine(random: Random, lossOfWrites: number, started: { monotonic: bigint; wall: bigint }): Machine {
  let ahead = started.wall - started.monotonic;
  let deadlines = new Map<string, { readonly effect: ArmDeadline; readonly late: bigint }>();
  let due: Due[] = [];
  let pid = 100;
  const single = new Map<string, bigint>();
  const several = new Map<string, Map<string, bigint>>();

  const instantOf = ({ effect, late }: { readonly effect: ArmDeadline; readonly late: bigint }): bigint => {
    const at = (effect.clock === 'monotonic' ? effect.at : effect.at - ahead) + late;
    return at > machine.monotonic ? at : machine.monotonic;
  };

  function soonest(): { readonly at: bigint; readonly take: () => PolicyEvent } | null {
    let best: { at: bigint; take: () => PolicyEvent } | null = null;
    for (const [index, { at, event }] of due.entries()) {
      if (best !== null && best.at <= at) continue;
      const take = (): PolicyEvent => {
        due.splice(index, 1);
        return event;
      };
      best = { at, take };
    }
    for (const [text, one] of deadlines) {
      const at = instantOf(one);
      if (best !== null && best.at <= at) continue;
      const take = (): PolicyEvent => {
        deadlines.delete(text);
        return { kind: 'deadline', deadline: one.effect.deadline };
      };
      best = { at, take };
    }
    return best;
  }

  /** How long a run takes: mostly minutes, sometimes days. */
  const runNs = (): bigint => BigInt(random.chance(0.05) ? random.below(3 * 86_400) : random.below(900)) * second;
  const after = (ns: bigint, event: PolicyEvent): void => void due.push({ at: machine.monotonic + ns, event });

  function ends(job: string, exitCode: number | null): void {
    const isOfJob = ({ event }: Due): boolean => event.kind === 'job-exited' && event.job === job;
    if (!due.some(isOfJob)) return;
    due = due.filter((one) => !isOfJob(one));
    // Some take their time.
    const ns = random.chance(0.3) ? BigInt(random.below(12 * 3600)) * second : 0n;
    after(ns, { kind: 'job-exited', job, exitCode, signal: exitCode === null ? 15 : null, coreDumped: false, left: 0 });
  }

  const machine: Machine = {
    monotonic: started.monotonic,
    get wall() {
      return machine.monotonic + ahead;
    },
    setWall(wall) {
      ahead = wall - machine.monotonic;
    },
    get timersArmed() {
      return Array.from(deadlines.values()).filter(({ effect }) => effect.deadline.kind === 'timer').length;
    },
    next: () => soonest()?.at ?? null,
    take() {
      const next = soonest();
      if (next === null) throw new Error('nothing happens by itself');
      if (next.at > machine.monotonic) machine.monotonic = next.at;
      return next.take();
    },
    obey(effect) {
      switch (effect.kind) {
        case 'arm-deadline':
          deadlines.set(deadlineText(effect.deadline), { effect, late: random.chance(0.5) ? 0n : BigInt(random.below(2_000_000_000)) });
          return;
        case 'disarm-deadline':
          deadlines.delete(deadlineText(effect.deadline));
          return;
        case 'request-token':
          return after(0n, { kind: 'token-done', job: effect.job, outcome: { ok: true, token: 1, facts: systemFacts } });
        case 'spawn': {
          pid += 1;
          const { job } = effect;
          after(0n, { kind: 'job-running', job, pid });
          return after(1n + runNs(), {
            kind: 'job-exited',
            job,
            exitCode: random.chance(0.1) ? 1 : 0,
            signal: null,
            coreDumped: false,
            left: 0,
          });
        }
        case 'signal':
          return effect.signal === 15 ? ends(effect.job, null) : undefined;
        case 'await-empty':
          return after(0n, { kind: 'cgroup-empty', service: effect.service, tree: effect.tree, part: effect.part });
        case 'count-processes':
          return after(0n, { kind: 'processes-counted', service: effect.service, tree: effect.tree, count: 0 });
        case 'save-last-run':
          if (random.chance(lossOfWrites)) return;
          if (effect.schedule === null) single.set(effect.key, effect.at);
          else several.set(effect.key, (several.get(effect.key) ?? new Map<string, bigint>()).set(effect.schedule, effect.at));
          return;
        default:
          return;
      }
    },
    history: () =>
      new Map(
        [...new Set([...single.keys(), ...several.keys()])].map((key) => [
          key,
          { single: single.get(key) ?? null, bySchedule: new Map(several.get(key) ?? []) },
        ]),
      ),
    restart() {
      deadlines = new Map();
      due = [];
    },
  };
  return machine;
}
