/**
 * Works off what an event led to: intentions as soon as the present item is through, and only then what follows for others. Whatever is
 * thrown ends that item alone.
 */
import { containFault } from '../containment.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { carryOut } from './intentions.ts';
import { react } from './reactions.ts';

export function workOff(turn: Turn): void {
  const { intentions, work } = turn;
  let intended = 0;
  let worked = 0;
  for (;;) {
    const intention = intentions[intended];
    if (intention !== undefined) {
      intended += 1;
      attempt(turn, intention, carryOut);
      continue;
    }
    const item = work[worked];
    if (item === undefined) break;
    worked += 1;
    attempt(turn, item, react);
  }
  intentions.length = 0;
  work.length = 0;
}

function attempt<Item extends { readonly kind: string; readonly service: string }>(
  turn: Turn,
  item: Item,
  handle: (turn: Turn, service: Service, item: Item) => void,
): void {
  const service = turn.state.services.get(item.service);
  if (service === undefined) return;
  try {
    handle(turn, service, item);
  } catch (fault) {
    containFault(turn, fault, service, item.kind);
  }
}
