import type { TimelineResponse, TimelineService } from '../../../gen/control/types.ts';
import type { MonotonicNs } from '../../policy/time.ts';
import type { FirstStartView } from '../../policy/view.ts';
import { formatTimestamp } from '../../wire/timestamp.ts';
import type { Handler } from '../context.ts';
import { permitted } from '../permitted.ts';
import { phaseOf } from './machine-status.ts';

/** Command timeline: where the time of this boot went, as far as the caller may query the services. O-147. */
export const timeline: Handler<'timeline'> = (context): TimelineResponse => {
  const { desk } = context;
  const { bootId, mode, times } = desk.machineInfo();
  const { begun, kernelNs, steps } = times;
  const { settledAt } = desk.policy.machine();
  const at = (instant: MonotonicNs): number => Number((instant - begun) / 1000n);
  const seen = new Map(Array.from(permitted(context, desk.policy.firstStarts()), ({ service }) => [service.key, service]));
  return {
    boot_id: bootId,
    mode,
    phase: phaseOf(desk),
    started_at: formatTimestamp(times.started),
    kernel_us: kernelNs === null ? null : Number(kernelNs / 1000n),
    steps: steps.map(({ step, ended }) => ({ step, ended_us: at(ended) })),
    settled_us: settledAt === null ? null : at(settledAt.monotonic),
    now_us: at(desk.now().monotonic),
    services: Array.from(seen.values(), (service) => entryOf(service, seen, at)),
  };
};

function entryOf(
  { name, state, bootMember, critical, first, ...edges }: FirstStartView,
  seen: ReadonlyMap<string, FirstStartView>,
  at: (instant: MonotonicNs) => number,
): TimelineService {
  const atOrNull = (instant: MonotonicNs | null | undefined): number | null =>
    instant === null || instant === undefined ? null : at(instant);
  const named = (key: string): string | readonly string[] => seen.get(key)?.name ?? [];
  const names = (keys: readonly string[]): string[] => keys.flatMap(named);
  return {
    service: name,
    state,
    boot: bootMember,
    critical,
    asked_us: atOrNull(first?.asked),
    checked_us: atOrNull(first?.checked),
    freed_us: atOrNull(first?.freed),
    freed_by: seen.get(first?.freedBy ?? '')?.name ?? null,
    retried_us: atOrNull(first?.retried),
    launched_us: atOrNull(first?.launched),
    prepared_us: atOrNull(first?.prepared),
    granted_us: atOrNull(first?.granted),
    running_us: atOrNull(first?.running),
    up_us: atOrNull(first?.up),
    released_us: atOrNull(first?.released),
    ended_us: atOrNull(first?.ended),
    changes: (first?.changes ?? []).map(({ to, at: instant }) => ({ state: to, at_us: at(instant) })),
    requires: names(edges.requires),
    binds_to: names(edges.bindsTo),
    wants: names(edges.wants),
    conflicts: names(edges.conflicts),
    on_failure: edges.onFailure === null ? [] : names([edges.onFailure]),
  };
}
