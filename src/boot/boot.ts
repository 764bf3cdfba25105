/** The door of the boot room: phases, signals, recovery and the end of the machine, made and connected. */
import type { EventOf } from '../../gen/events/events.ts';
import { parameters as parameterFacts } from '../../gen/parameters/facts.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { describeErrno } from '../kernel/errno.ts';
import type { ExitStatus, Kernel, Projection, Result } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Console } from '../output/console.ts';
import { consoleMode } from '../output/console-mode.ts';
import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent } from '../policy/events.ts';
import type { ConfirmationView } from '../policy/view.ts';
import type { Attempts, AttemptsParts } from './attempts.ts';
import { createAttempts } from './attempts.ts';
import type { FinalActionParts } from './final-action.ts';
import { createFinalAction, disableCtrlAltDel } from './final-action.ts';
import type { MachineState } from './machine-state.ts';
import { createMainEnd } from './main-end.ts';
import type { StartParameters } from './parameters.ts';
import type { PhasesParts } from './phases.ts';
import { createPhases } from './phases.ts';
import { watchPowerButton } from './power-button.ts';
import type { ProvisioningParts } from './provisioned-paths.ts';
import { provisionPaths } from './provisioned-paths.ts';
import { createRecovery } from './recovery.ts';
import { catchSignals } from './signals.ts';
import type { Stopping } from './stopping.ts';
import { createStopping } from './stopping.ts';

export interface BootParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly machine: MachineState;
  readonly parameters: StartParameters;
  readonly console: Console;
  readonly configuration: Configuration;
  readonly submit: (event: PolicyEvent) => void;
  readonly openNotifySocket: () => Result;
  readonly startControl: () => Result;
  readonly startJobs: () => void;
  readonly publish: (event: EventOf) => void;
  /** What the shell of Recovery runs with. */
  readonly shellProjection: () => Projection | null;
  /** The machine settled, stops or is in recovery. */
  readonly onPhaseChanged: () => void;
  readonly containment: PhasesParts['containment'];
  readonly helper: ProvisioningParts['helper'] & FinalActionParts['helper'];
  /** Mount points of the mounts that are up, in the order in which they were mounted. */
  readonly mounted: () => readonly string[];
  readonly isService: (name: string) => boolean;
  readonly pathOwners: ProvisioningParts['owners'];
  readonly confirmation: () => ConfirmationView;
  readonly settled: () => boolean;
  readonly timestamp: AttemptsParts['timestamp'];
  /** Collects the children that have ended. */
  readonly reap: () => void;
  /** Status that the service of peinit.main ended with; null: none was named or it never ran. */
  readonly mainStatus: () => number | null;
  /** Closes peinit's own sockets. */
  readonly closeSockets: () => void;
  /** Ends the process. */
  readonly exit: (status: number) => void;
}

/** The beginning and the end of the machine, and the shell where it went wrong. */
export interface Boot {
  /** Catches signals and boots. */
  start(): void;
  /** Asks the machine to end. */
  readonly shutdown: Stopping['request'];
  readonly attempts: Pick<Attempts, 'view' | 'reset'>;
  onEffect(effect: Effect): void;
  /** The reaper found this child; true when it was the shell of Recovery. */
  exited(status: ExitStatus): boolean;
}

/** The shortest slice that Linux gives. */
const sliceMicroseconds = 100;

export function createBoot(parts: BootParts): Boot {
  const { kernel, loop, machine, parameters, console, submit, onPhaseChanged, exit } = parts;
  const { container } = machine;
  const mainEnd = createMainEnd({
    service: parameters.main,
    wanted: container && parameters.endWithMain,
    status: parts.mainStatus,
    powerOff: (reason) => loop.defer(() => stopping.request({ type: 'poweroff', forced: false, reason })),
  });
  const finalAction = createFinalAction({
    kernel,
    loop,
    console,
    container,
    launcher: parameters.launcher,
    ownMounts: () => [...machine.ownMounts, ...parts.mounted()],
    mainStatus: mainEnd.status,
    closeSockets: parts.closeSockets,
    helper: parts.helper,
    exit,
  });
  const attempts = createAttempts({
    kernel,
    console,
    limit: parameters.bootAttempts,
    timestamp: parts.timestamp,
    helper: parts.helper,
    defer: loop.defer,
  });
  const stopping = createStopping({
    machine,
    submit,
    configuration: parts.configuration,
    finalAction,
    onPhaseChanged,
    console,
    attempts,
    confirmation: parts.confirmation,
    settled: parts.settled,
  });
  const recovery = createRecovery({
    kernel,
    loop,
    console,
    // The words of peinit.console are about lines, not about where somebody types.
    terminalPath: consoleMode(parameters.console).device ?? String(parameterFacts.console.default),
    container,
    projection: parts.shellProjection,
    exit: (status) => attempts.whenNoted(() => exit(status)),
    halt: () => attempts.whenNoted(() => finalAction.runAtOnce('halt')),
  });
  const phases = createPhases({
    kernel,
    console,
    machine,
    submit,
    configuration: parts.configuration,
    recovery,
    attempts,
    openNotifySocket: parts.openNotifySocket,
    startControl: parts.startControl,
    startJobs: parts.startJobs,
    publish: parts.publish,
    recoveryDemanded: parameters.recovery,
    safeModeDemanded: parameters.safeMode,
    ignoredParameters: parameters.ignored,
    strangeMain() {
      const { main } = parameters;
      if (!container || main === '' || parts.isService(main)) return null;
      return `peinit.main names ${main}, which is no service of this machine; it decides nothing`;
    },
    onPhaseChanged,
    containment: parts.containment,
    provision(read, done) {
      const say = (text: string): void => console.line(text, 'progress');
      const warn = (text: string): void => {
        console.line(text, 'warning');
        machine.warnings.push(text);
      };
      provisionPaths({ helper: parts.helper, owners: parts.pathOwners, say, warn }, read, done);
    },
  });

  const powerOff = (): void => stopping.request({ type: 'poweroff', forced: false, reason: 'the power button' });

  return {
    start() {
      // Without it PID 1 waits behind the very programs that it starts. Where the kernel does not have it, all goes as before.
      kernel.setSlice(sliceMicroseconds);
      if (!container) disableCtrlAltDel(kernel);
      const signals = catchSignals({ kernel, loop, reap: parts.reap, shutdown: stopping.request });
      if (signals < 0) phases.enterRecovery(`signals cannot be caught: ${describeErrno(signals)}`);
      else phases.start();
      // A container has no buttons, and its host's are not its own. The devices are there since Phase 1.
      if (!container) watchPowerButton({ kernel, loop, pressed: powerOff });
    },
    shutdown: stopping.request,
    attempts,
    onEffect(effect) {
      phases.onEffect(effect);
      stopping.onEffect(effect);
      mainEnd.onEffect(effect);
    },
    exited: recovery.exited,
  };
}
