/** The composition of PID 1: every room wired to its neighbours, whatever kernel is below. */
import { endpoints } from '../gen/control/facts.ts';
import type { EventOf } from '../gen/events/events.ts';
import { log } from '../gen/events/events.ts';
import { endpoints as jobEndpoints } from '../gen/jobs/facts.ts';
import { encodeHelloRecord } from '../gen/output/encode.ts';
import { createBoot } from './boot/boot.ts';
import type { MachineState } from './boot/machine-state.ts';
import { beginMachine } from './boot/machine-state.ts';
import { createMachineZone } from './boot/machine-zone.ts';
import { endStep } from './boot/steps.ts';
import { createConfiguration } from './configuration/configuration.ts';
import { createControl } from './control/control.ts';
import { createEventJournal } from './events/journal.ts';
import { createExecution } from './exec/execution.ts';
import { createLocalPaths } from './exec/local-paths.ts';
import { createStamps } from './exec/stamp.ts';
import { createTags } from './exec/tags.ts';
import { createJobs } from './jobs/jobs.ts';
import { createSubmitters, deniedSubmitter } from './jobs/submitters.ts';
import { describeErrno } from './kernel/errno.ts';
import type { Kernel, Projection, Result } from './kernel/kernel.ts';
import type { Loop } from './kernel/loop.ts';
import { consoleMode } from './output/console-mode.ts';
import type { Output } from './output/output.ts';
import { createOutput } from './output/output.ts';
import { createIdentities } from './platform/hosted/identity/identities.ts';
import { hostedPathOwners } from './platform/hosted/path-ownership.ts';
import { createRegistryClient } from './platform/hosted/registry-client.ts';
import { isSystemIdentity } from './policy/definition/identity.ts';
import { createPolicy } from './policy/policy.ts';
import type { Policy } from './policy/view.ts';
import { createNotifySocket } from './wire/notify/socket.ts';
import { createSocketKeeper } from './wire/socket-keeper.ts';
import { formatTimestamp } from './wire/timestamp.ts';

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
  readonly contained: Output['contained'];
  /** Nothing of the boot is under way any more. */
  isBooted(): boolean;
  /** Catches signals and boots. */
  start(): void;
}

