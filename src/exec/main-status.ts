import { foldName } from '../policy/definition/names.ts';
import type { Effect } from '../policy/effects.ts';

/** The exit status of one service's latest main process, for a container whose status is that of its service. O-17. */
export interface MainStatus {
  onEffect(effect: Effect): void;
  /** Null: no service was named, or its main process never ended. */
  status(): number | null;
}

/** @param service name as given by peinit.main; empty: none */
export function createMainStatus(service: string): MainStatus {
  const wanted = foldName(service);
  let latest: number | null = null;
  return {
    status: () => latest,
    onEffect(effect) {
      if (wanted === '' || effect.kind !== 'job-changed') return;
      const { job } = effect;
      if (job.type !== 'service_main' || effect.key !== wanted || job.endedAt === null) return;
      if (job.exitCode !== null) latest = job.exitCode;
      else if (job.exitSignal !== null) latest = 128 + job.exitSignal;
    },
  };
}
