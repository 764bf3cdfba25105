/** Services with timers on a machine that has booted at noon of a Tuesday. */
import type { Boot } from '../../../../src/policy/events.ts';
import type { RealtimeNs } from '../../../../src/policy/time.ts';
import type { LastRuns } from '../../../../src/policy/timers/history.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, decoded, define, setOf } from '../../../support/policy-rig.ts';

export const noon = '2026-12-01T12:00:00Z';

/** A Oneshot with these timers, which catches nothing up and may run for months. */
export const timed = (name: string, schedules: readonly string[], fields: Fields = {}) =>
  define(name, {
    type: 'Oneshot',
    startTimeout: 10_000_000,
    timerPersistent: false,
    triggers: schedules.map((expression) => ({ type: 'timer' as const, expression })),
    ...fields,
  });

export const persistent = { timerPersistent: true } as const;

export interface Scene extends Rig {
  /** Firings since this was asked last: service, schedule, what for, and what they came to. */
  fired(): readonly string[];
  /** What was to be saved since this was asked last. */
  saved(): readonly string[];
  /** Each timer with when it comes, or why it does not. */
  armed(): readonly string[];
  /** The main process runs and ends well. */
  done(name: string): void;
}

export interface Conditions {
  readonly at?: string;
  readonly zone?: string;
  readonly history?: Boot['history'];
  readonly safe?: boolean;
}

/** As the registry had it: LastTimerRun, or by schedule. */
export function lastRuns(by: Readonly<Record<string, string | Readonly<Record<string, string>>>>): NonNullable<Boot['history']> {
  const runs = (of: string | Readonly<Record<string, string>>): LastRuns =>
    typeof of === 'string'
      ? { single: instant(of), bySchedule: new Map() }
      : { single: null, bySchedule: new Map(Object.entries(of).map(([schedule, at]) => [schedule, instant(at)])) };
  return new Map(Object.entries(by).map(([key, of]) => [key, runs(of)]));
}

export const instant = (text: string): RealtimeNs => Temporal.Instant.from(text).epochNanoseconds;
const textOf = (at: RealtimeNs): string => Temporal.Instant.fromEpochNanoseconds(at).toString();

export function createScene(
  services: Parameters<typeof createRig>[0],
  { at = noon, zone = 'UTC', history, safe = false }: Conditions = {},
): Scene {
  const rig = createRig();
  let [firings, savings] = [0, 0];
  rig.setWall(at, null);
  const definitions = setOf((services ?? []).map((one) => ('findings' in one ? one : decoded(one))));
  rig.send({ kind: 'load-definitions', definitions, strict: false, zone });
  rig.send({ kind: 'boot', maxParallelStarts: 10, safe, ...(history === undefined ? {} : { history }) });
  return Object.assign(rig, {
    fired() {
      const all = rig.effects.flatMap((effect) => (effect.kind === 'timer-fired' ? [effect] : []));
      const texts = all.slice(firings).map(({ service, schedule, scheduled, outcome, reason }) => {
        const why = reason === null ? '' : `: ${reason}`;
        return `${service} ${schedule} for ${scheduled === null ? 'what was missed' : textOf(scheduled)} ${outcome}${why}`;
      });
      firings = all.length;
      return texts;
    },
    saved() {
      const all = rig.effects.flatMap((effect) => (effect.kind === 'save-last-run' ? [effect] : []));
      const texts = all.slice(savings).map(({ key, schedule, at: when }) => `${key} ${schedule ?? 'alone'} ${textOf(when)}`);
      savings = all.length;
      return texts;
    },
    armed: () =>
      rig.policy.services().flatMap(({ name, timers }) =>
        timers.map(({ schedule, next, scheduled, idle }) => {
          if (next === null || scheduled === null) return `${name} ${schedule} ${idle ?? 'soon'}`;
          return `${name} ${schedule} ${textOf(next)}${next === scheduled ? '' : ` for ${textOf(scheduled)}`}`;
        }),
      ),
    done(name: string) {
      rig.ends(name, 0);
      rig.empties(name);
    },
  });
}
