/**
 * Containment: when the policy finds itself about to do what must not be, the fault stays with one service. Its processes are killed, its
 * operations fail, and where the table allows it the service becomes failed; everything else goes on. PSD-007 5.1, ST-044, ST-054.
 */
import type { Cause } from '../../gen/service/types.ts';
import { dropActivation } from './activation/drop.ts';
import { finishOperation, liveOperations } from './operations/store.ts';
import { dropAttempt } from './starts/attempt.ts';
import type { Service } from './state.ts';
import { isListed, makeStep } from './steps.ts';
import type { Turn } from './turn.ts';
import { report } from './turn.ts';

/** Causes to become failed with, the most fitting first. */
const failures: readonly Cause[] = ['process_crash', 'validation_error', 'dependency_failure', 'conflict_eviction'];

export function contain(turn: Turn, service: Service, what: string): void {
  const facts = `state ${service.state}, cause ${service.cause ?? 'none'}, stage ${service.activation?.stage ?? 'none'}`;
  const text = `internal error at service ${service.name}: ${what} (${facts}). Its processes were killed; reset or start it again, and report this.`;
  report(turn, 'error', text, service, true);
  dropAttempt(turn, service);
  service.stop = null;
  dropActivation(turn, service);
  for (const operation of liveOperations(turn, service)) {
    finishOperation(turn, operation, operation.record.state === 'running' ? 'aborted' : 'cancelled', { error: `internal error: ${what}` });
  }
  const cause = failures.find((candidate) => isListed(service.state, 'failed', candidate));
  if (cause !== undefined) makeStep(turn, service, 'failed', cause, text);
}
