/** What the main process of a service says over the notify socket. The sender is known to be it. PSD-007 5.3. */
import { extendTimeout } from './activation/extend.ts';
import { readySaid, reloadingSaid } from './activation/reload.ts';
import { becomeActive } from './activation/sequence.ts';
import { setWatchdog, watchdogFed } from './activation/watchdog.ts';
import type { Notified } from './events.ts';
import type { Activation, Service } from './state.ts';
import type { Turn } from './turn.ts';
import { emit } from './turn.ts';

export function notified(turn: Turn, event: Notified): void {
  const job = turn.state.jobs.get(event.job);
  const service = job === undefined ? undefined : turn.state.services.get(job.serviceKey);
  const activation = service?.activation ?? null;
  if (job?.record.state !== 'running' || service === undefined || activation === null || activation.main !== event.job) return;
  if (event.status !== null) service.statusText = event.status;
  record(turn, service, activation, 'notify.status', event.status);
  record(turn, service, activation, 'notify.errno', event.errno);
  record(turn, service, activation, 'notify.exit_status', event.exitStatus);
  if (event.stopping) {
    activation.saidStopping = true;
    record(turn, service, activation, 'notify.stopping', '1');
  }
  if (event.extendTimeoutUsec !== null) extendTimeout(turn, service, activation, event.extendTimeoutUsec);
  if (event.watchdogUsec !== null) setWatchdog(turn, service, activation, event.watchdogUsec);
  if (event.watchdog) watchdogFed(turn, service, activation);
  if (event.reloading) reloadingSaid(turn, service, activation);
  if (event.ready) ready(turn, service, activation);
}

/** READY=1. NTF-008. */
function ready(turn: Turn, service: Service, activation: Activation): void {
  const { definition, stage } = activation;
  if (service.state === 'reloading') return readySaid(turn, service, activation);
  if (service.state !== 'starting' || stage !== 'main') return;
  if (definition.type === 'Simple' && definition.readiness === 'Notify') becomeActive(turn, service, activation);
}

function record(turn: Turn, service: Service, activation: Activation, event: string, value: string | number | null): void {
  if (value === null) return;
  const operation = service.operations[0] ?? activation.operation;
  emit(turn, {
    kind: 'recorded',
    at: turn.stamp.realtime,
    event,
    service: service.name,
    job: activation.main,
    operation,
    fields: { value, generation: service.generation },
  });
}
