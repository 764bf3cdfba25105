/** Every accepted request is answered exactly once: operations go pending, running, over, and only one of a service runs at a time. */
import type { OperationState } from '../../../gen/service/types.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { OperationRecord } from '../../../src/policy/operation.ts';
import type { Invariant, Scene } from './invariant.ts';
import { must } from './invariant.ts';
import { possible } from './observed.ts';

const next: { readonly [S in OperationState]: readonly OperationState[] } = {
  pending: ['running', 'merged', 'cancelled', 'failed'],
  running: ['completed', 'failed', 'aborted'],
  completed: [],
  failed: [],
  merged: [],
  cancelled: [],
  aborted: [],
};

/** Longer than any phase of a service lasts, with all its extensions. */
const longestWaitNs = 300_000_000_000n;
const secondNs = 1_000_000_000n;

export function operationInvariant({ observed, policy, plan }: Scene): Invariant {
  /** When the lifetime of a live operation is over; null: never. OP-014. */
  const expiries = new Map<string, bigint | null>();
  const live = new Map<string, OperationRecord>();
  const over = new Set<string>();
  const running = new Map<string, string>();

  function change(record: OperationRecord, now: bigint): void {
    const { id, service, state } = record;
    const before = live.get(id);
    must(!over.has(id), () => `operation ${id} of ${service} was over and became ${state}`);
    if (before === undefined) {
      must(state === 'pending', () => `operation ${id} of ${service} was born ${state}`);
      const lifetime = lifetimeOf(record);
      expiries.set(id, lifetime === null ? null : now + lifetime);
    } else must(next[before.state].includes(state), () => `operation ${id} of ${service} went from ${before.state} to ${state}`);
    if (state === 'running') {
      const other = running.get(service);
      must(other === undefined, () => `operations ${other} and ${id} of ${service} run at the same time`);
      running.set(service, id);
    }
    const isOver = next[state].length === 0;
    must(!record.expired || before?.state === 'pending', () => `operation ${id} of ${service} was ${before?.state} and expired`);
    must(!record.expired || expiries.get(id) === now, () => `operation ${id} of ${service} expired at ${now}, not at ${expiries.get(id)}`);
    must(
      record.expired === (record.error?.startsWith('operation_timeout') === true),
      () => `operation ${id} of ${service}: expired ${record.expired}, error ${record.error}`,
    );
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
      expiries.delete(id);
      over.add(id);
    } else live.set(id, record);
  }

  return {
    effect(effect, { stamp }) {
      if (effect.kind === 'operation-changed') change(effect.operation, stamp.monotonic);
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
    sweep({ monotonic }) {
      for (const { id, service, state } of live.values()) {
        must(policy.operation(id) !== null, () => `live operation ${id} of ${service} is not known any more`);
        const expiry = expiries.get(id) ?? null;
        must(
          state !== 'pending' || expiry === null || expiry >= monotonic,
          () => `operation ${id} of ${service} is pending beyond its lifetime`,
        );
      }
    },
    calm({ monotonic }) {
      const seconds = plan.calmNs / 1e9;
      for (const { id, type, service, source, state } of live.values())
        must(!isStale(id, monotonic), () => `operation ${id} (${type} of ${service}, ${source}) is ${state} after ${seconds} s of calm`);
    },
    end() {
      for (const { id, service, state } of live.values())
        must(false, () => `operation ${id} of ${service} is still ${state} after the shutdown`);
    },
  };

  /** Nothing that the operation could wait for, however far away, has made a step for long. */
  function isStale(id: string, now: bigint): boolean {
    const seen = new Set<string>();
    const todo = [foldName(live.get(id)?.service ?? '')];
    for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      const one = observed.of(key);
      if (now - one.since < longestWaitNs) return false;
      for (const field of ['requires', 'bindsTo', 'wants', 'conflicts'] as const) todo.push(...possible(one, field));
      for (const other of observed.all()) if (possible(other, 'conflicts').includes(key)) todo.push(other.key);
    }
    return true;
  }

  function lifetimeOf({ type, service, source }: OperationRecord): bigint | null {
    const { declared } = observed.of(service);
    if (source !== 'admin' || type === 'reset' || declared === null) return null;
    const { startTimeout, stopTimeout } = declared;
    return BigInt({ start: startTimeout, reload: startTimeout, stop: stopTimeout, restart: startTimeout + stopTimeout }[type]) * secondNs;
  }
}
