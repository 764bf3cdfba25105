/**
 * With a ReadinessCheck a service is up after one that succeeded, and not before; at most one runs at a time, and none begins sooner than
 * 0.2 s after the one before it. O-45.
 */
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const periodNs = 200_000_000n;

export function readinessInvariant({ observed }: Scene): Invariant {
  /** Checks that have not ended, by service. */
  const running = new Map<string, string>();
  const begun = new Map<string, bigint>();
  return {
    effect(effect, { event, stamp }) {
      if (effect.kind === 'job-changed' && effect.job.type === 'readiness_check') {
        const { id, state } = effect.job;
        const service = effect.key;
        if (state === 'created') {
          const last = begun.get(service);
          must(!running.has(service), () => `a second ReadinessCheck of ${service} began beside ${running.get(service)}`);
          must(last === undefined || stamp.monotonic - last >= periodNs, () => `ReadinessCheck of ${service} came again too soon`);
          running.set(service, id);
          begun.set(service, stamp.monotonic);
        } else if (state !== 'running') running.delete(service);
      }
      if (effect.kind !== 'service-changed') return;
      if (effect.to === 'starting') begun.delete(effect.key);
      if (effect.from !== 'starting' || effect.to !== 'active') return;
      const one = observed.of(effect.service);
      if (one.snapshot?.readinessCheck === null || one.snapshot === null) return;
      const passed = event.kind === 'job-exited' && event.exitCode === 0 && observed.ended?.of === one;
      must(passed && observed.ended?.type === 'readiness_check', () => `${one.key} is up, and no ReadinessCheck said so`);
    },
  };
}
