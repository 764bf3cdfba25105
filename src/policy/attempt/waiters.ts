/** Those whose attempts wait for a service: for it to come up, or for its end. */
import { noteFreed } from '../first-start.ts';
import { nodeOf } from '../model.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { intend, lookLater } from '../turn.ts';
import { attemptOperation } from './attempt.ts';

/** It is up: they go on. */
export function passWaiters(turn: Turn, service: Service): void {
  for (const key of service.waiters) {
    const waiter = turn.state.services.get(key);
    if (waiter?.attempt?.waits.delete(service.key) !== true) continue;
    waiter.attempt.passed.add(service.key);
    turn.touched.add(waiter);
    if (waiter.attempt.waits.size === 0) goOn(turn, waiter, service);
  }
  service.waiters.clear();
  turn.touched.add(service);
}

/** It cannot be waited for any more: those that need it fail with it, those that only want it go on. DEP-002, GRAPH-009, GRAPH-010. */
export function leaveWaiters(turn: Turn, service: Service, why: string): void {
  const isDown = service.state === 'inactive' || service.state === 'stopping' || service.state === 'completed';
  for (const key of [...service.waiters]) {
    const waiter = turn.state.services.get(key);
    const { attempt } = waiter ?? { attempt: null };
    service.waiters.delete(key);
    if (waiter === undefined || attempt === null || !attempt.waits.delete(service.key)) continue;
    const operation = attemptOperation(turn, waiter);
    const isHard = nodeOf(turn, waiter)?.hard.some((target) => target.key === service.key) ?? false;
    if (isHard && operation !== undefined) {
      noteFreed(turn, waiter, service.key);
      const message = `service ${waiter.name} requires ${service.name}, but ${why}. ${isDown ? 'Start' : 'Repair'} ${service.name} first.`;
      intend(turn, { kind: 'fail-start', service: waiter.key, operation: operation.record.id, message });
      continue;
    }
    attempt.passed.add(service.key);
    if (attempt.waits.size === 0) goOn(turn, waiter, service);
  }
}

function goOn(turn: Turn, waiter: Service, { key: last }: Service): void {
  noteFreed(turn, waiter, last);
  lookLater(turn, waiter);
}

export const hasEnded = ({ state }: Service): boolean =>
  state !== 'starting' && state !== 'active' && state !== 'reloading' && state !== 'stopping';

/** The service made a step: those that wait for its end look again, also where it came up instead. */
export function wakeBesiegers(turn: Turn, service: Service): void {
  if (hasEnded(service)) return releaseBesiegers(turn, service);
  for (const key of service.besiegers) {
    const besieger = turn.state.services.get(key);
    if (besieger !== undefined) lookLater(turn, besieger);
  }
}

/** It has ended, or is known no more. */
export function releaseBesiegers(turn: Turn, service: Service): void {
  for (const key of service.besiegers) {
    const besieger = turn.state.services.get(key);
    if (besieger === undefined) continue;
    besieger.attempt?.opponents.delete(service.key);
    lookLater(turn, besieger);
  }
  service.besiegers.clear();
}
