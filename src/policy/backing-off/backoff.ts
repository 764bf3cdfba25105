/** Backoff: a service waits until its restart delay is over, and is then started like any other. PSD-007 5.3, RST-011, D-32. */
import { internal, request } from '../operations/requests.ts';
import { isStart, liveWhere } from '../operations/store.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { lookLater } from '../turn.ts';

export function delayEnded(turn: Turn, service: Service): void {
  if (service.state !== 'backoff' || turn.state.machine.shutdown !== null) return;
  service.delayOver = true;
  restart(turn, service);
}

/** The operation that was to end the backoff ended itself before it had its turn: the restart takes place without it. */
export function restartAnyway(turn: Turn, service: Service): void {
  if (service.state === 'backoff' && service.delayOver && liveWhere(turn, service, isStart) === undefined) restart(turn, service);
}

/** The restart is a start operation like any other; it joins one that an administrator has waiting. */
function restart(turn: Turn, service: Service): void {
  request(turn, service, internal('start', 'restart_policy'));
  lookLater(turn, service);
}
