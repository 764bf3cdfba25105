import { foldName } from '../policy/definition/names.ts';
import type { Effect } from '../policy/effects.ts';
import { exitStatus } from './exit-status.ts';

export interface MainEndParts {
  /** As given by peinit.main. */
  readonly service: string;
  /** Whether the machine is to end with it. */
  readonly wanted: boolean;
  /** Status of its latest process; null: it never ran. */
  readonly status: () => number | null;
  readonly powerOff: (reason: string) => void;
}

export interface MainEnd {
  onEffect(effect: Effect): void;
  /** What the machine ends with; null: nothing that the service says. */
  status(): number | null;
}

/**
 * The end of a container with its main service: when that has ended by itself and nothing brings it back. A stop that somebody asked for
 * is none. A service that failed is no success, whatever its process ended with, if it ever ran. O-70.
 */
export function createMainEnd({ service, wanted, status, powerOff }: MainEndParts): MainEnd {
  const key = foldName(service);
  let failed = false;
  return {
    status: () => (failed ? status() || exitStatus.failed : status()),
    onEffect(effect) {
      if (key === '' || effect.kind !== 'service-changed' || effect.key !== key) return;
      const { to, cause } = effect;
      failed = to === 'failed' || to === 'abandoned' || to === 'skipped';
      if (!wanted) return;
      if (failed || to === 'completed' || (to === 'inactive' && cause === 'clean_exit')) powerOff(`the main service ${service} has ended`);
    },
  };
}
