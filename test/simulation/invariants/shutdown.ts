/** A shutdown starts nothing, stops dependents before what they need, and ends within ShutdownTimeout plus the post-kill time. */
import { foldName } from '../../../src/policy/definition/names.ts';
import { originText } from '../../../src/policy/origin.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const postKillNs = 5_000_000_000n;
const slackNs = 10_000_000n;

export function shutdownInvariant({ policy, world, plan }: Scene): Invariant {
  const { state } = policy;
  let begunAt: bigint | null = null;
  let stopped = 0;
  return {
    effect(effect, { stamp }) {
      if (state.machine.shutdown === null) return;
      begunAt ??= stamp.monotonic;
      switch (effect.kind) {
        case 'spawn':
          return must(false, () => `${originText(effect.origin)} was spawned during the shutdown`);
        case 'run-checks':
          return must(false, () => `checks of ${effect.service} during the shutdown`);
        case 'critical-failure':
          return must(false, () => 'a critical failure during the shutdown');
        case 'services-stopped':
          stopped += 1;
          must(stopped === 1, () => 'the services stopped twice');
          must(effect.type === plan.end.type, () => `shutdown ${effect.type}`);
          must(
            stamp.monotonic <= begunAt + BigInt(plan.shutdownTimeoutSeconds) * 1_000_000_000n + postKillNs + slackNs,
            () => `the shutdown took ${stamp.monotonic - (begunAt ?? 0n)} ns`,
          );
          return;
        case 'signal':
          if (effect.signal === 15) inOrder(effect.job);
          return;
        default:
          return;
      }
    },
    end() {
      must(stopped === 1, () => 'the shutdown did not end');
      for (const process of world.processes) {
        const { abandoned, leaked } = fate(process.service, process.tree);
        must(abandoned || leaked || process.killed, () => `a process of ${process.service} was not even killed by the shutdown`);
      }
    },
  };

  function fate(service: string, tree: string): { readonly abandoned: boolean; readonly leaked: boolean } {
    const known = state.services.get(foldName(service));
    return {
      abandoned: known?.state === 'abandoned',
      leaked: state.trees.get(tree)?.state === 'leaked' || known?.leaks.some((leak) => leak.tree === tree) === true,
    };
  }

  /** Nobody that runs depends on a service that is told to end. */
  function inOrder(job: string): void {
    const service = state.services.get(state.jobs.get(job)?.serviceKey ?? '');
    if (service === undefined || state.machine.shutdown?.killed === true) return;
    for (const other of state.services.values()) {
      if (other.state !== 'active' && other.state !== 'reloading') continue;
      const { edges, definition } = other;
      const needs = [...((edges ?? definition)?.requires ?? []), ...((edges ?? definition)?.bindsTo ?? [])].map(foldName);
      must(!needs.includes(service.key), () => `${service.name} got SIGTERM while ${other.name}, which needs it, was ${other.state}`);
    }
  }
}
