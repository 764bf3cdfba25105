/** Many lives, one after another, until enough events were handled or one of them failed. */
import type { Failure, LifeOptions } from './life.ts';
import { live } from './life.ts';
import type { Counts } from './output/kept.ts';
import type { Plan, Size } from './plan.ts';
import { makePlan } from './plan.ts';
import { shrink } from './shrink.ts';

export interface SimulationOptions {
  /** Seed of the first life; the next ones count up. */
  readonly seed: number;
  readonly events: number;
  /** No further life begins after so long; no limit if left out. */
  readonly seconds?: number;
  readonly size: Size;
  readonly sweepEvery?: number;
}

export interface SimulationResult {
  readonly events: number;
  readonly lives: number;
  /** Requests that clients got an answer to. */
  readonly answered: number;
  readonly policyNs: number;
  /** What event daemons were handed over. */
  readonly handedOver: Counts;
  readonly failure: (Failure & { readonly seed: number; readonly plan: Plan }) | null;
}

export function simulate({ seed, events: wanted, seconds = Infinity, size, sweepEvery = 1000 }: SimulationOptions): SimulationResult {
  let events = 0;
  let lives = 0;
  let policyNs = 0;
  let answered = 0;
  const handedOver: Counts = { lines: 0, events: 0, lost: 0, doubles: 0 };
  const begin = performance.now();
  while (events < wanted && performance.now() - begin < seconds * 1000) {
    const current = seed + lives;
    lives += 1;
    const result = live(makePlan(current, size), { sweepEvery });
    events += result.events;
    policyNs += result.policyNs;
    answered += result.answered;
    add(handedOver, result.handedOver);
    if (result.failure === null) continue;
    // A look at everything costs as much as there is.
    const options: LifeOptions = { sweepEvery: Math.ceil(size.services / 50) };
    const plan = shrink(makePlan(current, size), options);
    const failure = live(plan, { ...options, traced: true }).failure ?? result.failure;
    return { events, lives, answered, policyNs, handedOver, failure: { ...failure, seed: current, plan } };
  }
  return { events, lives, answered, policyNs, handedOver, failure: null };
}

function add(sum: Counts, more: Readonly<Counts> | null): void {
  if (more === null) return;
  sum.lines += more.lines;
  sum.events += more.events;
  sum.lost += more.lost;
  sum.doubles += more.doubles;
}

/** What a failure says to whoever has to look into it. */
export function describe({ message, seed, plan, trace }: NonNullable<SimulationResult['failure']>, size: Size): string {
  const services = plan.services.map((service) => `  ${service.name}: ${JSON.stringify(service)}`);
  return [
    `seed ${seed}: ${message}`,
    `replay: npm run simulate -- --seed ${seed} --services ${size.services} --stimuli ${size.stimuli}`,
    `${plan.services.length} services and ${plan.stimuli.length} stimuli are left:`,
    ...services.slice(0, 12),
    ...trace,
    `seed ${seed}: ${message}`,
  ].join('\n');
}
