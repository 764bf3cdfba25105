/**
 * No process without a token that was granted for its job, asked for by the principal that the definition names and reduced as it says; no
 * token that is used twice, or kept by nobody; and no job waits for one whose activation is over.
 */
import { foldName } from '../../../src/policy/definition/names.ts';
import type { RequestToken, SpawnJob } from '../../../src/policy/effects.ts';
import { originText } from '../../../src/policy/origin.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

/** Which privileges a token keeps. */
const words = (kept: readonly string[] | null): string => (kept === null ? 'all privileges' : kept.join(', ') || 'none');

export function tokenInvariant({ policy, world, observed }: Scene): Invariant {
  const { state } = policy;
  const { outstanding } = world.authority;
  const asked = new Map<string, RequestToken>();
  /** Jobs that waited when what they were to be born in was killed. */
  let killed: string[] = [];

  function spawned(effect: SpawnJob): void {
    const request = asked.get(effect.job);
    must(request !== undefined, () => `${originText(effect.origin)} was spawned without asking for a token`);
    must(
      outstanding.get(effect.token) === effect.job,
      () => `${originText(effect.origin)} has token ${effect.token}, which is not its own`,
    );
    asked.delete(effect.job);
    if (effect.type === 'ad_hoc') return;
    const { snapshot } = observed.of(effect.service);
    if (snapshot === null) return;
    const isHook = effect.type === 'pre_exec_hook' || effect.type === 'post_exec_hook';
    const wanted = isHook ? (snapshot.hookIdentity ?? snapshot.identity) : snapshot.identity;
    must(request.identity === wanted, () => `${originText(effect.origin)} runs as ${request.identity}, not as ${wanted}`);
    const kept = isHook && snapshot.hookIdentity !== undefined ? null : snapshot.requiredPrivileges;
    const [has, mayHave] = [words(request.requiredPrivileges), words(kept ?? null)];
    must(has === mayHave, () => `${originText(effect.origin)} keeps ${has}, not ${mayHave}`);
  }

  function checkWaiting(): void {
    for (const [id, { activation, record, serviceKey, untilToken }] of state.jobs) {
      if (untilToken === null) continue;
      const current = state.services.get(serviceKey)?.activation;
      must(current?.id === activation, () => `job ${id} of ${record.service} waits for a token, but its activation is over`);
      const parts = [current.main, current.hookJob, current.reloadJob, current.healthJob];
      must(parts.includes(id), () => `job ${id} of ${record.service} waits for a token, but its activation does not know of it`);
    }
  }

  return {
    effect(effect) {
      if (effect.kind === 'request-token') asked.set(effect.job, effect);
      if (effect.kind === 'cancel-token') asked.delete(effect.job);
      if (effect.kind === 'service-discarded') {
        for (const [job, { service }] of asked) if (foldName(service) === foldName(effect.service)) asked.delete(job);
      }
      if (effect.kind === 'spawn') spawned(effect);
      if (effect.kind !== 'kill-cgroup') return;
      for (const job of asked.keys()) {
        const { part, record } = state.jobs.get(job) ?? {};
        if (record?.tree === effect.tree && (effect.part === 'tree' || effect.part === part)) killed.push(job);
      }
    },
    after({ event }) {
      for (const job of killed) must(!asked.has(job), () => `job ${job} waits for its token, though what it was to be born in was killed`);
      killed = [];
      if (event.kind !== 'token-done' || !event.outcome.ok) return;
      const { token } = event.outcome;
      must(!outstanding.has(token), () => `token ${token} for job ${event.job} was neither used nor given back`);
    },
    sweep: checkWaiting,
    end: checkWaiting,
  };
}
