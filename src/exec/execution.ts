/** The door of the room of processes: everything that runs what the policy wants, made and connected. */
import type { EventOf } from '../../gen/events/events.ts';
import { notifyRejected } from '../../gen/events/events.ts';
import type { Assignment } from '../../gen/notify/types.ts';
import type { ExitStatus, Kernel } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Identities, TokenOutcome } from '../platform/identity.ts';
import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { Stamp } from '../policy/time.ts';
import type { Handled, Policy } from '../policy/view.ts';
import type { Checks } from './checks.ts';
import { createChecks } from './checks.ts';
import { chooseContainment } from './choose-containment.ts';
import type { Containment } from './containment.ts';
import { createDeadlines } from './deadlines.ts';
import { createEngine } from './engine.ts';
import { createFdStore } from './fd-store.ts';
import type { Helper } from './helper.ts';
import { createHelper } from './helper.ts';
import { createInterpreter } from './interpreter.ts';
import type { LimitPowers } from './limits.ts';
import { probeLimitPowers } from './limits.ts';
import { createLiveJobs } from './live-jobs.ts';
import type { LocalPaths } from './local-paths.ts';
import { createMainStatus } from './main-status.ts';
import { createProcessEnvironments } from './process-environments.ts';
import { createReaper } from './reaper.ts';
import type { OutputSink } from './spawner.ts';
import { createSpawner } from './spawner.ts';
import { policyInstant } from './stamp.ts';
import type { DescriptorNotice } from './stored-descriptors.ts';
import { createStoredDescriptors } from './stored-descriptors.ts';
import { createSurvivors } from './survivors.ts';
import type { Tags } from './tags.ts';
import { createTokenEnds } from './token-ends.ts';
import type { RefusedNotification } from './unheard.ts';
import { createUnheard } from './unheard.ts';

export interface ExecutionParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly policy: Pick<Policy, 'handle' | 'service'>;
  readonly stamp: () => Stamp;
  /** Path of the helper program. */
  readonly helperProgram: string;
  /** NOFILE pair that peinit was started with. */
  readonly nofile: LimitPowers['inheritedNofile'];
  readonly notifySocket: string;
  /** Groups that mark processes; null: none can be given. */
  readonly tags: Tags | null;
  /** Which containment is wanted, as the parameter says it. */
  readonly containment: string;
  /** The service whose exit status is that of the machine; empty: none. */
  readonly mainService: string;
  /** Zone of the machine, looked for anew. */
  readonly zone: () => string;
  readonly identities: Identities;
  readonly output: OutputSink;
  readonly localPaths: LocalPaths;
  /** Tells whoever reads the console. */
  readonly warn: (text: string) => void;
  /** Variables of Phase 2 services, KEY=VALUE. */
  readonly globalVariables: () => readonly string[];
  /** Wanted capacity of an output pipe in bytes. */
  readonly pipeCapacity: () => number;
  /** Handles what the notify socket holds. */
  readonly drainNotify: () => void;
  /** Children that others made. True when it was one of theirs. */
  readonly others: (status: ExitStatus) => boolean;
  /** Every effect that is a fact about services, operations or the machine. */
  readonly tell: (effect: Effect) => void;
  readonly publish: (event: EventOf) => void;
  /** What an effect or the policy itself threw. */
  readonly onError: (error: unknown) => void;
}

/** What a datagram of a main process says. */
export interface Notice extends DescriptorNotice {
  readonly assignments: readonly Assignment[];
}

/** The room of processes: runs what the policy wants, and brings it what became of it. */
export interface Execution {
  /** Has the policy handle an event and runs what it wants. */
  submit(event: PolicyEvent): Handled;
  notified(notice: Notice): void;
  /** A datagram was refused. Only one of a main process tells which service it is of. NTF-006. */
  unheard(refused: RefusedNotification): void;
  /** Collects the children that have ended. */
  reap(): void;
  /** Job id of the running main process with that pid; null: nobody who may notify. */
  mainOfPid(pid: number): string | null;
  /** Names of the descriptors kept for a service, in order. */
  storedNames(key: string): readonly string[];
  readonly explainChecks: Checks['explain'];
  /** For paths that others name, and what process 1 must not wait for. */
  readonly helper: Pick<Helper, 'run' | 'runAtOnce'>;
  /** Id of the job whose process that is, or the latest one of those that it came from; null: of none. */
  jobOf(pid: number): string | null;
  /** What became of a wish for a token. */
  tokenAnswered(job: string, outcome: TokenOutcome): void;
  /** How the processes of services are held; chosen when it is asked for first. */
  readonly containment: () => Containment;
  /** Exit status of the main service; null: none was named or it never ended. */
  mainStatus(): number | null;
  /** What this machine cannot do for processes, in words. */
  warnings(): readonly string[];
}

