/** Never more than MaxParallelStarts of a run in flight, and whoever waits is waited for by something that goes on. */
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Service } from '../../../src/policy/state.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import type { Known } from './observed.ts';
import { satisfies } from './observed.ts';

export function runInvariant({ observed, policy, plan }: Scene): Invariant {
  const { state } = policy;
  let settled = 0;
  return {
    effect(effect) {
      // The first job of a start, which holds a slot now.
      if (effect.kind === 'request-token' && observed.isFirst(effect.job))
        inFlight(policy.state.services.get(foldName(effect.service))?.run ?? null);
      if (effect.kind !== 'settled') return;
      settled += 1;
      must(settled === 1, () => 'the machine settled twice');
    },
    sweep: check,
    calm() {
      must(settled === 1, () => `the machine never settled; busy: ${policy.machine().waitingFor.join(', ')}`);
    },
    end() {
      must(state.runs.size === 0, () => `${state.runs.size} runs are left after the shutdown`);
      must(state.checks.size === 0, () => `${state.checks.size} checks are left after the shutdown`);
    },
  };

  function inFlight(id: string | null): void {
    const run = id === null ? undefined : state.runs.get(id);
    if (run === undefined) return;
    must(run.inFlight <= plan.maxParallelStarts, () => `run ${run.id}: ${run.inFlight} in flight of ${plan.maxParallelStarts}`);
  }

  function check(): void {
    const held = new Map<string, number>();
    const members = new Map<string, number>();
    let busy = 0;
    for (const service of state.services.values()) {
      if (service.run !== null) members.set(service.run, (members.get(service.run) ?? 0) + 1);
      if (service.attempt?.slot === 'held' && service.run !== null) held.set(service.run, (held.get(service.run) ?? 0) + 1);
      if (service.busy) busy += 1;
      checkWaits(service);
      const holds =
        service.state === 'starting' && service.activation?.used === true && service.attempt !== null && service.activation.doom === null;
      if (holds) must(service.attempt?.slot === 'held', () => `${service.name} is on its way without a slot`);
    }
    must(busy === state.machine.busy || state.machine.settledAt !== null, () => `busy is ${state.machine.busy}, counted ${busy}`);
    for (const run of state.runs.values()) {
      const count = held.get(run.id) ?? 0;
      must(count === run.inFlight, () => `run ${run.id}: in flight ${run.inFlight}, counted ${count}`);
      must(count <= plan.maxParallelStarts, () => `run ${run.id}: ${count} in flight of ${plan.maxParallelStarts}`);
      const size = members.get(run.id) ?? 0;
      must(size === run.members, () => `run ${run.id}: ${run.members} members, counted ${size}`);
      must(
        run.ready.length === 0 || count === run.maxParallel,
        () => `run ${run.id}: ${run.ready.length} wait for a slot and ${run.maxParallel - count} are free`,
      );
    }
  }

  function checkWaits(service: Service): void {
    const { attempt } = service;
    if (service.state === 'backoff' && state.machine.shutdown === null) {
      const delayed = state.deadlines.get('restart')?.has(service.key) === true;
      const draining = [...state.trees.values()].some((tree) => tree.service === service.key && tree.state === 'draining');
      must(delayed || (attempt !== null && draining), () => `${service.name} is in backoff and nothing takes it out`);
    }
    for (const key of service.waiters) {
      must(state.services.get(key)?.attempt?.waits.has(service.key) === true, () => `${service.name} believes that ${key} waits for it`);
    }
    if (attempt === null) return;
    must(service.operations.includes(attempt.operation), () => `the attempt of ${service.name} has no live operation`);
    for (const key of attempt.waits) {
      const target = state.services.get(key);
      must(target?.waiters.has(service.key) === true, () => `${service.name} waits for ${key}, which does not know`);
      const starts = target.operations.some((id) => ['start', 'restart'].includes(state.operations.get(id)?.record.type ?? ''));
      const comes = starts || target.state === 'starting' || target.state === 'backoff' || isUndecided(observed.of(key));
      must(comes, () => `${service.name} waits for ${target.name}, which is ${target.state} and does not come`);
    }
    for (const key of attempt.opponents) {
      must(
        state.services.get(key)?.besiegers.has(service.key) === true,
        () => `${service.name} waits for the end of ${key}, which does not know`,
      );
    }
  }
}

/** Up, but a post-hook of it runs, or it was killed and will end: what comes next decides. */
const isUndecided = ({ state, jobs, killed }: Known): boolean =>
  satisfies(state) && (killed !== null || [...jobs.values()].includes('post_exec_hook'));
