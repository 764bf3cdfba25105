/** What a stop keeps until it is over, however it ends. */
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { emit } from '../turn.ts';

/** A stop command, also one that joins a stop of another kind, or the shutdown: nothing is kept for a next start. FDS-012. */
export function stopForGood(turn: Turn, service: Service): void {
  if (service.stop !== null) service.stop.forGood = true;
  clearFdStore(turn, service);
}

/** The stop is over, whatever becomes of the service. */
export function endStop(turn: Turn, service: Service): void {
  if (service.stop?.forGood === true) clearFdStore(turn, service);
  service.stop = null;
}

const clearFdStore = (turn: Turn, service: Service): void =>
  emit(turn, { kind: 'clear-fd-store', service: service.name, key: service.key });
