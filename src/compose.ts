/** The composition of PID 1: every room wired to its neighbours, whatever kernel is below. */
import type { Notification } from '../gen/notify/types.ts';
import { createBoot } from './boot/boot.ts';
import { isContainer } from './boot/container.ts';
import { createFinalAction, disableCtrlAltDel } from './boot/final-action.ts';
import type { MachineState } from './boot/machine-state.ts';
import { beginBoot } from './boot/machine-state.ts';
import { readParameters } from './boot/parameters.ts';
import { createRecovery } from './boot/recovery.ts';
import { catchSignals } from './boot/signals.ts';
import { createStopping } from './boot/stopping.ts';
import { ensureProc } from './boot/virtual-filesystems.ts';
import { registrydName } from './configuration/builtin-registryd.ts';
import type { LoadOutcome } from './configuration/configuration.ts';
import { createConfiguration } from './configuration/configuration.ts';
import { createRegistrySession } from './configuration/session.ts';
import type { ControlOptions } from './control/control.ts';
import { createControl } from './control/control.ts';
import { cgroupRoot, createCgroups } from './exec/cgroups.ts';
import { createChecks } from './exec/checks.ts';
import { createDeadlines } from './exec/deadlines.ts';
import { createEngine } from './exec/engine.ts';
import { createFdStore } from './exec/fd-store.ts';
import { createHelper } from './exec/helper.ts';
import { createIdentities } from './exec/identities.ts';
import { createInterpreter } from './exec/interpreter.ts';
import { probeLimitPowers } from './exec/limits.ts';
import { createLiveJobs } from './exec/live-jobs.ts';
import { createLocalPaths } from './exec/local-paths.ts';
import { createMainStatus } from './exec/main-status.ts';
import { createReaper } from './exec/reaper.ts';
import { createSpawner } from './exec/spawner.ts';
import { createStamps, formatId } from './exec/stamp.ts';
import { describeErrno } from './kernel/errno.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Loop } from './kernel/loop.ts';
import type { Console } from './output/console.ts';
import { createConsole } from './output/console.ts';
import { createNarrator } from './output/narrator.ts';
import type { Relay } from './output/relay.ts';
import { createRelay } from './output/relay.ts';
import { createRegistryClient } from './platform/hosted/registry-client.ts';
import { createPolicy } from './policy/policy.ts';
import type { Policy } from './policy/view.ts';
import { notifiedEvent } from './wire/notify/notified.ts';
import { createNotifySocket } from './wire/notify/socket.ts';

/** What the machine stands on: the real kernel and process, or a test's. */
export interface Host {
  readonly kernel: Kernel;
  readonly loop: Loop;
  /** Arguments of the program. */
  readonly words: readonly string[];
  /** Path of the helper program. */
  readonly helperProgram: string;
  /** Ends the process; returns only in tests. */
  readonly exit: (status: number) => void;
}

export interface ComposedMachine {
  readonly policy: Policy;
  readonly machine: MachineState;
  readonly output: Relay;
  /** Tells of an error that nobody handled; the machine goes on. */
  contained(what: string, error: unknown): void;
  /** Catches signals and boots. */
  start(): void;
}

/** Hard limit of descriptors that the kernel starts process 1 with. */
const kernelNofile = 4096n;

/** The shortest slice that Linux gives. */
const sliceMicroseconds = 100;

