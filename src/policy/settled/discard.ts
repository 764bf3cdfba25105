/** A service is known no more: its definition is gone and so is its instance. PSD-007 3.5, GEN-018, GEN-021. */
import { serviceGone } from '../../../gen/events/events.ts';
import { dropActivation } from '../activation/drop.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { leaveWaiters, releaseBesiegers } from '../attempt/waiters.ts';
import { leaveConfirmation } from '../confirmation.ts';
import { disarm } from '../deadlines.ts';
import { finishOperation, liveOperations } from '../operations/store.ts';
import type { Service } from '../state.ts';
import { forgetTimers } from '../timers/follow.ts';
import { treeName } from '../tree-names.ts';
import { forgetTree } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit, record } from '../turn.ts';

export function discard(turn: Turn, service: Service): void {
  const { services, machine, trees } = turn.state;
  dropAttempt(turn, service);
  dropActivation(turn, service);
  disarm(turn, 'restart', service.key);
  disarm(turn, 'window', service.key);
  forgetTimers(turn, service.timers);
  for (const operation of liveOperations(turn, service)) {
    const ending = operation.record.state === 'running' ? 'aborted' : 'cancelled';
    finishOperation(turn, operation, ending, { error: `the definition of service ${service.name} was removed` });
  }
  leaveWaiters(turn, service, `${service.name} is not defined any more`);
  releaseBesiegers(turn, service);
  if (service.busy) machine.busy -= 1;
  turn.touched.delete(service);
  leaveConfirmation(turn, service);
  services.delete(service.key);
  if (machine.shutdown !== null) {
    machine.shutdown.pending.delete(service.key);
    machine.shutdown.dying.delete(service.key);
  }
  turn.model.stale = true;
  turn.model.sorted = null;
  emit(turn, { kind: 'service-discarded', service: service.name, key: service.key });
  record(turn, serviceGone({ service: service.name }));
  const tree = treeName(service.name, service.generation);
  if (service.treeUsed && !trees.has(tree)) emit(turn, { kind: 'remove-tree', service: service.name, tree });
  for (const leak of service.leaks) if (leak.emptied && trees.get(leak.tree)?.state === 'leaked') forgetTree(turn, service.name, leak.tree);
}
