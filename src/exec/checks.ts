import { checkArguments, parseVerdicts } from '../kernel/helper-protocol.ts';
import type { RunChecks } from '../policy/effects.ts';
import type { Helper } from './helper.ts';

/** Conditions and asserts that touch paths, judged by the helper program. DEF-064. */
export interface Checks {
  /** One verdict per check in order; null when not all were answered in time: none counts as satisfied then. DEF-065. */
  run(effect: RunChecks, done: (verdicts: readonly boolean[] | null) => void): void;
  cancel(check: string): void;
}

export function createChecks(helper: Helper, warn: (text: string) => void): Checks {
  const running = new Map<string, () => void>();
  return {
    run(effect, done) {
      const cancel = helper.run(checkArguments(effect.checks), effect.timeoutSeconds * 1000, (result) => {
        running.delete(effect.check);
        if (result.kind === 'failed') warn(`${effect.service}: its conditions could not be checked: ${result.message}`);
        if (result.kind === 'timed-out')
          warn(`${effect.service}: its conditions were not judged within ${effect.timeoutSeconds} s (PreStartCheckTimeout)`);
        const output = result.kind === 'failed' ? new Uint8Array(0) : result.output;
        done(parseVerdicts(output, effect.checks.length));
      });
      running.set(effect.check, cancel);
    },
    cancel(check) {
      running.get(check)?.();
      running.delete(check);
    },
  };
}
