import type { ShutdownType } from '../../gen/control/types.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Console } from '../output/console.ts';
import { withoutName } from '../policy/definition/names.ts';
import { firstSentence } from '../policy/details.ts';
import type { CriticalFailure, Effect } from '../policy/effects.ts';
import type { PolicyEvent, ShutdownRequested } from '../policy/events.ts';
import type { ConfirmationView } from '../policy/view.ts';
import type { Attempts } from './attempts.ts';
import type { FinalAction } from './final-action.ts';
import type { MachineState } from './machine-state.ts';

export interface StoppingParts {
  readonly machine: MachineState;
  readonly submit: (event: PolicyEvent) => void;
  readonly configuration: Pick<Configuration, 'sendAll' | 'flush'>;
  readonly finalAction: FinalAction;
  readonly onPhaseChanged: () => void;
  readonly console: Pick<Console, 'line'>;
  readonly attempts: Pick<Attempts, 'ended' | 'giveBack' | 'whenNoted'>;
  /** Whether this boot counts as a success, and what it waits for. */
  readonly confirmation: () => ConfirmationView;
  /** Nothing of the boot is under way any more. */
  readonly settled: () => boolean;
}

/** So long an end that comes at once waits for the registry. */
const lastRunsNs = 500_000_000n;

/** The end of the machine: asks the policy to stop the services, and acts when they are gone. PSD-007 10. */
export interface Stopping {
  request(request: Omit<ShutdownRequested, 'kind'>): void;
  onEffect(effect: Effect): void;
}

export function createStopping(parts: StoppingParts): Stopping {
  const { machine, submit, configuration, finalAction, onPhaseChanged, console, attempts } = parts;
  let forced = false;
  let ending = false;
  let givesBack = false;

  function end(act: (type: ShutdownType) => void, type: ShutdownType): void {
    if (ending) return;
    ending = true;
    // How it came to this is kept first.
    attempts.whenNoted(() => act(type));
  }

  /** It was ended by somebody, and is no success yet: that is what the next boot, or whoever is in Recovery, is told. */
  function endedEarly({ type, reason, forced }: Omit<ShutdownRequested, 'kind'>): void {
    if (machine.mode === 'recovery') return;
    const { waitingFor, confirmedAt } = parts.confirmation();
    if (confirmedAt !== null) return;
    // Containers come and go; a machine of its own is as the specification has it.
    givesBack = machine.container && !forced && parts.settled() && waitingFor.length === 0;
    if (givesBack) return;
    const waited = waitingFor.length === 0 ? 'its time of BootSuccessGrace was not over' : `${waitingFor.join(', ')} did not hold`;
    attempts.ended(`it was asked for a ${type} (${reason}) before it had succeeded: ${waited}`);
  }

  function criticalFailure({ service, detail }: CriticalFailure): void {
    // Somebody is mending the machine, registryd perhaps. BOOT-019.
    if (machine.mode === 'recovery')
      return console.line(`the critical service ${service} has failed for good; the machine stays in Recovery`, 'failure');
    attempts.ended(`the critical service ${service} failed for good: ${firstSentence(withoutName(detail, service))}`);
    console.line(`the critical service ${service} has failed for good: the machine reboots at once`, 'failure');
    // What has run must not be taken for missed by the next boot. TMR-034.
    end(() => configuration.flush(lastRunsNs, finalAction.rebootAfterFailure), 'reboot');
  }

  return {
    request(request) {
      if (ending || forced) return;
      // A second request changes nothing, unless it forces.
      if (machine.stopping && !request.forced) return;
      forced = request.forced;
      machine.stopping = true;
      endedEarly(request);
      if (machine.mode !== 'recovery') machine.reason = request.reason;
      // Before registryd is told to end.
      configuration.sendAll();
      submit({ kind: 'shutdown', ...request });
      onPhaseChanged();
    },
    onEffect(effect) {
      if (effect.kind === 'services-stopped' && givesBack && !forced) attempts.giveBack();
      if (effect.kind === 'services-stopped') end(forced ? finalAction.runAtOnce : finalAction.run, effect.type);
      else if (effect.kind === 'critical-failure') criticalFailure(effect);
    },
  };
}
