/** Every process of a start is what the definition said when the service stepped to starting, whatever has been written since. GEN-003. */
import type { ServiceDefinition } from '../../../src/policy/definition/definition.ts';
import type { SpawnJob } from '../../../src/policy/effects.ts';
import { originText } from '../../../src/policy/origin.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { isOfJob } from './jobs.ts';

export function snapshotInvariant({ observed }: Scene): Invariant {
  /** The definition in force when a job was made: its token may come when there is another one. */
  const made = new Map<string, ServiceDefinition | null>();
  return {
    effect(effect) {
      if (effect.kind === 'request-token' && !isOfJob(effect.service)) made.set(effect.job, observed.of(effect.service).declared);
      if (effect.kind === 'cancel-token') made.delete(effect.job);
      if (effect.kind !== 'spawn') return;
      const declared = made.get(effect.job) ?? null;
      made.delete(effect.job);
      if (effect.type === 'ad_hoc') return;
      const { snapshot } = observed.of(effect.service);
      // Without one it was never to start, which is another rule.
      if (snapshot === null) return;
      const wanted = commandLine(effect, snapshot, declared ?? snapshot);
      must(
        effect.argv.join(' ') === wanted.join(' '),
        () => `${originText(effect.origin)} runs ${effect.argv.join(' ')}, its definition at the start says ${wanted.join(' ')}`,
      );
      must(
        effect.process.environment.join(' ') === snapshot.environment.join(' '),
        () =>
          `${originText(effect.origin)} has ${effect.process.environment.join(' ')}, at the start it was ${snapshot.environment.join(' ')}`,
      );
    },
  };
}

/** Checks and reloads are those of the definition in force. GEN-010. */
function commandLine({ type, origin }: SpawnJob, snapshot: ServiceDefinition, live: ServiceDefinition): readonly string[] {
  const at = origin.index ?? -1;
  switch (type) {
    case 'service_main':
      return [snapshot.imagePath, ...snapshot.arguments];
    case 'pre_exec_hook':
      return snapshot.execStartPre[at] ?? [];
    case 'post_exec_hook':
      return snapshot.execStartPost[at] ?? [];
    case 'reload_hook':
      return live.execReload.type === 'command' ? live.execReload.argv : [];
    case 'health_check':
      return live.healthCheck ?? [];
    case 'readiness_check':
      return snapshot.readinessCheck ?? [];
    case 'ad_hoc':
      return [];
    default:
      return unknownType(type);
  }
}

function unknownType(type: never): never {
  throw new Error(`unknown type of job ${JSON.stringify(type)}`);
}
