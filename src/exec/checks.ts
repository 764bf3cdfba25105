import { checkArguments, parseVerdicts } from '../linux/helper-protocol.ts';
import type { RunChecks } from '../policy/effects.ts';
import type { Helper } from './helper.ts';

/** The verdicts in order; null: not answered in time, so none counts as satisfied. */
type Verdicts = readonly boolean[] | null;

/** Conditions and asserts that touch paths, judged by the helper program. DEF-064. */
export interface Checks {
  run(effect: RunChecks, done: (verdicts: Verdicts) => void): void;
  cancel(check: string): void;
}

export function createChecks(helper: Helper, warn: (text: string) => void): Checks {
  const running = new Map<string, () => void>();
  return {
    run(effect, done) {
      const cancel = helper.run(checkArguments(effect.checks), effect.timeoutSeconds * 1000, (result) => {
        running.delete(effect.check);
        if (result.kind === 'failed') warn(`${effect.service}: its conditions could not be checked: ${result.message}`);
        const verdicts = result.kind === 'exited' && result.exitCode === 0 ? parseVerdicts(result.output, effect.checks.length) : null;
        done(verdicts);
      });
      running.set(effect.check, cancel);
    },
    cancel(check) {
      running.get(check)?.();
      running.delete(check);
    },
  };
}
