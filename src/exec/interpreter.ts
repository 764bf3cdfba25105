import type { Kernel } from '../kernel/kernel.ts';
import type { Identities } from '../platform/identity.ts';
import type { AwaitEmpty, CountProcesses, Effect, KillCgroup, RunChecks, SpawnJob } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { Checks } from './checks.ts';
import type { Containment } from './containment.ts';
import type { Deadlines } from './deadlines.ts';
import type { FdStore } from './fd-store.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { ProcessEnvironments } from './process-environments.ts';

const sigkill = 9;

export interface InterpreterParts {
  readonly kernel: Kernel;
  readonly containment: () => Containment;
  readonly jobs: LiveJobs;
  readonly checks: Checks;
  readonly deadlines: Deadlines;
  readonly fdStore: FdStore;
  readonly identities: Pick<Identities, 'drop'>;
  readonly environments: Pick<ProcessEnvironments, 'request' | 'cancel'>;
  readonly spawn: (effect: SpawnJob) => void;
  readonly post: (event: PolicyEvent) => void;
  /** Sees every effect that is a fact about services, operations or the machine, after it has been run here. */
  readonly tell: (effect: Effect) => void;
}

/** Runs the effects of the policy that concern processes, and passes on the facts. */
export function createInterpreter(parts: InterpreterParts): (effect: Effect) => void {
  const { kernel, containment, jobs, checks, deadlines, identities } = parts;

  function awaitEmpty({ service, tree, part }: AwaitEmpty): void {
    containment().whenEmpty(tree, part, () => parts.post({ kind: 'cgroup-empty', service, tree, part }));
  }

  /** Also those that were born there and have gone to another cgroup since. */
  function kill({ tree, part }: KillCgroup): void {
    containment().kill(tree, part);
    for (const job of jobs.bornIn(tree, part)) kernel.signal(job.pidfd, sigkill);
  }

  function count({ service, tree, part, except }: CountProcesses): void {
    const members = containment().members(tree, part);
    const excepted = except === null ? undefined : jobs.byId(except)?.pid;
    const others = members === null ? null : Array.from(members).filter((pid) => pid !== excepted).length;
    parts.post({ kind: 'processes-counted', service, tree, count: others });
  }

  function runChecks(effect: RunChecks): void {
    checks.run(effect, (verdicts) => parts.post({ kind: 'checks-done', check: effect.check, verdicts }));
  }

  return (effect) => {
    switch (effect.kind) {
      case 'request-token':
        return parts.environments.request(effect);
      case 'cancel-token':
        return parts.environments.cancel(effect.job);
      case 'drop-token':
        return identities.drop(effect.token);
      case 'spawn':
        return parts.spawn(effect);
      case 'signal': {
        const job = jobs.byId(effect.job);
        if (job === undefined) return;
        containment().look();
        kernel.signal(job.pidfd, effect.signal);
        return;
      }
      case 'signal-part':
        return containment().signal(
          effect.tree,
          effect.part,
          effect.signals,
          effect.except === null ? null : (jobs.byId(effect.except)?.pid ?? null),
        );
      case 'count-processes':
        return count(effect);
      case 'kill-cgroup':
        return kill(effect);
      case 'await-empty':
        return awaitEmpty(effect);
      case 'run-checks':
        return runChecks(effect);
      case 'cancel-checks':
        return checks.cancel(effect.check);
      case 'arm-deadline':
        return deadlines.arm(effect);
      case 'disarm-deadline':
        return deadlines.disarm(effect.deadline);
      case 'remove-tree':
        containment().remove(effect.tree);
        return;
      case 'clear-fd-store':
        return parts.fdStore.clear(effect.key);
      case 'service-discarded':
        parts.fdStore.clear(effect.key);
        return parts.tell(effect);
      case 'save-last-run':
      case 'timer-fired':
      case 'recorded':
      case 'service-changed':
      case 'operation-changed':
      case 'job-changed':
      case 'job-accepted':
      case 'job-refused':
      case 'job-gone':
      case 'report':
      case 'critical-failure':
      case 'safe-mode':
      case 'boot-confirmed':
      case 'settled':
      case 'services-stopped':
        return parts.tell(effect);
      default:
        return unknown(effect);
    }
  };
}

function unknown(effect: never): never {
  throw new Error(`effect without an interpreter: ${JSON.stringify(effect)}`);
}