/** Wires the rooms into one machine on that host; nothing happens before start(). */
export function composeMachine(host: Host): ComposedMachine {
  const { kernel, loop, words } = host;
  const times = beginBoot(kernel.realtimeNs());
  const contained = (what: string, error: unknown): void =>
    console().line(`error: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);

  const procMounted = ensureProc(kernel);
  const container = isContainer(kernel);
  const parameters = readParameters(kernel, words, container);
  const stamp = createStamps(kernel);
  const machine: MachineState = {
    mode: 'full',
    reason: null,
    bootId: formatId(stamp().idBase),
    container,
    times,
    warnings: [],
    ownMounts: procMounted ? ['/proc'] : [],
    stopping: false,
  };

  let openedConsole: Console | null = null;
  /** Opened with the first line: its device may come with the mounts of Phase 1. */
  function console(): Console {
    openedConsole ??= createConsole(kernel, loop, parameters.console);
    return openedConsole;
  }
  const lazyConsole: Console = {
    line: (text) => console().line(text),
    flush: () => console().flush(),
    get fd() {
      return console().fd;
    },
  };
  const warn = (text: string): void => console().line(`warning: ${text}`);

  const policy = createPolicy();
  const engine = createEngine({
    policy,
    stamp,
    run: (effect) => interpret(effect),
    later: (body) => loop.defer(body),
    onError: (error) => contained('an effect failed', error),
  });
  const cgroups = createCgroups(kernel, loop);
  const jobs = createLiveJobs();
  const fdStore = createFdStore(kernel, Number((parameters.nofile?.hard ?? kernelNofile) / 2n));
  const relay = createRelay(kernel, loop, () => configuration.settings.maxLogLineLength);
  let leakedChecks: string | null = null;
  const helper = createHelper({
    kernel,
    loop,
    cgroups,
    program: host.helperProgram,
    leaked(cgroup) {
      leakedChecks = `a check of paths outlived SIGKILL in cgroup peinit/${cgroup} and is left behind; look for dead disks or network mounts`;
      warn(leakedChecks);
    },
  });
  const powers = probeLimitPowers(kernel, parameters.nofile);
  machine.warnings.push(...powers.warnings);
  const mainStatus = createMainStatus(parameters.main);
  const checks = createChecks(helper, warn);
  let explained = 0;
  const checkForExplain: NonNullable<ControlOptions['check']> = (paths, timeoutSeconds, service, done) =>
    checks.run({ kind: 'run-checks', check: `explain-${++explained}`, service, checks: paths, timeoutSeconds }, done);

  const control = createControl({
    kernel,
    loop,
    policy,
    submit: engine.submit,
    machineInfo: () => ({ ...machine, warnings: [...machine.warnings, ...[notInForce(), leakedChecks].filter((each) => each !== null)] }),
    refusedChanges: () => refusal,
    aside: (service) => ({ output: relay.latest.of(service), stored: fdStore.entries(service).map(({ name }) => name) }),
    check: checkForExplain,
    shutdown: (type, reason) => stopping.request({ type, forced: false, reason }),
    reloadConfig: (done) =>
      configuration.load(true, (outcome) => {
        const answer = answerOf(outcome);
        if (answer.kind !== 'refused') refusal = null;
        done(answer);
      }),
    settings: () => ({ ...configuration.settings, connectionTimeoutSeconds: configuration.settings.connectionTimeout }),
  });
  const narrate = createNarrator({ console, machine: () => policy.machine(), serviceCount: () => policy.services().length });
  const interpret = createInterpreter({
    kernel,
    cgroups,
    jobs,
    checks,
    deadlines: createDeadlines(loop, engine.post),
    fdStore,
    spawn: createSpawner({
      kernel,
      loop,
      cgroups,
      jobs,
      localPaths: createLocalPaths(kernel),
      identities: createIdentities(),
      output: relay,
      fdStore,
      powers,
      notifySocket: parameters.notifySocket,
      globalVariables: () => configuration.globalVariables,
      warn,
      pipeCapacity: () => configuration.settings.maxLogBufferPerService,
      post: engine.post,
    }),
    post: engine.post,
    tell(effect) {
      narrate(effect);
      if (effect.kind === 'service-discarded') relay.latest.forget(effect.service);
      mainStatus.onEffect(effect);
      boot.onEffect(effect);
      control.onEffect(effect);
      stopping.onEffect(effect);
    },
  });

  /** Descriptors to keep or to drop; FdStoreMax is that of the definition in force. D-17. */
  function stored(job: string, notification: Notification, takeDescriptors: () => readonly number[]): void {
    const service = jobs.byId(job)?.service;
    if (service === undefined) return;
    const name = notification.fdName ?? null;
    if (notification.fdStoreRemove === true && name !== null) fdStore.remove(service, name);
    const descriptors = takeDescriptors();
    if (descriptors.length === 0) return;
    const max = policy.service(service)?.definition?.fdStoreMax ?? 0;
    for (const outcome of fdStore.store({ service, name, descriptors, pollOff: notification.fdPollOff === true, max }))
      control.publish({ name: 'fd_store.rejected', at: kernel.realtimeNs(), service, payload: { service, job_id: job, outcome, name } });
  }

  const notifySocket = createNotifySocket({
    kernel,
    loop,
    path: parameters.notifySocket,
    jobOfMainPid: jobs.mainOfPid,
    deliver: ({ job, assignments, notification, takeDescriptors }) => {
      stored(job, notification, takeDescriptors);
      engine.post(notifiedEvent(job, assignments));
    },
    rejected: ({ pid, reason }) =>
      control.publish({ name: 'notify.rejected', at: kernel.realtimeNs(), service: null, payload: { service: null, pid, reason } }),
  });

  const registry = createRegistryClient({ kernel, loop, host: { onLost: (reason) => lost(reason) } });
  function lost(reason: string): void {
    if (!machine.stopping) session.lost(reason);
  }
  const session = createRegistrySession({
    kernel,
    loop,
    registry,
    warn,
    onChanged: () => boot.registryChanged(),
    wanted: () => !machine.stopping && policy.service(registrydName)?.state === 'active',
  });
  const configuration = createConfiguration({
    registry,
    submit: engine.submit,
    warn,
    onRead() {
      times.definitionsRead ??= kernel.realtimeNs();
    },
    onSettings: () => undefined,
  });

  function answerOf(outcome: LoadOutcome): Extract<LoadOutcome, { kind: 'read' }>['answer'] {
    if (outcome.kind === 'read') return outcome.answer;
    return { kind: 'refused', code: 'INTERNAL_ERROR', message: outcome.message };
  }

  /** Warnings of the latest reload: what stays as it was is not told again. */
  let told = new Set<string>();
  /** Why what stands in the registry now is not in force. */
  let refusal: string | null = null;
  const notInForce = (): string | null => (refusal === null ? null : `changes of the registry are not taken over: ${refusal}`);
  function reload(): void {
    configuration.load(false, (outcome) => {
      const answer = answerOf(outcome);
      if (answer.kind === 'refused') {
        const earlier = notInForce();
        refusal = answer.message;
        const now = notInForce();
        return now === null || now === earlier ? undefined : warn(now);
      }
      refusal = null;
      for (const warning of answer.warnings) if (!told.has(warning)) warn(warning);
      told = new Set(answer.warnings);
    });
  }

  const finalAction = createFinalAction({
    kernel,
    loop,
    console: lazyConsole,
    container,
    launcher: parameters.launcher,
    ownMounts: () => machine.ownMounts,
    mainStatus: mainStatus.status,
    closeSockets() {
      control.close();
      notifySocket.close();
      registry.close();
    },
    exit: host.exit,
  });
  const stopping = createStopping({
    machine,
    submit: engine.submit,
    finalAction,
    onPhaseChanged: control.onPhaseChanged,
    say: (text) => console().line(text),
  });
  const recovery = createRecovery({
    kernel,
    loop,
    console: lazyConsole,
    consolePath: parameters.console,
    container,
    exit: host.exit,
    halt: () => finalAction.runAtOnce('halt'),
  });
  const reap = createReaper({
    kernel,
    jobs,
    drainNotify: notifySocket.drain,
    others: (status) => helper.exited(status) || recovery.exited(status),
    post: engine.post,
  });
  const boot = createBoot({
    kernel,
    console,
    machine,
    policy,
    submit: engine.submit,
    configuration,
    registry,
    session,
    recovery,
    openNotifySocket: notifySocket.start,
    startControl: control.start,
    recoveryDemanded: parameters.recovery,
    safeModeDemanded: parameters.safeMode,
    onPhaseChanged: control.onPhaseChanged,
    reload,
    warned(warnings) {
      told = new Set(warnings);
    },
    cgroupRoot,
    exit: host.exit,
  });

  return {
    policy,
    machine,
    output: relay,
    contained,
    start() {
      // Without it PID 1 waits behind the very programs that it starts. Where the kernel does not have it, all goes as before.
      kernel.setSlice(sliceMicroseconds);
      if (!container) disableCtrlAltDel(kernel);
      const signals = catchSignals({ kernel, loop, reap, shutdown: stopping.request });
      if (signals < 0) boot.enterRecovery(`signals cannot be caught: ${describeErrno(signals)}`);
      else boot.start();
    },
  };
}
