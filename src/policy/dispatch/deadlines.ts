/** Deadlines that came. One that was taken back meanwhile means nothing. */

import { doomedStuck } from '../activation/doom.ts';
import { stopTimedOut } from '../activation/ending.ts';
import { sidesStuck } from '../activation/side-parts.ts';
import { adHocStuck, adHocTimedOut, killAdHoc } from '../ad-hoc/ad-hoc.ts';
import { delayEnded } from '../backing-off/backoff.ts';
import { graceOver } from '../confirmation.ts';
import type { ActivationDeadline, Deadline } from '../deadlines.ts';
import { arm, deadlineAt, forget } from '../deadlines.ts';
import { isUnmounting, unmountStuck, unmountTimedOut } from '../mounts/unmount.ts';
import { expire } from '../operations/expiry.ts';
import { dropRetained } from '../operations/store.ts';
import { windowPassed } from '../restarts/window.ts';
import { shutdownTimedOut } from '../shutdown/shutdown.ts';
import { putOff } from '../stall.ts';
import { probeReadiness, probeTimedOut } from '../starting/readiness.ts';
import { hooksCleared, startTimedOut } from '../starting/sequence.ts';
import type { Service } from '../state.ts';
import { stopStuck } from '../stopping/stop.ts';
import { timerReached } from '../timers/fire.ts';
import { continueReckoning } from '../timers/reckon.ts';
import { treeStuck } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { checkHealth, healthTimedOut } from '../up/health.ts';
import { reloadTimedOut } from '../up/reload.ts';
import { watchdogMissed } from '../up/watchdog.ts';

export function deadlineReached(turn: Turn, { kind, subject }: Deadline): void {
  if (kind === 'timer') return timerReached(turn, subject);
  const at = deadlineAt(turn, kind, subject);
  if (at === undefined) return;
  // One that was moved meanwhile, or came a little early, is still to come.
  if (at > turn.stamp.monotonic) return arm(turn, kind, subject, at);
  if (putOff(turn, kind, subject, at)) return;
  forget(turn, kind, subject);
  const service = turn.state.services.get(subject);
  switch (kind) {
    case 'expiry':
      return expire(turn, subject);
    case 'retention':
      return dropRetained(turn);
    case 'drain':
      return treeStuck(turn, subject);
    case 'grace':
      return graceOver(turn);
    case 'reckoning':
      return continueReckoning(turn);
    case 'shutdown':
      return shutdownTimedOut(turn);
    case 'job-timeout':
    case 'job-kill':
    case 'job-drain': {
      const job = turn.state.adHoc.get(subject);
      return job === undefined ? undefined : ofAdHoc[kind](turn, job);
    }
    case 'restart':
      return service === undefined ? undefined : delayEnded(turn, service);
    case 'window':
      return service === undefined ? undefined : windowPassed(service);
    default:
      return service === undefined ? undefined : inActivation(turn, service, kind);
  }
}

const ofAdHoc = { 'job-timeout': adHocTimedOut, 'job-kill': killAdHoc, 'job-drain': adHocStuck } as const;

function inActivation(turn: Turn, service: Service, kind: ActivationDeadline): void {
  const { activation } = service;
  if (activation === null) return;
  switch (kind) {
    case 'start':
      return startTimedOut(turn, service, activation);
    case 'stop':
      return isUnmounting(service) ? unmountTimedOut(turn, service, activation) : stopTimedOut(turn, service, activation);
    case 'kill':
      if (isUnmounting(service)) return unmountStuck(turn, service, activation);
      return service.state === 'stopping' ? stopStuck(turn, service, activation) : doomedStuck(turn, service, activation);
    case 'side-kill':
      sidesStuck(turn, service, activation);
      return hooksCleared(turn, service, activation);
    case 'reload':
      return reloadTimedOut(turn, service, activation);
    case 'watchdog':
      return watchdogMissed(turn, service, activation);
    case 'health':
      return checkHealth(turn, service, activation);
    case 'readiness':
      return probeReadiness(turn, service, activation);
    case 'readiness-limit':
      return probeTimedOut(turn, service, activation);
    case 'health-limit':
      return healthTimedOut(turn, service, activation);
    default:
      return unknownKind(kind);
  }
}

function unknownKind(kind: never): never {
  throw new Error(`unknown deadline ${JSON.stringify(kind)}`);
}
