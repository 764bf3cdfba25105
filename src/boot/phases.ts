import type { EventOf } from '../../gen/events/events.ts';
import { machineRecovery } from '../../gen/events/events.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { PathsRead } from '../configuration/provisioned-paths.ts';
import type { Containment } from '../exec/containment.ts';
import { describeErrno } from '../kernel/errno.ts';
import type { Kernel, Result } from '../kernel/kernel.ts';
import type { Console } from '../output/console.ts';
import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import { registrydKey } from '../policy/platform-daemons.ts';
import type { Attempts } from './attempts.ts';
import type { MachineState } from './machine-state.ts';
import { runPhaseOne } from './phase-one.ts';
import type { Recovery } from './recovery.ts';
import { endStep } from './steps.ts';

/**
 * The way from nothing to a running machine. Phase 1 is compiled in and strictly ordered; its sixth step starts registryd as an ordinary
 * service and ends with the probe read. Phase 2 reads the registry once, and hands the whole graph to the policy. Whatever fails before
 * Phase 2 leads to Recovery. PSD-007 2.
 */
export interface Phases {
  start(): void;
  /** The boot listens to the facts of the policy. */
  onEffect(effect: Effect): void;
  enterRecovery(reason: string): void;
}

export interface PhasesParts {
  readonly kernel: Kernel;
  readonly console: Console;
  readonly machine: MachineState;
  readonly submit: (event: PolicyEvent) => void;
  readonly configuration: Configuration;
  readonly recovery: Recovery;
  readonly attempts: Attempts;
  readonly openNotifySocket: () => Result;
  readonly startControl: () => Result;
  /** Takes ad-hoc jobs from now on; what fails of that is a warning only. BOOT-022, BOOT-023. */
  readonly startJobs: () => void;
  readonly publish: (event: EventOf) => void;
  /** The parameters demand Recovery. */
  readonly recoveryDemanded: boolean;
  /** They demand Safe mode. */
  readonly safeModeDemanded: boolean;
  /** Parameters that were given in vain, in words. */
  readonly ignoredParameters: readonly string[];
  /** What is wrong with the service of peinit.main, now that all are known; null: nothing. */
  readonly strangeMain: () => string | null;
  readonly onPhaseChanged: () => void;
  readonly containment: () => Containment;
  /** Makes what the entries ask for; a reason for Recovery, or null. */
  readonly provision: (read: PathsRead, done: (reason: string | null) => void) => void;
}

type Stage = 'phase-1' | 'registryd' | 'phase-2' | 'running' | 'recovery';

