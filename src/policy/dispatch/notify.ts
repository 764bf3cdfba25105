/**
 * What the main process of a service says over the notify socket, line by line: READY=1 before WATCHDOG_USEC makes that one count. The
 * sender is known to be it. PSD-007 5.3, NTF-002.
 */
import { notifyErrno, notifyExitStatus, notifyStatus, notifyStopping } from '../../../gen/events/events.ts';
import type { Assignment } from '../../../gen/notify/types.ts';
import { extendTimeout } from '../activation/extend.ts';
import type { Notified, Unheard } from '../events.ts';
import { becomeActive } from '../starting/sequence.ts';
import type { Activation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { record } from '../turn.ts';
import { readySaid, reloadingSaid } from '../up/reload.ts';
import { setWatchdog, watchdogFed } from '../up/watchdog.ts';

export function notified(turn: Turn, event: Notified): void {
  const job = turn.state.jobs.get(event.job);
  const service = job === undefined ? undefined : turn.state.services.get(job.serviceKey);
  const activation = service?.activation ?? null;
  if (job?.record.state !== 'running' || service === undefined || activation === null || activation.main !== event.job) return;
  for (const assignment of event.assignments) {
    // What one line says may have ended it.
    if (service.activation !== activation) return;
    assigned(turn, service, activation, assignment);
  }
}

/** A notification was refused: what a start that fails was waiting for. */
export function unheard(turn: Turn, event: Unheard): void {
  const service = turn.state.services.get(event.service);
  if (service?.state === 'starting' && service.activation !== null) service.activation.unheard = event;
}

/** One line. Descriptors are not the business of the policy. */
function assigned(turn: Turn, service: Service, activation: Activation, { member, value }: Assignment): void {
  switch (member) {
    case 'ready':
      return ready(turn, service, activation);
    case 'reloading':
      return reloadingSaid(turn, service, activation);
    case 'stopping':
      activation.saidStopping = true;
      return record(turn, notifyStopping(said(service, activation, '1')));
    case 'status':
      service.statusText = value;
      return record(turn, notifyStatus(said(service, activation, value)));
    case 'errno':
      return record(turn, notifyErrno(said(service, activation, value)));
    case 'exitStatus':
      return record(turn, notifyExitStatus(said(service, activation, value)));
    case 'watchdog':
      return watchdogFed(turn, service, activation);
    case 'watchdogUsec':
      return setWatchdog(turn, service, activation, value);
    case 'extendTimeoutUsec':
      return extendTimeout(turn, service, activation, value);
    default:
      return;
  }
}

/** READY=1. NTF-008. */
function ready(turn: Turn, service: Service, activation: Activation): void {
  const { definition, stage } = activation;
  if (service.state === 'reloading') return readySaid(turn, service, activation);
  if (service.state !== 'starting' || stage !== 'main') return;
  if (definition.type === 'Simple' && definition.readiness === 'Notify') becomeActive(turn, service, activation);
}

/** The event of a service's own words. NTF-011. */
const said = <Value>(service: Service, activation: Activation, value: Value) => ({
  service: service.name,
  job_id: activation.main,
  operation_id: service.operations[0] ?? activation.operation,
  generation: service.generation,
  value,
});
