/**
 * Cgroup trees between two activations. What an activation leaves in its tree is killed, and the tree drains until nothing lives in it. A
 * tree that is still populated after the post-kill time is leaked: it stays as it is until the next boot, and the service goes on in
 * another generation of it. A tree that is empty is used again. EXEC-003, ST-055, HC-010.
 */

import type { LeakType } from '../../gen/service/types.ts';
import { arm, disarm } from './deadlines.ts';
import type { CgroupPart, SidePart } from './events.ts';
import { abandonJob } from './jobs.ts';
import type { Service } from './state.ts';
import { step } from './steps.ts';
import { after } from './time.ts';
import { treeName } from './tree-names.ts';
import type { Turn } from './turn.ts';
import { emit, lookLater, report } from './turn.ts';

/** How long killed processes may take to vanish. PSD-007 5.1. */
export const postKillNs = 5_000_000_000n;

/** Name of the tree the next start uses; null: it has to wait until the old one is empty. */
export function nextTree(turn: Turn, service: Service): string | null {
  const { trees } = turn.state;
  let name = treeName(service.name, service.generation);
  if (trees.get(name)?.state === 'draining') return null;
  while (trees.has(name)) {
    service.generation += 1;
    name = treeName(service.name, service.generation);
  }
  return name;
}

/** Kills what lives in a tree and waits until nothing does. */
export function drain(turn: Turn, service: Service, tree: string): void {
  if (turn.state.trees.has(tree)) return;
  turn.state.trees.set(tree, { service: service.key, state: 'draining' });
  emit(turn, { kind: 'kill-cgroup', service: service.name, tree, part: 'tree' });
  emit(turn, { kind: 'await-empty', service: service.name, tree, part: 'tree' });
  arm(turn, 'drain', tree, after(turn.stamp.monotonic, postKillNs));
}

/** Nothing lives in a whole tree. */
export function treeEmpty(turn: Turn, name: string): void {
  const tree = turn.state.trees.get(name);
  if (tree === undefined) return;
  const service = turn.state.services.get(tree.service);
  if (tree.state === 'leaked') {
    const leaks = service?.leaks.filter((leak) => leak.tree === name) ?? [];
    for (const leak of leaks) leak.emptied = true;
    // The service that left it is known no more: nobody else would take it away.
    if (leaks.length === 0) forgetTree(turn, tree.service, name);
    return;
  }
  disarm(turn, 'drain', name);
  if (service === undefined) return forgetTree(turn, tree.service, name);
  turn.state.trees.delete(name);
  lookLater(turn, service);
}

/** Nothing lives in it, and it is not used any more. */
export function forgetTree(turn: Turn, service: string, tree: string): void {
  turn.state.trees.delete(tree);
  emit(turn, { kind: 'remove-tree', service, tree });
}

/** The post-kill time of a draining tree is over. */
export function treeStuck(turn: Turn, name: string): void {
  const tree = turn.state.trees.get(name);
  if (tree === undefined || tree.state === 'leaked') return;
  const service = turn.state.services.get(tree.service);
  if (service === undefined) {
    tree.state = 'leaked';
    return;
  }
  leakTree(turn, service, name, stuckPart(turn, service, name));
  outlivedShutdown(turn, service, name);
  lookLater(turn, service);
}

/** What a start left behind that the shutdown killed is given up. SHUT-021. */
export function outlivedShutdown(turn: Turn, service: Service, tree: string): void {
  if (service.state !== 'failed' || service.cause !== 'shutdown_wave') return;
  const detail = `service ${service.name}: it was killed while it was starting, and processes in cgroup peinit/${tree} outlived SIGKILL.`;
  step(turn, service, 'abandoned', 'process_unkillable', detail);
}

/** Gives a whole tree up: its processes outlived SIGKILL. */
export function leakTree(turn: Turn, service: Service, name: string, type: LeakType): void {
  const known = turn.state.trees.get(name);
  disarm(turn, 'drain', name);
  if (known?.state === 'leaked') return;
  if (known === undefined) emit(turn, { kind: 'await-empty', service: service.name, tree: name, part: 'tree' });
  turn.state.trees.set(name, { service: service.key, state: 'leaked' });
  addLeak(turn, service, name, type === 'service_tree' ? null : directoryOf(turn, service, name, type));
  for (const [id, job] of turn.state.jobs) if (job.serviceKey === service.key && job.record.tree === name) abandonJob(turn, id);
}

/** Records a leak; the tree itself may still be in use. `part` null: the whole tree. */
export function addLeak(turn: Turn, service: Service, tree: string, part: SidePart | null): void {
  const path = part === null ? `peinit/${tree}` : `peinit/${tree}/${part}`;
  const type = part === null ? 'service_tree' : part.startsWith('health') ? 'health' : 'hooks';
  if (service.leaks.some((leak) => leak.path === path && !leak.emptied)) return;
  service.leaks.push({ tree, path, type, detectedAt: turn.stamp.realtime, emptied: false });
  const what = {
    health: `health check sub-cgroup for service ${service.name} has D-state processes, likely dead I/O`,
    hooks: `hook sub-cgroup for service ${service.name} has D-state processes, likely dead I/O`,
    service_tree: `cgroup ${path} of service ${service.name} has processes that outlived SIGKILL, likely dead I/O`,
  }[type];
  const which = type === 'service_tree' ? 'Cgroup' : 'Sub-cgroup';
  report(turn, 'warning', `${what}. ${which} leaked. Underlying I/O problem requires investigation.`, service);
}

/** What a reset of an abandoned service has to say of trees that were given up and have not emptied since. ST-042. */
export const unemptied = ({ leaks, name, state }: Service): readonly string[] =>
  state !== 'abandoned'
    ? []
    : leaks
        .filter(({ type, emptied }) => type === 'service_tree' && !emptied)
        .map(
          () =>
            `abandoned main cgroup for service ${name} is still populated after reset -- cgroup remains leaked; ` +
            'underlying D-state process requires investigation',
        );

/** The part that holds the processes, as far as jobs that were not reaped tell. */
function stuckPart(turn: Turn, service: Service, tree: string): LeakType {
  const parts = new Set<CgroupPart>();
  for (const job of turn.state.jobs.values()) {
    if (job.serviceKey !== service.key || job.record.tree !== tree) continue;
    if (job.record.type === 'service_main') return 'service_tree';
    parts.add(job.record.type === 'health_check' || job.record.type === 'readiness_check' ? 'health' : 'hooks');
  }
  if (parts.size !== 1) return 'service_tree';
  return parts.has('health') ? 'health' : 'hooks';
}

/** The directory of that part, by the jobs that were not reaped. */
function directoryOf(turn: Turn, service: Service, tree: string, type: 'health' | 'hooks'): SidePart {
  for (const { part, record, serviceKey } of turn.state.jobs.values())
    if (serviceKey === service.key && record.tree === tree && part !== 'main' && part.startsWith(type)) return part;
  return type;
}
