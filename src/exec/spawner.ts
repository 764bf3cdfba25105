import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel, Spawned, SpawnFailure, SpawnRequest } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Identities, ProcessToken } from '../platform/identity.ts';
import { helperWord } from '../policy/definition/mount.ts';
import type { SpawnJob } from '../policy/effects.ts';
import type { JobRunning, JobSetupFailed } from '../policy/events.ts';
import type { Origin } from '../policy/origin.ts';
import { originText } from '../policy/origin.ts';
import { describeChildFailure, describeErrorRecord } from './child-failure.ts';
import type { Containment, Placement } from './containment.ts';
import { buildEnvironment } from './environment.ts';
import type { FdStore } from './fd-store.ts';
import { createLateStarters } from './late-starters.ts';
import type { LimitPowers } from './limits.ts';
import { limitsFor, oomScoreFor } from './limits.ts';
import type { LiveJob, LiveJobs } from './live-jobs.ts';
import type { LocalPaths } from './local-paths.ts';
import type { ProcessEnvironments } from './process-environments.ts';
import { makeRuntimeDirectories } from './runtime-directories.ts';
import { watchSetupPipe } from './setup-pipe.ts';
import type { TokenEnds } from './token-ends.ts';

/** Takes the read ends of a job's stdout and stderr and closes them at their end. */
export interface OutputSink {
  attach(origin: Origin, job: string, stdout: number, stderr: number): void;
}

export interface SpawnerParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly containment: () => Containment;
  readonly jobs: LiveJobs;
  readonly localPaths: LocalPaths;
  readonly identities: Pick<Identities, 'use' | 'ended'>;
  readonly tokenEnds: TokenEnds;
  readonly environments: Pick<ProcessEnvironments, 'take'>;
  readonly output: OutputSink;
  readonly fdStore: FdStore;
  readonly powers: LimitPowers;
  readonly helperProgram: string;
  readonly notifySocket: string;
  /** Global variables of Phase 2 services, KEY=VALUE. */
  readonly globalVariables: () => readonly string[];
  /** Tells whoever reads the console. */
  readonly warn: (text: string) => void;
  /** Wanted capacity of an output pipe in bytes. */
  readonly pipeCapacity: () => number;
  readonly post: (event: JobRunning | JobSetupFailed) => void;
}

/** No program runs. */
type Failed = Pick<JobSetupFailed, 'stage' | 'message'>;

/** Null: an ad-hoc job, whose tree has no parts. */
const placeOf = ({ part }: SpawnJob): Exclude<SpawnJob['part'], 'tree'> | null => (part === 'tree' ? null : part);

/**
 * Steps 2 to 8 of the start sequence for one job: cgroup, identity, pipes, clone3, and the confirmation of exec. Every way out
 * closes what it opened, and ends in exactly one of job-running and job-setup-failed. PSD-007 4.1.
 */
