/** The restart counter goes back to 0 after RestartWindow in a satisfying state; reloading postpones that. RST-009, RST-010. */
import { stateFacts } from '../../../gen/service/facts.ts';
import { arm, disarm } from '../deadlines.ts';
import type { Service } from '../state.ts';
import { after, secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';

/** The service satisfies from now on. */
export function watchRestartWindow(turn: Turn, service: Service): void {
  if (service.definition === null || (service.restarts === 0 && service.handlerChain === null)) return;
  arm(turn, 'window', service.key, after(turn.stamp.monotonic, secondsToNs(service.definition.restartWindow)));
}

export function windowPassed(service: Service): void {
  if (service.state === 'reloading') service.windowPassed = true;
  else if (stateFacts[service.state].satisfies) forget(service);
}

/** The service satisfies no more. */
export function endRestartWindow(turn: Turn, service: Service): void {
  service.windowPassed = false;
  disarm(turn, 'window', service.key);
}

/** Back in active from a reload. */
export function afterReload(service: Service): void {
  if (service.windowPassed) forget(service);
}

function forget(service: Service): void {
  service.windowPassed = false;
  service.restarts = 0;
  service.handlerChain = null;
}
