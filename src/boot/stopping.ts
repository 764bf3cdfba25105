import type { ShutdownType } from '../../gen/control/types.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Console } from '../output/console.ts';
import type { Effect } from '../policy/effects.ts';
import type { PolicyEvent, ShutdownRequested } from '../policy/events.ts';
import type { FinalAction } from './final-action.ts';
import type { MachineState } from './machine-state.ts';

export interface StoppingParts {
  readonly machine: MachineState;
  readonly submit: (event: PolicyEvent) => void;
  readonly configuration: Pick<Configuration, 'sendAll'>;
  readonly finalAction: FinalAction;
  readonly onPhaseChanged: () => void;
  readonly console: Pick<Console, 'line'>;
}

/** The end of the machine: asks the policy to stop the services, and acts when they are gone. PSD-007 10. */
export interface Stopping {
  request(request: Omit<ShutdownRequested, 'kind'>): void;
  onEffect(effect: Effect): void;
}

export function createStopping({ machine, submit, configuration, finalAction, onPhaseChanged, console }: StoppingParts): Stopping {
  let forced = false;
  let ending = false;

  function end(act: (type: ShutdownType) => void, type: ShutdownType): void {
    if (ending) return;
    ending = true;
    act(type);
  }

  function criticalFailure(): void {
    // Somebody is mending the machine, registryd perhaps. BOOT-019.
    if (machine.mode === 'recovery') return console.line('the machine stays in Recovery', 'failure');
    console.line('a critical service has failed for good: the machine reboots at once', 'failure');
    end(finalAction.rebootAfterFailure, 'reboot');
  }

  return {
    request(request) {
      if (ending || forced) return;
      // A second request changes nothing, unless it forces.
      if (machine.stopping && !request.forced) return;
      forced = request.forced;
      machine.stopping = true;
      if (machine.mode !== 'recovery') machine.reason = request.reason;
      // Before registryd is told to end.
      configuration.sendAll();
      submit({ kind: 'shutdown', ...request });
      onPhaseChanged();
    },
    onEffect(effect) {
      if (effect.kind === 'services-stopped') end(forced ? finalAction.runAtOnce : finalAction.run, effect.type);
      else if (effect.kind === 'critical-failure') criticalFailure();
    },
  };
}
