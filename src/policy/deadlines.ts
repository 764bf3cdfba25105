/** Deadlines that came, by what their key begins with. One that was taken back meanwhile means nothing. */
import { doomedStuck } from './activation/doom.ts';
import type { ActivationDeadline } from './activation/drop.ts';
import { activationDeadlines } from './activation/drop.ts';
import { checkHealth, healthTimedOut } from './activation/health.ts';
import { reloadTimedOut } from './activation/reload.ts';
import { hooksCleared, startTimedOut } from './activation/sequence.ts';
import { sidesStuck } from './activation/side-parts.ts';
import { watchdogMissed } from './activation/watchdog.ts';
import { delayEnded } from './backoff.ts';
import { expire } from './operations/lifetime.ts';
import { dropRetained } from './operations/store.ts';
import { windowPassed } from './restart-window.ts';
import { shutdownTimedOut } from './shutdown/shutdown.ts';
import type { Activation, Service } from './state.ts';
import { stopStuck, stopTimedOut } from './stops/stop.ts';
import { treeStuck } from './trees.ts';
import type { Turn } from './turn.ts';
import { arm } from './turn.ts';

export function deadlineReached(turn: Turn, key: string): void {
  const at = turn.state.deadlines.get(key);
  if (at === undefined) return;
  // One that was moved meanwhile, or came a little early, is still to come.
  if (at > turn.stamp.monotonic) return arm(turn, key, at);
  turn.state.deadlines.delete(key);
  const colon = key.indexOf(':');
  const kind = key.slice(0, colon);
  const subject = key.slice(colon + 1);
  switch (kind) {
    case 'expiry':
      return expire(turn, subject);
    case 'retention':
      return dropRetained(turn);
    case 'drain':
      return treeStuck(turn, subject);
    case 'shutdown':
      return shutdownTimedOut(turn);
    default:
      break;
  }
  const service = turn.state.services.get(subject);
  if (service === undefined) return;
  if (kind === 'restart') return delayEnded(turn, service);
  if (kind === 'window') return windowPassed(service);
  if (service.activation !== null && isActivationDeadline(kind)) inActivation(turn, service, service.activation, kind);
}

const isActivationDeadline = (kind: string): kind is ActivationDeadline => activationDeadlines.some((known) => known === kind);

function inActivation(turn: Turn, service: Service, activation: Activation, kind: ActivationDeadline): void {
  switch (kind) {
    case 'start':
      return startTimedOut(turn, service, activation);
    case 'stop':
      return stopTimedOut(turn, service, activation);
    case 'kill':
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
    case 'health-limit':
      return healthTimedOut(turn, service, activation);
    default:
      return unknownKind(kind);
  }
}

function unknownKind(kind: never): never {
  throw new Error(`unknown deadline ${JSON.stringify(kind)}`);
}
