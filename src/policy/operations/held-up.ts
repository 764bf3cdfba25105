/** What keeps an operation pending, in words. */
import { inWords } from '../details.ts';
import type { Operation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';

/** Follows "while ": a clause, with each service that is in the way and its state. */
export function heldUpBy(turn: Turn, service: Service, operation: Operation): string {
  const { attempt } = service;
  if (attempt?.operation === operation.record.id) {
    const others = [...attempt.waits, ...attempt.opponents].flatMap((key) => turn.state.services.get(key) ?? []);
    if (others.length > 0) return `it waited for ${listed(others.map(({ name, state }) => `${name}, which is ${inWords(state)}`))}`;
    if (attempt.check !== null || attempt.judgeQueued) return 'its Conditions and Asserts were judged';
    if (attempt.slot === 'queued') return 'as many services as MaxParallelStarts allows were on their way up before it';
  }
  const ahead = service.operations.find((id) => id !== operation.record.id);
  const first = ahead === undefined ? undefined : turn.state.operations.get(ahead)?.record;
  const what = first === undefined ? '' : `, with its ${first.type} under way`;
  return `${service.name} was ${inWords(service.state)}${what}`;
}

const listed = (parts: readonly string[]): string => {
  const shown = parts.slice(0, mostNamed);
  return `${shown.join('; ')}${parts.length > shown.length ? `; and ${parts.length - shown.length} more` : ''}`;
};

/** A record is kept for a minute, and a service may need hundreds. */
const mostNamed = 8;
