/**
 * Containment: when the policy finds itself about to do what must not be, the fault stays with one service. Its processes are killed, its
 * operations fail, and where the table allows it the service becomes failed; everything else goes on, in the same turn too. An impossible
 * step names its service; any other exception is put down to the service that was being worked on. PSD-007 5.1, ST-044, ST-054.
 */
import type { Cause } from '../../gen/service/types.ts';
import { dropActivation } from './activation/drop.ts';
import { dropAttempt } from './attempt/attempt.ts';
import { finishOperation, liveOperations } from './operations/store.ts';
import type { Service } from './state.ts';
import { ImpossibleStep, isListed, makeStep } from './steps.ts';
import type { Turn } from './turn.ts';
import { report } from './turn.ts';

/** Causes to become failed with, the most fitting first. */
const failures: readonly Cause[] = ['process_crash', 'validation_error', 'dependency_failure', 'conflict_eviction'];

/** Handles what was thrown while `subject` was worked on; `during` names the event or the item of work. */
export function containFault(turn: Turn, fault: unknown, subject: Service | undefined, during: string): void {
  const service = fault instanceof ImpossibleStep ? turn.state.services.get(fault.service) : subject;
  const text = fault instanceof ImpossibleStep ? fault.message : wordsOf(fault);
  if (service === undefined) return report(turn, 'error', `internal error at ${during}: ${text}`, null, true);
  try {
    contain(turn, service, text);
  } catch (second) {
    report(turn, 'error', `internal error while service ${service.name} was contained: ${wordsOf(second)}`, service, true);
  }
}

const wordsOf = (fault: unknown): string => (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault));

export function contain(turn: Turn, service: Service, what: string): void {
  const facts = `state ${service.state}, cause ${service.cause ?? 'none'}, stage ${service.activation?.stage ?? 'none'}`;
  const text =
    `internal error at service ${service.name}: ${what} (${facts}). Its processes were killed; ` +
    'reset or start it again, and report this.';
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
