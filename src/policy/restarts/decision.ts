/** The restart policy in numbers: policy, then budget, then delay. PSD-007 5.3, RST-001..RST-008. */
import { causeFacts } from '../../../gen/service/facts.ts';
import type { Cause } from '../../../gen/service/types.ts';
import { longestRestartDelay } from '../definition/advice.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import { secondsToNs } from '../time.ts';

export interface RestartQuestion {
  readonly cause: Cause;
  /** Of the main process, where it exited by itself. */
  readonly exitCode: number | null;
  /** Restarts in a row before this one. */
  readonly restarts: number;
  readonly definition: Pick<ServiceDefinition, 'restartPolicy' | 'restartMaxRetries' | 'restartDelay' | 'successExitCodes'>;
  /** False during a shutdown and for a service whose definition is gone. */
  readonly possible: boolean;
}

export type RestartDecision =
  | { readonly kind: 'fail'; readonly cause: Cause }
  | { readonly kind: 'retry'; readonly cause: Cause; readonly delayNs: bigint };

export function decideRestart({ cause, exitCode, restarts, definition, possible }: RestartQuestion): RestartDecision {
  if (!possible || !causeFacts[cause].restartEligible || !policyAllows(cause, exitCode, definition)) return { kind: 'fail', cause };
  if (restarts >= definition.restartMaxRetries) return { kind: 'fail', cause: 'restart_budget_exhausted' };
  return { kind: 'retry', cause, delayNs: secondsToNs(restartDelaySeconds(definition.restartDelay, restarts)) };
}

function policyAllows(cause: Cause, exitCode: number | null, { restartPolicy, successExitCodes }: RestartQuestion['definition']): boolean {
  switch (restartPolicy) {
    case 'Never':
      return false;
    case 'Always':
      return true;
    case 'OnFailure':
      return cause !== 'clean_exit_restart' && !(cause === 'process_crash' && isSuccess(exitCode, successExitCodes));
    default:
      return unknownPolicy(restartPolicy);
  }
}

/** min(delay * 2^restarts, 60) */
export function restartDelaySeconds(delay: number, restarts: number): number {
  if (delay === 0) return 0;
  return restarts >= 6 ? longestRestartDelay : Math.min(delay * 2 ** restarts, longestRestartDelay);
}

export const isSuccess = (exitCode: number | null, successExitCodes: readonly number[]): boolean =>
  exitCode !== null && (exitCode === 0 || successExitCodes.includes(exitCode));

function unknownPolicy(policy: never): never {
  throw new Error(`unknown restart policy ${JSON.stringify(policy)}`);
}
