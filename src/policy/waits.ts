/** Whom the boot or the shutdown waits for at this moment, since when, and until when at most. */
import { stateFacts } from '../../gen/service/facts.ts';
import type { PolicyState, Service } from './state.ts';
import type { MonotonicNs } from './time.ts';
import type { Wait } from './view.ts';

export function waits(state: PolicyState): readonly Wait[] {
  const { shutdown, settledAt, booted } = state.machine;
  if (shutdown !== null) return shutdown.done ? [] : [...ofShutdown(state, [...shutdown.pending, ...shutdown.dying]), ...ofJobs(state)];
  if (settledAt !== null) return [];
  return Array.from(state.services.values()).flatMap((service) => {
    if ((booted && !service.bootMember) || service.state !== 'starting' || service.since === null) return [];
    const until = at(state, 'start', service.key) ?? at(state, 'stop', service.key);
    return [{ name: service.name, for: 'start', since: service.since.monotonic, until }];
  });
}

function ofShutdown(state: PolicyState, keys: readonly string[]): readonly Wait[] {
  return keys.flatMap((key) => {
    const service = state.services.get(key);
    if (service === undefined) return [];
    const killed = isKilled(service);
    const until = killed
      ? (at(state, 'kill', key) ?? drainOf(state, key))
      : earliest(at(state, 'stop', key), state.machine.shutdown?.endsAt ?? null);
    return [{ name: service.name, for: killed ? 'kill' : 'stop', since: sinceOf(service), until }];
  });
}

const ofJobs = (state: PolicyState): readonly Wait[] =>
  Array.from(state.adHoc.values()).flatMap(({ record, killed }) => {
    const until = at(state, killed ? 'job-drain' : 'job-kill', record.id);
    return until === null ? [] : [{ name: `job ${record.id}`, for: killed ? 'kill' : 'stop', since: null, until }];
  });

/** One that was killed while it was starting is failed already. */
const isKilled = ({ state, stop, mounted, activation }: Service): boolean => {
  if (mounted !== null) return activation?.doom != null;
  return stop === null ? !stateFacts[state].hasProcess : stop.killed;
};

const sinceOf = ({ state, since, activation }: Service): MonotonicNs | null =>
  state === 'starting' || state === 'completed' ? (activation?.phaseSince ?? null) : (since?.monotonic ?? null);

/** One whose process is gone already and whose tree is not empty yet. */
function drainOf({ deadlines, trees }: PolicyState, key: string): MonotonicNs | null {
  for (const [name, tree] of trees) if (tree.service === key && tree.state === 'draining') return deadlines.get('drain')?.get(name) ?? null;
  return null;
}

const at = ({ deadlines }: PolicyState, kind: 'start' | 'stop' | 'kill' | 'job-kill' | 'job-drain', subject: string): MonotonicNs | null =>
  deadlines.get(kind)?.get(subject) ?? null;

const earliest = (one: MonotonicNs | null, other: MonotonicNs | null): MonotonicNs | null =>
  one === null || (other !== null && other < one) ? other : one;
