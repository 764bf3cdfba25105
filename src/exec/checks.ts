import { checkArguments, parseVerdicts } from '../kernel/helper-protocol.ts';
import type { RunChecks } from '../policy/effects.ts';
import { createGate } from './gate.ts';
import type { Helper } from './helper.ts';

/** Those that clients asked for and that are under way: what is started must never wait for them. */
const explainedAtOnce = 8;

type Judged = (verdicts: readonly boolean[] | null) => void;

/** Conditions and asserts that touch paths, judged by the helper program. DEF-064. */
export interface Checks {
  /** One verdict per check in order; null when not all were answered in time: none counts as satisfied then. DEF-065. */
  run(effect: RunChecks, done: Judged): void;
  /** The same for somebody who only wants to know: few at once. The function returned takes it back as long as it has not begun. */
  explain(checks: RunChecks['checks'], timeoutSeconds: number, service: string, done: Judged): () => void;
  cancel(check: string): void;
}

export function createChecks(helper: Helper, warn: (text: string) => void): Checks {
  const running = new Map<string, () => void>();
  const explaining = createGate(explainedAtOnce);

  function judge(service: string, checks: RunChecks['checks'], timeoutSeconds: number, done: Judged): () => void {
    return helper.run(checkArguments(checks), timeoutSeconds * 1000, (result) => {
      if (result.kind === 'failed') warn(`${service}: its conditions could not be checked: ${result.message}`);
      if (result.kind === 'timed-out') warn(`${service}: its conditions were not judged within ${timeoutSeconds} s (PreStartCheckTimeout)`);
      const output = result.kind === 'failed' ? new Uint8Array(0) : result.output;
      done(parseVerdicts(output, checks.length));
    });
  }

  return {
    run({ check, service, checks, timeoutSeconds }, done) {
      const cancel = judge(service, checks, timeoutSeconds, (verdicts) => {
        running.delete(check);
        done(verdicts);
      });
      running.set(check, cancel);
    },
    explain(checks, timeoutSeconds, service, done) {
      let isWaiting = true;
      const pass = explaining.enter((own) => {
        isWaiting = false;
        judge(service, checks, timeoutSeconds, (verdicts) => {
          own.leave();
          done(verdicts);
        });
      });
      return () => {
        if (isWaiting) pass.leave();
      };
    },
    cancel(check) {
      running.get(check)?.();
      running.delete(check);
    },
  };
}
