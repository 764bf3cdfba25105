/** The room of processes alone: what it does with effects that the test gives it, in the place of a policy. */
import type { EventOf } from '../../gen/events/events.ts';
import type { ExecutionParts } from '../../src/exec/execution.ts';
import { createExecution } from '../../src/exec/execution.ts';
import { createLocalPaths } from '../../src/exec/local-paths.ts';
import { createStamps } from '../../src/exec/stamp.ts';
import { createTags } from '../../src/exec/tags.ts';
import { fileNode } from '../../src/linux/simulated/file-tree.ts';
import type { Program } from '../../src/linux/simulated/processes.ts';
import type { SimulationOptions } from '../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../src/linux/simulated/simulated-loop.ts';
import { createIdentities } from '../../src/platform/hosted/identity/identities.ts';
import { decodeDefinition } from '../../src/policy/definition/decode.ts';
import { isSystemIdentity } from '../../src/policy/definition/identity.ts';
import type { Effect, SpawnJob } from '../../src/policy/effects.ts';
import type { PolicyEvent } from '../../src/policy/events.ts';
import { processSpec } from '../../src/policy/process-spec.ts';
import type { Policy } from '../../src/policy/view.ts';
import type { RegistryValue } from '../../src/registry/value.ts';

const mounted = [
  { target: '/proc', type: 'proc' },
  { target: '/sys', type: 'sysfs' },
  { target: '/sys/fs/cgroup', type: 'cgroup2' },
  { target: '/run', type: 'tmpfs' },
  { target: '/srv', type: 'nfs' },
];

export interface RoomOptions extends Partial<SimulationOptions> {
  /** peinit's own oom_score_adj. */
  readonly ownOom?: number;
  /** As peinit.containment has it. */
  readonly containment?: string;
  /** FdStoreMax of every service. */
  readonly fdStoreMax?: number;
  /** What peinit was started with. */
  readonly nofile?: ExecutionParts['nofile'];
}

const nofileGiven = { soft: 1024n, hard: 4096n };

/** The room of processes on a simulated kernel; `events` is what it told the policy, `published` what it told everybody. */
export function createScene({ ownOom = 0, fdStoreMax = 2, nofile = nofileGiven, containment = '', ...options }: RoomOptions = {}) {
  const machine = createSimulatedKernel({ seed: 7, faults: [], disturbance: calm, mounted, ...options });
  const { kernel, world, processes } = machine;
  machine.tree.place('/proc/self/oom_score_adj', fileNode(String(ownOom), 0o644));
  const errors: unknown[] = [];
  const loop = createSimulatedLoop(world, (error) => errors.push(error));
  const events: PolicyEvent[] = [];
  const published: EventOf[] = [];
  const warnings: string[] = [];
  /** What the policy wants next. */
  const wanted: Effect[] = [];
  /** Processes that wait for their token. */
  const asked = new Map<string, SpawnJob>();
  const policy = {
    handle(event: PolicyEvent) {
      const effect = event.kind === 'token-done' ? asked.get(event.job) : undefined;
      if (event.kind === 'token-done' && event.outcome.ok && effect !== undefined) wanted.push({ ...effect, token: event.outcome.token });
      else if (event.kind !== 'boot') events.push(event);
      return { effects: wanted.splice(0), answer: null };
    },
    service: () => ({ definition: { fdStoreMax } }),
  } as unknown as Policy;
  kernel.mkdir('/run/peinit', 0o755);
  const tags = createTags(kernel);
  const identities = createIdentities({
    kernel,
    loop,
    tags,
    isSystem: isSystemIdentity,
    rootIsSystem: true,
    jobOf: (pid) => execution.jobOf(pid),
    warn: (text) => void warnings.push(text),
    answer: (job, outcome) => execution.tokenAnswered(job, outcome),
  });
  const execution = createExecution({
    kernel,
    loop,
    policy,
    stamp: createStamps(kernel),
    helperProgram: '/usr/lib/peinit/peinit-helper',
    nofile,
    notifySocket: '/run/peinit/notify.sock',
    localPaths: createLocalPaths(kernel),
    tags,
    containment,
    mainService: '',
    zone: () => 'UTC',
    identities,
    output: {
      attach(_origin, _job, stdout, stderr) {
        kernel.close(stdout);
        kernel.close(stderr);
      },
    },
    warn: (text) => void warnings.push(text),
    globalVariables: () => [],
    pipeCapacity: () => 65536,
    drainNotify: () => undefined,
    others: () => false,
    tell: () => undefined,
    publish: (event) => void published.push(event),
    onError: (error) => errors.push(error),
  });
  // As the boot does.
  execution.containment();
  const signals = kernel.catchSignals([17]);
  loop.watch(signals, { read: true }, 'signal', () => {
    kernel.drainSignals();
    execution.reap();
  });
  function spawn(effect: SpawnJob, identity = 'SYSTEM'): void {
    const { job, service, key } = effect;
    asked.set(job, effect);
    run({ kind: 'request-token', job, service, key, identity, requiredPrivileges: null });
  }
  /** A main process leaves descriptors with peinit, one datagram for each, and ends. */
  function store(service: string, ...left: readonly { readonly fd: number; readonly fdName?: string }[]): void {
    install('/bin/leaver', (process) => process.after(1, () => process.exit(0)));
    spawn(effect('/bin/leaver', { job: 'leaver', service }));
    for (const { fd, ...named } of left)
      execution.notified({ job: 'leaver', assignments: [], notification: { fdStore: true, ...named }, takeDescriptors: () => [fd] });
    loop.runFor(100);
    events.length = 0;
  }
  const effect = (path: string, overrides: Partial<SpawnJob> = {}, values: readonly RegistryValue[] = []): SpawnJob => {
    const { definition } = decodeDefinition({
      name: 'web',
      values: [{ name: 'ImagePath', type: 'SZ', data: path }, { name: 'Identity', type: 'SZ', data: 'SYSTEM' }, ...values],
    });
    if (definition === null) throw new Error('broken definition');
    return {
      kind: 'spawn',
      job: 'job-1',
      service: 'web',
      key: 'web',
      type: 'service_main',
      process: processSpec('web', overrides.type ?? 'service_main', definition, { watchdogUsec: null, mainPid: null }),
      tree: 'web',
      part: 'main',
      prepareTree: true,
      argv: [path],
      origin: { service: 'web', part: null, index: null },
      token: 0,
      ...overrides,
    };
  };
  const install = (path: string, program: Program): void => processes.program(path, program);
  /** Has an effect run. */
  function run(...effects: readonly Effect[]): void {
    wanted.push(...effects);
    execution.submit({ kind: 'boot', maxParallelStarts: 1, safe: false });
  }
  const { storedNames } = execution;
  return { ...machine, loop, errors, events, published, warnings, execution, storedNames, run, spawn, store, effect, install };
}
