/**
 * OnFailure: the final failure of a service starts its handler. The chain from one original failure never starts a handler twice and
 * never grows beyond 16. PSD-007 5.2, CAUSE-026, CAUSE-033..CAUSE-035.
 */
import { onFailureLoopSuppressed } from '../../../gen/events/events.ts';
import { causeFacts } from '../../../gen/service/facts.ts';
import type { Cause } from '../../../gen/service/types.ts';
import { foldName } from '../definition/names.ts';
import { internal, request } from '../operations/requests.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { record, report } from '../turn.ts';

const deepest = 16;

export function startHandler(turn: Turn, service: Service, cause: Cause): void {
  const { machine, services } = turn.state;
  const chain = service.handlerChain ?? [];
  service.handlerChain = null;
  const name = (service.edges ?? service.definition)?.onFailure;
  if (name === undefined || !causeFacts[cause].firesOnFailure || machine.shutdown !== null || machine.criticalFailure !== null) return;
  const handler = services.get(foldName(name));
  if (handler === undefined || handler.removed) {
    return report(turn, 'warning', `service ${service.name} failed, but its OnFailure handler ${name} is not defined`, service);
  }
  if (handler.state === 'active' || handler.state === 'reloading') return;
  if (chain.includes(handler.key) || chain.length >= deepest) {
    const why = chain.includes(handler.key) ? 'the handler was started in this chain already' : `the chain is ${deepest} handlers long`;
    report(turn, 'warning', `service ${service.name} failed, but its OnFailure handler ${handler.name} is not started: ${why}`, service);
    record(turn, onFailureLoopSuppressed({ service: service.name, handler: handler.name, chain, reason: why }));
    return;
  }
  const asked = request(turn, handler, internal('start', 'on_failure'));
  if (asked.kind === 'accepted') handler.handlerChain = [...chain, handler.key];
}
