/** Stopping to abandoned: the main process outlived SIGKILL. Supervision is given up and the tree stays as it is. ST-034, OP-010. */
import { mainOf } from '../jobs.ts';
import { finishOperation, liveWhere } from '../operations/store.ts';
import type { Activation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { leakTree } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { dropActivation } from './drop.ts';
import { endStop } from './end-stop.ts';

export function abandon(turn: Turn, service: Service, activation: Activation): void {
  const path = `peinit/${activation.tree}/main`;
  const detail =
    `service ${service.name}: processes in cgroup ${path} outlived SIGKILL, so peinit has given them up. ` +
    'Look for dead disks or network mounts, then reset the service.';
  step(turn, service, 'abandoned', 'process_unkillable', detail);
  service.failedJobs = mainOf(activation);
  endStop(turn, service);
  const operation = liveWhere(turn, service, ({ record }) => record.state === 'running');
  if (operation !== undefined) finishOperation(turn, operation, 'failed', { error: `process_unkillable: ${detail}` });
  leakTree(turn, service, activation.tree, 'service_tree');
  dropActivation(turn, service);
}
