/** Intentions, handed to the phase that they are about. Each looks whether it still makes sense. */
import { askCutShort } from '../activation/abort.ts';
import { doom } from '../activation/doom.ts';
import { forceStop } from '../activation/ending.ts';
import { attemptOperation } from '../attempt/attempt.ts';
import { delayEnded } from '../backing-off/backoff.ts';
import { takenBack } from '../dispatch/jobs.ts';
import { giveUpUnmount, isUnmounting } from '../mounts/unmount.ts';
import { reset } from '../settled/reset.ts';
import { leaveMachine } from '../shutdown/shutdown.ts';
import { launch } from '../starting/sequence.ts';
import type { Operation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { executeStop, stopToRestart } from '../stopping/stop.ts';
import type { Intention, Turn } from '../turn.ts';
import { startReload } from '../up/reload.ts';
import { watch } from '../up/watch.ts';
import { startAgain } from '../waiting/advance.ts';
import { failAttempt } from '../waiting/fail.ts';

export function carryOut(turn: Turn, service: Service, intention: Intention): void {
  const { activation } = service;
  switch (intention.kind) {
    case 'carry-out': {
      const operation = liveOperation(turn, service, intention.operation);
      return operation === undefined ? undefined : begin(turn, service, operation);
    }
    case 'start-again': {
      const operation = liveOperation(turn, service, intention.operation);
      return operation === undefined ? undefined : startAgain(turn, service, operation);
    }
    case 'launch':
      return launch(turn, service);
    case 'watch':
      return activation === null ? undefined : watch(turn, service, activation);
    case 'end-delay':
      return delayEnded(turn, service);
    case 'doom':
      if (service.state !== 'starting' || activation === null) return;
      return doom(turn, service, activation, { cause: intention.cause, detail: intention.detail, jobs: [] });
    case 'fail-start': {
      const operation = attemptOperation(turn, service);
      if (operation?.record.id === intention.operation) failAttempt(turn, service, operation, 'dependency_failure', intention.message);
      return;
    }
    case 'condemn':
      if (service.state === 'inactive') step(turn, service, 'failed', intention.cause, intention.message);
      return;
    case 'leave-machine':
      return leaveMachine(turn, service);
    case 'ask-to-end':
      return service.state !== 'starting' || activation === null ? undefined : askCutShort(turn, service, activation, true);
    case 'take-back':
      return takenBack(turn, intention.job);
    case 'kill':
      if (activation !== null && isUnmounting(service))
        giveUpUnmount(turn, service, activation, 'the shutdown waits no longer; it counts as mounted');
      else if (service.stop?.killed === false && activation !== null) forceStop(turn, service, activation);
      return;
    default:
      return unknownIntention(intention);
  }
}

const liveOperation = (turn: Turn, service: Service, id: string): Operation | undefined =>
  service.operations.includes(id) ? turn.state.operations.get(id) : undefined;

/** A start has its turn when it is looked at; the others begin at once. */
function begin(turn: Turn, service: Service, operation: Operation): void {
  switch (operation.record.type) {
    case 'stop':
      return executeStop(turn, service, operation);
    case 'restart':
      return stopToRestart(turn, service, operation);
    case 'reload':
      return startReload(turn, service, operation);
    case 'reset':
      return reset(turn, service, operation);
    case 'start':
      return;
    default:
      return unknownType(operation.record.type);
  }
}

function unknownType(type: never): never {
  throw new Error(`operation of unknown type ${JSON.stringify(type)}`);
}

function unknownIntention(intention: never): never {
  throw new Error(`unknown intention ${JSON.stringify(intention)}`);
}
