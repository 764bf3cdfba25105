/** Every accepted request is answered exactly once: operations go pending, running, over, and only one of a service runs at a time. */
import type { OperationState } from '../../../gen/service/types.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';

const next: { readonly [S in OperationState]: readonly OperationState[] } = {
  pending: ['running', 'merged', 'cancelled', 'failed'],
  running: ['completed', 'failed', 'aborted'],
  completed: [],
  failed: [],
  merged: [],
  cancelled: [],
  aborted: [],
};

export function operationInvariant({ policy, plan }: Scene): Invariant {
  const live = new Map<string, OperationRecord>();
  const over = new Set<string>();
  const running = new Map<string, string>();

  function change(record: OperationRecord): void {
    const { id, service, state } = record;
    const before = live.get(id);
    must(!over.has(id), () => `operation ${id} of ${service} was over and became ${state}`);
    if (before === undefined) must(state === 'pending', () => `operation ${id} of ${service} was born ${state}`);
    else must(next[before.state].includes(state), () => `operation ${id} of ${service} went from ${before.state} to ${state}`);
    if (state === 'running') {
      const other = running.get(service);
      must(other === undefined, () => `operations ${other} and ${id} of ${service} run at the same time`);
      running.set(service, id);
    }
    const isOver = next[state].length === 0;
    if (isOver && running.get(service) === id) running.delete(service);
    must(isOver === (record.completedAt !== null), () => `operation ${id} is ${state} and completed_at is ${record.completedAt}`);
    must(
      (record.error !== null) === (state === 'failed' || state === 'cancelled' || state === 'aborted'),
      () => `operation ${id} ${state}: error ${record.error}`,
    );
    must((record.result !== null) === (state === 'completed'), () => `operation ${id} ${state}: result ${record.result}`);
    must((record.mergedInto !== null) === (state === 'merged'), () => `operation ${id} ${state}: merged into ${record.mergedInto}`);
    if (isOver) {
      live.delete(id);
      over.add(id);
    } else live.set(id, record);
  }

  return {
    effect(effect) {
      if (effect.kind === 'operation-changed') change(effect.operation);
    },
    after({ event, step }) {
      const { answer } = step;
      if (event.kind !== 'command') return;
      must(answer !== null, () => `command ${event.command} ${event.service} was not answered`);
      if (answer.kind === 'refused') return must(answer.code !== 'INTERNAL_ERROR', () => answer.message);
      if (answer.kind !== 'accepted') return;
      const record = policy.operation(answer.operation);
      must(record !== null, () => `${event.command} ${event.service} was accepted as ${answer.operation}, which does not exist`);
      must(
        answer.over === (record.completedAt !== null),
        () => `${event.command} ${event.service}: over ${answer.over}, state ${record.state}`,
      );
      must(
        record.type === event.command || (record.type === 'restart' && event.command === 'start'),
        () => `${event.command} joined a ${record.type}`,
      );
    },
    sweep() {
      for (const { id, service } of live.values())
        must(policy.operation(id) !== null, () => `live operation ${id} of ${service} is not known any more`);
    },
    calm() {
      const seconds = plan.calmNs / 1e9;
      for (const { id, type, service, source, state } of live.values())
        must(!isStale(id), () => `operation ${id} (${type} of ${service}, ${source}) is ${state} after ${seconds} s of calm`);
    },
    end() {
      for (const { id, service, state } of live.values())
        must(false, () => `operation ${id} of ${service} is still ${state} after the shutdown`);
    },
  };

  function isStale(id: string): boolean {
    const service = policy.service(live.get(id)?.service ?? '');
    return (
      service !== null &&
      service.state !== 'backoff' &&
      service.waitingFor.length === 0 &&
      service.state !== 'starting' &&
      service.state !== 'reloading'
    );
  }
}
