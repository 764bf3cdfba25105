/** Stopping to abandoned: the main process outlived SIGKILL. Supervision is given up and the tree stays as it is. ST-034, OP-010. */
import type { Survivor } from '../events.ts';
import { abandonJob, mainOf } from '../jobs.ts';
import { finishOperation, liveWhere } from '../operations/store.ts';
import type { Activation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { leakTree } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { dropActivation } from './drop.ts';
import { endStop } from './end-stop.ts';

export function abandon(turn: Turn, service: Service, activation: Activation): void {
  const stray = strayOf(turn, activation);
  const detail = `service ${service.name}: ${stray === null ? inItsTree(activation) : elsewhere(stray)}`;
  step(turn, service, 'abandoned', 'process_unkillable', detail);
  service.failedJobs = mainOf(activation);
  endStop(turn, service);
  const operation = liveWhere(turn, service, ({ record }) => record.state === 'running');
  if (operation !== undefined) finishOperation(turn, operation, 'failed', { error: `process_unkillable: ${detail}` });
  // Its tree is not what it lives in, and drains like any other.
  if (stray === null) leakTree(turn, service, activation.tree, 'service_tree');
  else abandonJob(turn, activation.main);
  dropActivation(turn, service);
}

/** The main process, where it went to another cgroup. */
function strayOf(turn: Turn, { main, mainGone, tree }: Activation): Survivor | null {
  if (mainGone) return null;
  const survivor = turn.survivors.find(({ job }) => job === main);
  const isHere = survivor === undefined || survivor.cgroup === null || `${survivor.cgroup}/`.includes(`/peinit/${tree}/`);
  return isHere ? null : survivor;
}

const inItsTree = ({ tree }: Activation): string =>
  `processes in cgroup peinit/${tree}/main outlived SIGKILL, so peinit has given them up. ` +
  'Look for dead disks or network mounts, then reset the service.';

const elsewhere = ({ pid, cgroup }: Survivor): string =>
  `its main process (pid ${pid}) outlived SIGKILL in cgroup ${cgroup}, where it went by itself, so peinit has given it up. ` +
  `See in /proc/${pid}/stack what it waits for, then reset the service.`;
