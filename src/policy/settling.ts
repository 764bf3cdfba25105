/**
 * When the machine has settled: no member of the boot is starting, runs a start check, or waits for anything but a member in backoff. A
 * member that waits for another one waits for the end of a chain, so it is enough to count those at the ends: the ones on their way by
 * themselves. BOOT-092.
 */
import { isUndecided } from './attempt/satisfaction.ts';
import { isStart, liveWhere } from './operations/store.ts';
import type { Service } from './state.ts';
import { momentOf } from './time.ts';
import type { Turn } from './turn.ts';

/** Counts those anew whose share may have changed, and tells when the machine has settled. */
export function countBusy(turn: Turn): void {
  const { machine } = turn.state;
  if (machine.settledAt === null && machine.booted) {
    for (const service of turn.touched) {
      const busy = isBusy(turn, service);
      if (busy !== service.busy) machine.busy += busy ? 1 : -1;
      service.busy = busy;
    }
    if (machine.busy === 0 && machine.shutdown === null) {
      machine.settledAt = momentOf(turn.stamp);
      turn.effects.push({ kind: 'settled' });
    }
  }
  if (turn.touched.size > 0) turn.touched.clear();
}

function isBusy(turn: Turn, service: Service): boolean {
  if (!service.bootMember || !turn.state.services.has(service.key)) return false;
  if (service.waiters.size > 0 && isUndecided(service)) return true;
  if (service.state === 'backoff' || (service.attempt !== null && service.attempt.waits.size > 0)) return false;
  return liveWhere(turn, service, isStart) !== undefined;
}

/** Names of those that keep the machine from settling. */
export const unsettled = (services: Iterable<Service>): readonly string[] =>
  Array.from(services).flatMap(({ busy, name }) => (busy ? [name] : []));
