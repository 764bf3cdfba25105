/** reset: failed, abandoned or skipped to inactive at once. PSD-007 8.1, 11.2, ST-041..ST-043. */
import { beginOperation, finishOperation } from './operations/store.ts';
import type { Operation, Service } from './state.ts';
import { step } from './steps.ts';
import type { Turn } from './turn.ts';
import { emit, report } from './turn.ts';

/** @returns warnings for the caller */
export function reset(turn: Turn, service: Service, operation: Operation): readonly string[] {
  beginOperation(turn, operation);
  const warnings = service.state === 'abandoned' ? lookAgain(turn, service) : [];
  service.restarts = 0;
  step(turn, service, 'inactive', 'explicit_reset');
  finishOperation(turn, operation, 'completed', { result: service.state });
  return warnings;
}

/** The tree that was given up may have emptied since. ST-042. */
function lookAgain(turn: Turn, service: Service): readonly string[] {
  const warnings: string[] = [];
  for (const leak of service.leaks.filter(({ type }) => type === 'service_tree')) {
    if (leak.emptied) {
      service.leaks.splice(service.leaks.indexOf(leak), 1);
      turn.state.trees.delete(leak.tree);
      emit(turn, { kind: 'remove-tree', service: service.name, tree: leak.tree });
      continue;
    }
    const text = `abandoned main cgroup for service ${service.name} is still populated after reset -- cgroup remains leaked; underlying D-state process requires investigation`;
    report(turn, 'warning', text, service);
    warnings.push(text);
  }
  return warnings;
}
