/** The end of an operation's lifetime. OP-014. */
import type { OperationType } from '../../../gen/service/types.ts';
import { arm, disarm } from '../deadlines.ts';
import { secondsWords } from '../details.ts';
import { expiredPrefix } from '../operation.ts';
import type { Operation } from '../state.ts';
import type { Turn } from '../turn.ts';
import { heldUpBy } from './held-up.ts';
import { finishOperation } from './store.ts';

/** Arms the end of those that this event left pending. */
export function armExpiry(turn: Turn, operation: Operation): void {
  if (operation.record.state === 'pending' && operation.expiresAt !== null) arm(turn, 'expiry', operation.record.id, operation.expiresAt);
}

/** The lifetime of a pending operation is over. No service is touched. OP-019. */
export function expire(turn: Turn, id: string): void {
  const operation = turn.state.operations.get(id);
  if (operation === undefined || operation.record.state !== 'pending') return;
  disarm(turn, 'expiry', operation.record.id);
  finishOperation(turn, operation, 'failed', { error: `${expiredPrefix}${expiryWords(turn, operation)}`, expired: true });
}

function expiryWords(turn: Turn, operation: Operation): string {
  const { type, service: name } = operation.record;
  const service = turn.state.services.get(operation.serviceKey);
  const waited = secondsWords(Number((turn.stamp.monotonic - operation.createdAt) / 1_000_000_000n));
  const held = service === undefined ? '' : ` while ${heldUpBy(turn, service, operation)}`;
  return (
    `${type} of ${name} gave up after ${waited} (its ${limits[type]})${held} (operation ${operation.record.id}). ` +
    `See what holds it up (peiosctl explain ${name}), and try again.`
  );
}

/** The fields that its lifetime comes from. */
const limits: { readonly [T in OperationType]: string } = {
  start: 'StartTimeout',
  reload: 'StartTimeout',
  reset: 'StartTimeout',
  stop: 'StopTimeout',
  restart: 'StartTimeout and StopTimeout',
};