/** Hard limit of descriptors that the kernel starts process 1 with. */
const kernelNofile = 4096n;

export function createExecution(parts: ExecutionParts): Execution {
  const { kernel, loop, policy, warn } = parts;
  const engine = createEngine({
    policy,
    stamp: parts.stamp,
    run: (effect) => interpret(effect),
    later: (body) => loop.defer(body),
    onError: parts.onError,
  });
  const { post } = engine;
  const jobs = createLiveJobs();
  const containment = chooseContainment({ kernel, loop, tags: parts.tags, wanted: parts.containment });
  const fdStore = createFdStore({ kernel, maxOfAll: Number((parts.nofile?.hard ?? kernelNofile) / 2n), warn });
  const helper = createHelper({ kernel, loop, containment, program: parts.helperProgram, warn });
  const checks = createChecks(helper, warn);
  const powers = probeLimitPowers(kernel, parts.nofile);
  const mainStatus = createMainStatus(parts.mainService);
  const { identities } = parts;
  const tokenEnds = createTokenEnds(containment, identities);
  const environments = createProcessEnvironments({ helper, identities, post });
  const spawn = createSpawner({
    kernel,
    loop,
    containment,
    jobs,
    localPaths: parts.localPaths,
    identities,
    tokenEnds,
    environments,
    output: parts.output,
    fdStore,
    powers,
    helperProgram: parts.helperProgram,
    notifySocket: parts.notifySocket,
    globalVariables: parts.globalVariables,
    warn,
    pipeCapacity: parts.pipeCapacity,
    post,
  });
  const interpret = createInterpreter({
    kernel,
    containment,
    jobs,
    checks,
    deadlines: createDeadlines(loop, post, createSurvivors(kernel, jobs)),
    fdStore,
    identities,
    environments,
    spawn,
    post,
    tell(effect) {
      mainStatus.onEffect(effect);
      parts.tell(effect);
    },
  });
  const storeDescriptors = createStoredDescriptors({ jobs, fdStore, policy, publish: parts.publish });
  // What was said in time counts, however late it is read; and what the loop slept through counts for nobody.
  loop.beforeDeadlines((stall) => {
    parts.drainNotify();
    if (stall !== null) post({ kind: 'stalled', since: policyInstant(stall.since), dueAt: policyInstant(stall.dueAt) });
  });
  loop.onClockSet(() => post({ kind: 'clock-set', zone: parts.zone() }));
  const unheardOf = createUnheard({ kernel, jobs, containment });
  const reap = createReaper({
    kernel,
    jobs,
    containment,
    drainNotify: parts.drainNotify,
    others: (status) => helper.exited(status) || parts.others(status),
    tokenEnds,
    post,
  });

  return {
    submit: engine.submit,
    notified(notice) {
      storeDescriptors(notice);
      post({ kind: 'notified', job: notice.job, assignments: notice.assignments });
    },
    unheard(refused) {
      const { pid, job, reason } = refused;
      const service = job === null ? null : (jobs.byId(job)?.service ?? null);
      parts.publish(notifyRejected({ service, pid, reason }));
      const unheard = unheardOf(refused);
      if (unheard !== null) post(unheard);
    },
    reap,
    mainOfPid: jobs.mainOfPid,
    jobOf(pid) {
      const job = jobs.byPid(pid);
      if (job !== undefined) return job.id;
      const owner = containment().ownerOf(pid);
      return owner === null || owner.part === null ? null : (jobs.bornIn(owner.tree, owner.part).at(-1)?.id ?? null);
    },
    tokenAnswered: environments.answered,
    storedNames: (key) => fdStore.entries(key).map(({ name }) => name),
    explainChecks: checks.explain,
    helper,
    containment,
    mainStatus: mainStatus.status,
    warnings: () => [...identities.warnings(), ...powers.warnings, ...helper.warnings()],
  };
}
