import type { Cause, State } from '../../gen/service/types.ts';
import type { OperationChanged, ServiceChanged, ServiceDiscarded } from '../policy/effects.ts';
import type { OperationRecord } from '../policy/operation.ts';
import type { Client, PolicyReader } from './client.ts';

/**
 * Clients that wait for the end of an operation. Each is answered exactly once: when the operation is over, when its record is
 * gone, or never, because the client left. The state in the answer is the one the service had when the operation ended, although
 * the next operation may have begun in the same step: it is followed through the effects in their order. PSD-007 11.2, CMD-001.
 */
export type WaitEnd =
  | { readonly kind: 'over'; readonly operation: OperationRecord; readonly state: State; readonly cause: Cause | null }
  | { readonly kind: 'lost'; readonly operation: string };

/** What the service was when it was last seen. */
export interface Seen {
  readonly state: State;
  readonly cause: Cause | null;
}

export interface Waiters {
  /** `finish` makes the text of the answer. Operations that are over already are answered here too. */
  wait(client: Client, operation: string, service: string, seen: Seen, finish: (end: WaitEnd) => string): void;
  serviceChanged(effect: ServiceChanged): void;
  operationChanged(effect: OperationChanged): void;
  serviceDiscarded(effect: ServiceDiscarded): void;
  forget(client: Client): void;
  readonly size: number;
}

interface Waiter {
  readonly client: Client;
  operation: string;
  readonly service: string;
  seen: Seen;
  readonly finish: (end: WaitEnd) => string;
}

const isOver = ({ state }: OperationRecord): boolean => state !== 'pending' && state !== 'running';

export function createWaiters(policy: PolicyReader): Waiters {
  const byClient = new Map<Client, Waiter>();
  const byOperation = new Map<string, Set<Waiter>>();
  const byService = new Map<string, Set<Waiter>>();

  function add(index: Map<string, Set<Waiter>>, key: string, waiter: Waiter): void {
    const there = index.get(key);
    if (there === undefined) index.set(key, new Set([waiter]));
    else there.add(waiter);
  }

  function remove(index: Map<string, Set<Waiter>>, key: string, waiter: Waiter): void {
    const there = index.get(key);
    there?.delete(waiter);
    if (there?.size === 0) index.delete(key);
  }

  function drop(waiter: Waiter): void {
    byClient.delete(waiter.client);
    remove(byOperation, waiter.operation, waiter);
    remove(byService, waiter.service, waiter);
  }

  function end(waiter: Waiter, how: WaitEnd): void {
    drop(waiter);
    waiter.client.answer(waiter.finish(how));
  }

  /** `record`: what is known of the operation now. */
  function settle(waiter: Waiter, record: OperationRecord | null): void {
    if (record === null) {
      end(waiter, { kind: 'lost', operation: waiter.operation });
      return;
    }
    if (!isOver(record)) return;
    if (record.mergedInto === null) {
      // An operation that did not succeed is over before the step that it caused; the policy has made both already.
      const { state, cause } = record.result === null ? (policy.service(waiter.service) ?? waiter.seen) : waiter.seen;
      end(waiter, { kind: 'over', operation: record, state: record.result ?? state, cause });
      return;
    }
    // It joined another one: that one's end is its own.
    remove(byOperation, waiter.operation, waiter);
    waiter.operation = record.mergedInto;
    add(byOperation, waiter.operation, waiter);
    settle(waiter, policy.operation(waiter.operation));
  }

  return {
    wait(client, operation, service, seen, finish) {
      const waiter: Waiter = { client, operation, service, seen, finish };
      byClient.set(client, waiter);
      add(byOperation, operation, waiter);
      add(byService, service, waiter);
      settle(waiter, policy.operation(operation));
    },
    serviceChanged({ service, to, cause }) {
      for (const waiter of byService.get(service) ?? []) waiter.seen = { state: to, cause };
    },
    operationChanged({ operation }) {
      if (!isOver(operation)) return;
      for (const waiter of [...(byOperation.get(operation.id) ?? [])]) settle(waiter, operation);
    },
    serviceDiscarded({ service }) {
      for (const waiter of [...(byService.get(service) ?? [])]) settle(waiter, policy.operation(waiter.operation));
    },
    forget(client) {
      const waiter = byClient.get(client);
      if (waiter !== undefined) drop(waiter);
    },
    get size() {
      return byClient.size;
    },
  };
}