export function createSpawner(parts: SpawnerParts): (effect: SpawnJob) => void {
  const { kernel, containment, jobs } = parts;
  const lateStarters = createLateStarters();

  const fail = ({ job }: SpawnJob, { stage, message }: Failed): void => parts.post({ kind: 'job-setup-failed', job, stage, message });

  /** Steps of a mount are run by the helper program, which the policy knows by a word alone. */
  const programOf = ({ argv }: SpawnJob): string => (argv[0] === helperWord ? parts.helperProgram : argv[0]);

  function isFrozen(effect: SpawnJob): boolean {
    const frozen = containment().frozen(effect.tree, placeOf(effect));
    if (frozen) parts.warn(`${originText(effect.origin)}: its cgroup is frozen, so it stands still until 0 is written to cgroup.freeze`);
    return frozen;
  }

  function request(effect: SpawnJob, token: ProcessToken, placement: Placement, stdout: number, stderr: number): SpawnRequest {
    const { process } = effect;
    const stored = process.takesStored ? parts.fdStore.entries(effect.key) : [];
    const environment = buildEnvironment({
      global: process.globalVariables ? parts.globalVariables() : [],
      read: parts.environments.take(effect.job),
      definition: process.environment,
      notifySocket: process.notifies ? parts.notifySocket : null,
      watchdogUsec: process.watchdogUsec,
      mainPid: process.mainPid,
      storedNames: stored.map(({ name }) => name),
      marks: placement.environment,
    });
    const { workingDirectory } = process;
    const path = programOf(effect);
    return {
      path,
      argv: effect.argv,
      environment: environment.entries,
      ownPidVariables: environment.ownPid,
      workingDirectory,
      ...placement.request,
      stdin: -1,
      stdout,
      stderr,
      stored: stored.map(({ fd }) => fd),
      limits: limitsFor(process.limits, parts.powers),
      oomScoreAdj: oomScoreFor(process.critical, parts.powers),
      projection: token.projection,
      remote:
        lateStarters.includes(effect, token) ||
        !(parts.localPaths.isLocal(path) && parts.localPaths.isLocal(workingDirectory)) ||
        isFrozen(effect),
    };
  }

  /** One whose program is not there in time is made anew where it may take its time. */
  function spawn(effect: SpawnJob, token: ProcessToken, wanted: SpawnRequest): Spawned | SpawnFailure {
    const spawned = kernel.spawn(wanted);
    if (!('errno' in spawned && spawned.errno === errno.ETIME && spawned.step === null)) return spawned;
    lateStarters.add(effect, token);
    return kernel.spawn({ ...wanted, remote: true });
  }

  function prepare(effect: SpawnJob, token: ProcessToken): Failed | null {
    if (effect.prepareTree) {
      const made = effect.part === 'tree' ? containment().prepareSingle(effect.tree) : containment().prepare(effect.tree);
      if (made < 0) return inParent(`creating its cgroup tree ${effect.tree} failed: ${describeErrno(made)}`);
    }
    const directories = makeRuntimeDirectories(kernel, effect.process.runtimeDirectories, token);
    return directories === null ? null : inParent(directories);
  }

  function setUp(effect: SpawnJob, pid: number, pidfd: number, errorPipe: number): void {
    const live = {
      id: effect.job,
      service: effect.service,
      key: effect.key,
      type: effect.type,
      tree: effect.tree,
      part: effect.part,
      pid,
      pidfd,
      running: false,
      settleSetup: null as LiveJob['settleSetup'],
    };
    jobs.add(live);
    const confirmed = (): void => {
      live.running = true;
      live.settleSetup = null;
      // The new process has its own copies now; a launch that failed would have kept them for the next attempt. FDS-011, O-23.
      if (effect.process.takesStored && !effect.process.keepsStored) parts.fdStore.clear(effect.key);
      parts.post({ kind: 'job-running', job: effect.job, pid });
    };
    if (errorPipe < 0) return confirmed();
    live.settleSetup = watchSetupPipe(kernel, parts.loop, errorPipe, (record) => {
      const failure = describeErrorRecord(effect.argv[0], record);
      if (failure === null) return confirmed();
      // The child exits by itself; the reaper collects it as a process that nobody tracks any more.
      jobs.remove(live);
      kernel.close(pidfd);
      parts.tokenEnds(live, false);
      fail(effect, { stage: 'child', message: failure });
    });
  }

  /** Null: it was made, and what becomes of it is told later. */
  function make(effect: SpawnJob, token: ProcessToken): Failed | null {
    const refused = prepare(effect, token);
    if (refused !== null) return refused;
    const placement = containment().place(effect.tree, placeOf(effect), token.tag);
    if (typeof placement === 'number')
      return inParent(`opening its cgroup ${effect.tree}/${effect.part} failed: ${describeErrno(placement)}`);
    const { uid, gid } = token;
    const pipe = { nonblockingRead: true, capacity: parts.pipeCapacity(), ...(uid === 0 ? {} : { owner: { uid, gid } }) };
    const stdout = kernel.pipe(pipe);
    const stderr = typeof stdout === 'number' ? stdout : kernel.pipe(pipe);
    if (typeof stdout === 'number' || typeof stderr === 'number') {
      if (typeof stdout !== 'number') for (const fd of stdout) kernel.close(fd);
      placement.close();
      return inParent(`pipe2 for its output failed: ${describeErrno(Number(stderr))}; raise the descriptor limit of peinit`);
    }
    const spawned = spawn(effect, token, request(effect, token, placement, stdout[1], stderr[1]));
    if (!('errno' in spawned)) placement.born(spawned.pid);
    placement.close();
    for (const fd of [stdout[1], stderr[1]]) kernel.close(fd);
    if ('errno' in spawned) {
      kernel.close(stdout[0]);
      kernel.close(stderr[0]);
      if (spawned.step === null) return inParent(`${spawned.call} failed: ${describeErrno(spawned.errno)}`);
      return { stage: 'child', message: describeChildFailure(effect.argv[0], spawned.step, spawned.errno) };
    }
    parts.output.attach(effect.origin, effect.job, stdout[0], stderr[0]);
    setUp(effect, spawned.pid, spawned.pidfd, spawned.errorPipe);
    return null;
  }

  return (effect) => {
    const token = parts.identities.use(effect.token);
    if (typeof token === 'string') return fail(effect, inParent(token));
    const failed = make(effect, token);
    if (failed === null) return;
    parts.identities.ended(token.id);
    fail(effect, failed);
  };
}

const inParent = (message: string): Failed => ({ stage: 'parent', message });
