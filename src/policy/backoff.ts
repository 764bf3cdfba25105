/** The end of a restart delay. PSD-007 5.3, RST-011. */
import { internal, request } from './operations/requests.ts';
import type { Service } from './state.ts';
import type { Turn } from './turn.ts';
import { lookLater } from './turn.ts';

/** The restart is a start operation like any other; it joins one that an administrator has waiting. */
export function delayEnded(turn: Turn, service: Service): void {
  if (service.state !== 'backoff' || turn.state.machine.shutdown !== null) return;
  service.delayOver = true;
  request(turn, service, internal('start', 'restart_policy'));
  lookLater(turn, service);
}
