/** Finds the shortest plan that still fails in the same way: stimuli and services are left out as long as the failure stays. */
import type { LifeOptions } from './life.ts';
import { live } from './life.ts';
import type { Plan } from './plan.ts';

/** A shorter plan may need a few events more until it fails; one that has still not failed then goes its own way. */
const moreEvents = 50;
/** Of all tries together: long lives are shrunk less. */
const mostEvents = 2_000_000;

export function shrink(plan: Plan, options: LifeOptions, most = 600): Plan {
  let tries = 0;
  let events = 0;
  const first = live(plan, options);
  if (first.failure === null) return plan;
  const wanted = shapeOf(first.failure.message);
  const limited = { ...options, most: first.events + moreEvents };
  const fails = (candidate: Plan): boolean => {
    tries += 1;
    if (tries > most || events > mostEvents) return false;
    const { failure, events: handled } = live(candidate, limited);
    events += handled;
    return failure !== null && shapeOf(failure.message) === wanted;
  };
  const { at } = first.failure;
  const cut = { ...plan, stimuli: plan.stimuli.filter((stimulus) => stimulus.at <= at) };
  let best = fails(cut) ? cut : plan;
  best = { ...best, stimuli: reduce(best.stimuli, (stimuli) => fails({ ...best, stimuli })) };
  best = { ...best, late: reduce(best.late, (late) => fails({ ...best, late })) };
  best = { ...best, services: reduce(best.services, (services) => fails({ ...best, services })) };
  return { ...best, stimuli: reduce(best.stimuli, (stimuli) => fails({ ...best, stimuli })) };
}

/** The begin of a message without its numbers. */
const shapeOf = (message: string): string => message.replace(/[0-9a-f]{8,}|\d+/g, '#').slice(0, 40);

/** Leaves out ever smaller parts of a list. */
function reduce<T>(list: readonly T[], stillFails: (part: readonly T[]) => boolean): readonly T[] {
  let best = list;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const candidate = [...best.slice(0, at), ...best.slice(at + size)];
      if (candidate.length < best.length && stillFails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}
