/**
 * No process of a service outlives its Stopping, never two main processes of one service, nothing is started outside Starting, and no main
 * process before what it requires is up.
 */
import { stateFacts } from '../../../gen/service/facts.ts';
import { deadlineText } from '../../../src/policy/deadlines.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { RequestToken, SpawnJob } from '../../../src/policy/effects.ts';
import { originText } from '../../../src/policy/origin.ts';
import type { Process } from '../world.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { isOfJob } from './jobs.ts';
import { agreed, isLeftOut, satisfies } from './observed.ts';

const postKillNs = 5_000_000_000n;
/** A kill may follow the step within the event, and the exits are a little later. */
const slackNs = 50_000_000n;

export function processInvariant({ observed, policy, world }: Scene): Invariant {
  const { state } = policy;
  /** Since when a process has lived whose service has none. */
  const suspects = new Map<Process, bigint>();
  const draining = new Set<string>();
  const leaked = new Set<string>();

  function mainSpawned(effect: SpawnJob): void {
    for (const process of world.processes) {
      if (process.service !== effect.service || process.part !== 'main' || process.job === null) continue;
      must(process.tree !== effect.tree, () => `a second main process of ${effect.service} in tree ${effect.tree}`);
    }
  }

  /** The first process of an activation. What stops later while hooks run does not undo the start. */
  function activationBegun(effect: RequestToken): void {
    const one = observed.of(effect.service);
    for (const key of [...agreed(one, 'requires'), ...agreed(one, 'bindsTo')]) {
      const target = observed.of(key);
      if (isLeftOut(observed, one, target)) continue;
      must(target.declared !== null, () => `${effect.service} started although ${key} is not defined`);
      const passed = target.cause === 'clean_exit' && target.declared.type === 'Oneshot' && target.state === 'inactive';
      must(satisfies(target.state) || passed, () => `${effect.service} started while ${key} was ${target.state}`);
    }
  }

  return {
    effect(effect) {
      if (effect.kind === 'arm-deadline' && effect.deadline.kind === 'drain') draining.add(effect.deadline.subject);
      if (effect.kind === 'remove-tree') leaked.delete(effect.tree);
      if (effect.kind === 'disarm-deadline' && effect.deadline.kind === 'drain') draining.delete(effect.deadline.subject);
      if (effect.kind === 'request-token' && observed.isFirst(effect.job)) activationBegun(effect);
      if (effect.kind !== 'spawn' || effect.type === 'ad_hoc') return;
      if (effect.type === 'service_main') mainSpawned(effect);
      const allowed: readonly string[] = {
        service_main: ['starting'],
        pre_exec_hook: ['starting'],
        post_exec_hook: ['active', 'completed', 'reloading'],
        reload_hook: ['reloading'],
        health_check: ['active', 'reloading'],
        readiness_check: ['starting'],
      }[effect.type];
      // By the steps so far: the policy itself may be further already.
      const now = observed.of(effect.service).state;
      must(allowed.includes(now), () => `${effect.type} of ${effect.service} was spawned while it was ${now}`);
      must(!draining.has(effect.tree), () => `${originText(effect.origin)} was spawned in tree ${effect.tree}, which is draining`);
      must(!leaked.has(effect.tree), () => `${originText(effect.origin)} was spawned in tree ${effect.tree}, which is leaked`);
    },
    after({ event }) {
      if (event.kind === 'deadline' && event.deadline.kind === 'drain') draining.delete(event.deadline.subject);
      if (state.trees.size > 0) for (const [tree, { state: now }] of state.trees) if (now === 'leaked') leaked.add(tree);
    },
    sweep(stamp) {
      const seen = new Set<Process>();
      for (const process of world.processes) {
        if (isOfJob(process.tree)) continue;
        const service = state.services.get(foldName(process.service));
        if (service?.activation?.tree === process.tree || isLeaked(process.tree, service?.leaks ?? [])) continue;
        seen.add(process);
        const since = suspects.get(process) ?? stamp.monotonic;
        suspects.set(process, since);
        const age = stamp.monotonic - since;
        must(
          age <= postKillNs + slackNs,
          () => `a process of ${process.service} lives in tree ${process.tree} ${age} ns after its activation`,
        );
      }
      for (const process of suspects.keys()) if (!seen.has(process)) suspects.delete(process);
      for (const service of state.services.values()) checkService(service.key);
    },
    end: sweepEnd,
  };

  function checkService(key: string): void {
    const service = state.services.get(key);
    if (service === undefined) return;
    const { hasProcess } = stateFacts[service.state];
    const mayHave = hasProcess || service.activation?.stage === 'post-hooks';
    must(
      service.activation === null || mayHave,
      () => `service ${service.name} is ${service.state} and has an activation in stage ${service.activation?.stage}`,
    );
    must(!hasProcess || service.activation !== null, () => `service ${service.name} is ${service.state} and has no activation`);
    must(
      (service.stop !== null) === (service.state === 'stopping') || (service.state === 'starting' && service.activation?.doom !== null),
      () => `service ${service.name} is ${service.state}, stop ${JSON.stringify(service.stop)}`,
    );
  }

  function isLeaked(tree: string, leaks: readonly { readonly tree: string }[]): boolean {
    return state.trees.get(tree)?.state === 'leaked' || leaks.some((leak) => leak.tree === tree);
  }

  /** Nothing is left but what cannot be killed. */
  function sweepEnd(): void {
    const jobs = new Set([...world.processes].map(({ job }) => job));
    for (const [id, { record }] of state.jobs) must(jobs.has(id), () => `job ${id} of ${record.service} is kept without a process`);
    for (const [kind, subjects] of state.deadlines) {
      for (const subject of subjects.keys()) {
        const text = deadlineText({ kind, subject });
        must(kind === 'retention' || kind === 'drain', () => `deadline ${text} is armed after the shutdown`);
        must(world.deadlines.has(text), () => `deadline ${text} is believed to be armed`);
      }
    }
    for (const service of state.services.values()) {
      must(!stateFacts[service.state].hasProcess, () => `service ${service.name} is ${service.state} after the shutdown`);
    }
  }
}
