/** A service that is up is watched: its health from readiness on, and by its watchdog once its post-hooks are over. */
import type { Activation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { followHealthCheck } from './health.ts';
import { armWatchdog } from './watchdog.ts';

export function watch(turn: Turn, service: Service, activation: Activation): void {
  if (service.state !== 'active' && service.state !== 'reloading') return;
  if (activation.stage === 'up') armWatchdog(turn, service, activation);
  followHealthCheck(turn, service, activation);
}
