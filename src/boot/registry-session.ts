import type { RegistryPort } from '../platform/registry.ts';
import { systemKey } from './registry-model.ts';

/** Keys whose changes count by themselves. GEN-014. */
const watchedKeys = [`${systemKey}\\Services`, `${systemKey}\\Init`] as const;

export interface RegistrySessionParts {
  readonly registry: RegistryPort;
  /** Something changed, or may have while nobody listened: read everything again. */
  readonly onChanged: () => void;
  readonly warn: (text: string) => void;
}

/** Keeps the watches standing for as long as registryd runs: set after every connect, lost with it. GEN-014, GEN-015. */
export interface RegistrySession {
  /** Connects if needed; null, or why it did not work. */
  connect(done: (failure: string | null) => void): void;
  /** Watches from now on. */
  watch(): void;
  /** registryd is up again: connect, watch, and take what was missed as a change. */
  resume(): void;
}

export function createRegistrySession(parts: RegistrySessionParts): RegistrySession {
  const { registry } = parts;

  function watch(): void {
    for (const key of watchedKeys) {
      registry.watch(
        key,
        true,
        () => parts.onChanged(),
        // A machine without a key Init has nothing to watch there.
        (outcome) => {
          if (!outcome.ok && outcome.error !== 'ENOENT') parts.warn(`changes of ${key} are not noticed: ${outcome.message}`);
        },
      );
    }
  }

  return {
    connect(done) {
      registry.connect((outcome) => done(outcome.ok ? null : outcome.message));
    },
    watch,
    resume() {
      registry.connect((outcome) => {
        if (!outcome.ok) return parts.warn(`the registry cannot be reached: ${outcome.message}`);
        watch();
        parts.onChanged();
      });
    },
  };
}