export function createPhases(parts: PhasesParts): Phases {
  const { kernel, console, machine, submit, configuration, attempts } = parts;
  let stage: Stage = 'phase-1';
  let controlStarted = false;
  let notifyOpened = false;
  let registrydStarted = false;

  function enterRecovery(reason: string): void {
    // What ends with the machine is no reason to keep it.
    if (stage === 'recovery' || machine.stopping) return;
    stage = 'recovery';
    machine.mode = 'recovery';
    machine.reason = reason;
    parts.publish(machineRecovery({ reason }));
    if (!controlStarted) controlStarted = parts.startControl() >= 0;
    parts.onPhaseChanged();
    attempts.ended(`it went to Recovery: ${reason}`);
    const mendable = parts.recovery.enter(reason, attempts.history());
    if (mendable && !registrydStarted) offerRegistryd();
  }

  /** With a registry the machine is mended more easily; the shell is there without one. BOOT-063. */
  function offerRegistryd(): void {
    const problem = openNotifySocket();
    if (problem === null) submitRegistryd();
    else console.line(`registryd is not started: ${problem}`, 'failure');
  }

  function openNotifySocket(): string | null {
    if (notifyOpened) return null;
    const opened = parts.openNotifySocket();
    notifyOpened = opened >= 0;
    return notifyOpened ? null : `the notify socket cannot be created: ${describeErrno(opened)}`;
  }

  /** Said once: how processes are held, where that is not in cgroups. O-10. */
  function sayContainment(): void {
    for (const text of parts.containment().weaker) console.line(text, 'caveat');
  }

  function submitRegistryd(): void {
    sayContainment();
    registrydStarted = true;
    configuration.loadBuiltin();
    machine.times.registryStarted = kernel.realtimeNs();
    endStep(machine, kernel, 'preparation');
    submit({ kind: 'command', command: 'start', service: registrydKey, source: 'boot' });
  }

  function startRegistryd(): void {
    stage = 'registryd';
    submitRegistryd();
    // The descriptor table grows once, while registryd starts: later it would stall the loop.
    kernel.reserveDescriptors(8000);
  }

  function registrydReady(): void {
    machine.times.registryReady ??= kernel.realtimeNs();
    endStep(machine, kernel, 'registryd');
    configuration.probe((failure) => (failure === null ? provision() : enterRecovery(failure)));
  }

  /** Step 7, while registryd goes on. */
  function provision(): void {
    if (stage !== 'registryd') return;
    endStep(machine, kernel, 'probe');
    console.line('registryd is ready', 'progress');
    configuration.provisionedPaths((read) => {
      if (stage !== 'registryd') return;
      if (typeof read === 'string') return enterRecovery(read);
      parts.provision(read, (reason) => (reason === null ? infrastructure() : enterRecovery(reason)));
    });
  }

  function infrastructure(): void {
    // Whoever ends the machine meanwhile is not kept waiting by the rest of the boot.
    if (stage !== 'registryd' || machine.stopping) return;
    endStep(machine, kernel, 'provisioned_paths');
    const control = parts.startControl();
    controlStarted = control >= 0;
    if (control < 0) return enterRecovery(`the control socket cannot be created: ${describeErrno(control)}`);
    const loopback = kernel.loopbackUp();
    if (loopback < 0) console.line(`the interface lo is not up: ${describeErrno(loopback)}`, 'warning');
    endStep(machine, kernel, 'infrastructure');
    phaseTwo();
  }

  function phaseTwo(): void {
    stage = 'phase-2';
    configuration.begin((failure, history) => {
      if (stage !== 'phase-2') return;
      if (failure !== null) return enterRecovery(failure);
      stage = 'running';
      machine.times.definitionsLoaded = kernel.realtimeNs();
      const strange = parts.strangeMain();
      if (strange !== null) console.line(strange, 'warning');
      if (parts.safeModeDemanded) safeMode('demanded by peios.safemode=1');
      endStep(machine, kernel, 'definitions');
      parts.startJobs();
      const { maxParallelStarts } = configuration.settings;
      submit({ kind: 'boot', maxParallelStarts, safe: parts.safeModeDemanded, history });
    });
  }

  function safeMode(reason: string): void {
    machine.mode = 'safe';
    machine.reason = reason;
  }

  function registrydChanged(effect: Extract<Effect, { kind: 'service-changed' }>): void {
    if (stage === 'registryd' && effect.to === 'active') return registrydReady();
    if (stage === 'registryd' && (effect.to === 'failed' || effect.to === 'backoff' || effect.to === 'abandoned'))
      return enterRecovery(`registryd did not start: ${effect.detail ?? effect.cause}`);
    if (stage === 'running' && effect.to === 'active') configuration.resume();
  }

  return {
    enterRecovery,
    start() {
      const counted = attempts.examine();
      // Which mode it is to be is known before anything is written. BOOT-069.
      const chosen = parts.recoveryDemanded ? 'demanded by peios.recovery=1' : counted;
      const onRootWritable = (): void => void (chosen === null && attempts.raise());
      const failure = runPhaseOne({ kernel, console, machine, onRootWritable });
      for (const ignored of parts.ignoredParameters) console.line(ignored, 'warning');
      machine.warnings.push(...parts.ignoredParameters);
      if (chosen !== null && failure !== null) console.line(failure, 'error');
      const reason = chosen ?? failure;
      if (reason !== null) return enterRecovery(reason);
      const notify = openNotifySocket();
      if (notify !== null) return enterRecovery(notify);
      startRegistryd();
    },
    onEffect(effect) {
      if (effect.kind === 'service-changed' && effect.key === registrydKey) registrydChanged(effect);
      else if (effect.kind === 'settled') parts.onPhaseChanged();
      else if (effect.kind === 'safe-mode') safeMode(effect.reason);
      else if (effect.kind === 'boot-confirmed') attempts.confirm();
    },
  };
}
