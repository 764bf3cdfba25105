/** reset: failed, abandoned or skipped to inactive at once. PSD-007 8.1, 11.2, ST-041..ST-043. */
import { beginOperation, finishOperation } from '../operations/store.ts';
import type { Operation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { unemptied } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit, report } from '../turn.ts';

export function reset(turn: Turn, service: Service, operation: Operation): void {
  beginOperation(turn, operation);
  if (service.state === 'abandoned') lookAgain(turn, service);
  service.restarts = 0;
  step(turn, service, 'inactive', 'explicit_reset');
  finishOperation(turn, operation, 'completed', { result: service.state });
}

/** The tree that was given up may have emptied since. ST-042. */
function lookAgain(turn: Turn, service: Service): void {
  for (const text of unemptied(service)) report(turn, 'warning', text, service);
  for (const leak of service.leaks.filter(({ emptied, type }) => type === 'service_tree' && emptied)) {
    service.leaks.splice(service.leaks.indexOf(leak), 1);
    turn.state.trees.delete(leak.tree);
    emit(turn, { kind: 'remove-tree', service: service.name, tree: leak.tree });
  }
}
