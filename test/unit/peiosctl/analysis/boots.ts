/** Boots that never were, for tests: services of random kinds, each waiting for some of those before it. */
import type { TimelineResponse, TimelineService } from '../../../../gen/control/types.ts';
import type { Random } from '../../../support/random.ts';
import { serviceOf } from '../../../support/timeline-service.ts';

export const begin = 300_000;

export function bootOf(services: readonly TimelineService[], change: Partial<TimelineResponse> = {}): TimelineResponse {
  const settled = Math.max(begin, ...services.map(({ up_us, ended_us }) => up_us ?? ended_us ?? 0));
  return {
    boot_id: '01900000-0000-7000-8000-000000000000',
    mode: 'full',
    phase: 'settled',
    started_at: '2026-06-01T12:34:56.000000000Z',
    kernel_us: 400_000,
    steps: [
      { step: 'begin', ended_us: 4_000 },
      { step: 'filesystems', ended_us: 34_000 },
      { step: 'preparation', ended_us: 50_000 },
      { step: 'registryd', ended_us: 240_000 },
      { step: 'infrastructure', ended_us: 250_000 },
      { step: 'read', ended_us: 280_000 },
      { step: 'definitions', ended_us: begin },
    ],
    settled_us: settled,
    now_us: settled * 2,
    services: [...services],
    ...change,
  };
}

export function randomBoot(random: Random, count: number): TimelineResponse {
  const services: TimelineService[] = [];
  for (let index = 0; index < count; index++) {
    const needed = Array.from({ length: index === 0 ? 0 : random.below(3) }, () => services[random.below(services.length)]);
    const needs = [...new Set(needed.flatMap((one) => (one === undefined ? [] : [one])))];
    services.push(randomService(random, random.chance(0.1) ? `${'long-name-'.repeat(6)}${index}` : `s${index}`, needs));
  }
  return bootOf(services);
}

const releaseOf = ({ released_us, ended_us }: TimelineService): number => released_us ?? ended_us ?? begin;

function randomService(random: Random, name: string, needs: readonly TimelineService[]): TimelineService {
  const last = needs.toSorted((one, other) => releaseOf(other) - releaseOf(one))[0];
  let now = last === undefined ? begin : releaseOf(last);
  const freed_us = now;
  const later = (most: number): number => (now += random.below(most));
  const changes: TimelineService['changes'][number][] = [];
  let retried_us: number | null = null;
  if (random.chance(0.1)) {
    changes.push(
      { state: 'starting', at_us: now },
      { state: 'backoff', at_us: later(100_000) },
      { state: 'starting', at_us: later(300_000) },
    );
    retried_us = now;
  }
  const launched_us = later(50_000);
  if (retried_us === null) changes.push({ state: 'starting', at_us: now });
  const [prepared_us, granted_us, running_us] = [later(80_000), later(20_000), later(5_000)];
  const fails = random.chance(0.05);
  changes.push({ state: fails ? 'failed' : 'active', at_us: later(400_000) });
  const came = fails ? { ended_us: now, state: 'failed' as const } : { up_us: now, released_us: later(30_000), state: 'active' as const };
  const requires = needs.map(({ service }) => service);
  const way = {
    asked_us: begin,
    checked_us: begin,
    freed_us,
    freed_by: last?.service ?? null,
    retried_us,
    launched_us,
    prepared_us,
    granted_us,
    running_us,
  };
  return serviceOf(name, { ...way, ...came, changes, requires, critical: random.chance(0.05) });
}
