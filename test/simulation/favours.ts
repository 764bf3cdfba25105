/** Plans with more of the moments in which a rare bug shows, so that few lives are enough to notice it. */
import type { Plan, Stimulus } from './plan.ts';

/** The plan that a bug is looked for in, from one that favours nothing. */
export type Favour = (plan: Plan) => Plan;

const ms = 1e6;

/** SYSTEM asks for it and does not wait. */
const ask = (at: number, command: 'start' | 'restart', service: string): Stimulus => ({
  at,
  kind: 'say',
  client: 0,
  lines: [{ kind: 'request', request: { command, service, wait: false } }],
  pieces: false,
  thenHangsUp: false,
});

const withMore = (plan: Plan, more: readonly Stimulus[]): Plan => ({
  ...plan,
  stimuli: [...plan.stimuli, ...more].sort((one, other) => one.at - other.at),
});

/** Services are starting when their definitions change. */
export const editsOfStarting: Favour = (plan) => {
  const edits = plan.stimuli.filter(({ kind }) => kind === 'edit');
  const names = plan.services.map(({ name }) => name);
  return withMore(
    plan,
    edits.flatMap(({ at }, index) => names.map((name, place) => ask(at - (1 + ((index + place) % 8)) * 10 * ms, 'restart', name))),
  );
};

/** Services are asked for while an opponent of theirs is being restarted. */
export const restartsOfOpponents: Favour = (plan) => {
  const pairs = plan.services.flatMap(({ name, conflicts }) => conflicts.map((opponent) => [name, opponent] as const));
  const last = plan.stimuli.at(-1)?.at ?? 0;
  const rounds = 6;
  const more = pairs.flatMap((pair, index) =>
    Array.from({ length: rounds }, (_, round) => {
      const at = ((round + 1) * last) / (rounds + 1) + index * 100 * ms;
      const [name, opponent] = round % 2 === 0 ? pair : pair.toReversed();
      return [ask(at, 'restart', opponent ?? ''), ask(at + 5 * ms, 'start', name ?? '')];
    }).flat(),
  );
  return withMore(plan, more);
};

/** The end finds services starting whose dependents are up. */
export const restartsAtTheEnd: Favour = (plan) => {
  const last = plan.stimuli.at(-1)?.at ?? 0;
  const needed = [...new Set(plan.services.flatMap(({ requires }) => requires))];
  return withMore(
    { ...plan, calmNs: 0, cycle: false, end: { ...plan.end, forced: false } },
    // Its stop leg takes some time.
    needed.map((name, index) => ask(last - ((index * 7) % 16) * 100 * ms, 'restart', name)),
  );
};