/** Wires the rooms into one machine on that host; nothing happens before start(). */
export function composeMachine({ kernel, loop, words, helperProgram, exit }: Host): ComposedMachine {
  const stamp = createStamps(kernel);
  const { machine, parameters } = beginMachine(kernel, words, stamp);
  const policy = createPolicy();
  const journal = createEventJournal();
  const output = createOutput({
    kernel,
    loop,
    consoleMode: consoleMode(parameters.console),
    quiet: parameters.quiet,
    timestamp: formatTimestamp,
    policy,
    maxLineLength: () => configuration.settings.maxLogLineLength,
    maxUnsentBytes: () => configuration.settings.maxLogBufferPerService,
    logSocketPath: () => configuration.settings.logSocketPath,
    journal,
    hello: () => encodeHelloRecord({ boot_id: machine.bootId, started_at: formatTimestamp(machine.times.started) }),
  });
  const { console, warn, contained } = output;

  const localPaths = createLocalPaths(kernel);
  const zone = createMachineZone({ kernel, localPaths, warn });

  /** An event that is no effect of the policy. */
  const publish = (event: EventOf): void => control.publish(event);

  const tags = createTags(kernel);
  const identities = createIdentities({
    kernel,
    loop,
    tags,
    isSystem: isSystemIdentity,
    rootIsSystem: parameters.rootIsSystem,
    jobOf: (pid) => execution.jobOf(pid),
    warn,
    answer: (job, outcome) => submitters.answered(job, outcome) || execution.tokenAnswered(job, outcome),
  });
  const submitters = createSubmitters(identities);

  const execution = createExecution({
    kernel,
    loop,
    policy,
    stamp,
    helperProgram,
    nofile: parameters.nofile,
    notifySocket: parameters.notifySocket,
    localPaths,
    tags,
    containment: parameters.containment,
    mainService: parameters.main,
    zone: zone.read,
    identities,
    output,
    warn,
    globalVariables: () => configuration.globalVariables,
    pipeCapacity: () => configuration.settings.maxLogBufferPerService,
    drainNotify: () => notify.drain(),
    others: (status) => boot.exited(status),
    tell(effect) {
      output.onEffect(effect);
      configuration.onEffect(effect);
      boot.onEffect(effect);
      jobs.onEffect(effect);
      control.onEffect(effect);
    },
    publish,
    onError: (error) => contained('an effect failed', error),
  });
  const { submit } = execution;

  const configuration = createConfiguration({
    kernel,
    loop,
    openRegistry: (host) => createRegistryClient({ kernel, loop, host }),
    policy,
    submit,
    publish,
    warn,
    zone: zone.read,
    onRead() {
      machine.times.definitionsRead ??= kernel.realtimeNs();
      endStep(machine, kernel, 'read');
    },
    ending: () => machine.stopping,
  });

  const control = createControl({
    kernel,
    loop,
    policy,
    submit,
    machineInfo: () => ({
      ...machine,
      identityMode: identities.mode,
      warnings: [...execution.warnings(), ...zone.warnings(), ...machine.warnings],
      attempts: boot.attempts.view(),
      containment: execution.containment(),
    }),
    refusedChanges: configuration.refusal,
    identify: identities.peer,
    security: () => configuration.security,
    aside: ({ key, name }, lines) => ({ output: output.linesOf(name, lines), stored: execution.storedNames(key) }),
    asideOfJob: ({ record }, lines) => ({ output: output.linesOf(record.tree, lines), lost: jobs.lostLines(record.id) }),
    check: execution.explainChecks,
    shutdown: (type, reason) => boot.shutdown({ type, forced: false, reason }),
    reloadConfig: configuration.reload,
    clearBootAttempts: (done) => boot.attempts.reset(done),
    settings: () => ({ ...configuration.settings, connectionTimeoutSeconds: configuration.settings.connectionTimeout }),
    journal,
  });

  output.onLines(control.takeLines);

  const jobs = createJobs({
    kernel,
    loop,
    settings: () => ({ ...configuration.settings, connectionTimeoutSeconds: configuration.settings.connectionTimeout }),
    submitters,
    check: execution.explainChecks,
    submit,
    follow: output.follow,
    warn,
    note: (text) => publish(log({ service: null, level: 'warning', text })),
    denied: (submitter) => control.publish(deniedSubmitter(submitter), submitter.owner),
  });

  const notify = createNotifySocket({
    kernel,
    loop,
    path: parameters.notifySocket,
    jobOfMainPid: execution.mainOfPid,
    deliver: execution.notified,
    rejected: execution.unheard,
    warn,
  });

  const keeper = createSocketKeeper({ kernel, loop, warn });

  function shellProjection(): Projection | null {
    const own = identities.own('shell');
    if (typeof own !== 'string') return own.projection;
    warn(`the daemons do not know the shell for SYSTEM: ${own}`);
    return null;
  }

  /** Whoever removed it may have removed all that lies beside it. */
  function rebindControl(): Result {
    identities.restore();
    return control.rebind();
  }

  const boot = createBoot({
    kernel,
    loop,
    machine,
    parameters,
    console,
    configuration,
    submit,
    openNotifySocket: () => keeper.open({ name: 'the notify socket', path: parameters.notifySocket, ...notify }),
    startControl: () => keeper.open({ name: 'the control socket', path: endpoints.control.path, ...control, rebind: rebindControl }),
    startJobs() {
      const opened = keeper.open({ name: 'the socket of ad-hoc jobs', path: jobEndpoints.jobs.path, ...jobs });
      if (opened < 0) warn(`the socket of ad-hoc jobs ${jobEndpoints.jobs.path} cannot be created: ${describeErrno(opened)}`);
      jobs.openDevice();
    },
    publish,
    shellProjection,
    onPhaseChanged: control.onPhaseChanged,
    containment: execution.containment,
    isService: (name) => policy.service(name) !== null,
    helper: execution.helper,
    mounted: policy.mounted,
    pathOwners: hostedPathOwners,
    confirmation: () => policy.machine().confirmation,
    settled: () => policy.machine().settledAt !== null,
    timestamp: formatTimestamp,
    reap: execution.reap,
    mainStatus: execution.mainStatus,
    closeSockets() {
      keeper.close();
      control.close();
      jobs.close();
      notify.close();
      configuration.close();
    },
    exit,
  });

  const isBooted = (): boolean => machine.mode === 'recovery' || policy.machine().settledAt !== null;

  return { policy, machine, contained, isBooted, start: boot.start };
}
