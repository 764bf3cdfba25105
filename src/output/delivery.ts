import type { EventJournal } from '../events/journal.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Effect } from '../policy/effects.ts';
import type { EventdLinkParts } from './eventd-link.ts';
import { createEventdLink } from './eventd-link.ts';
import type { HandOver } from './hand-over.ts';
import { createHandOver } from './hand-over.ts';
import type { OutputRing } from './output-ring.ts';
import type { Flow } from './pipe-turns.ts';

export interface DeliveryParts extends Pick<EventdLinkParts, 'kernel' | 'path' | 'hello' | 'isUp' | 'warn'> {
  readonly loop: Loop;
  readonly ring: OutputRing;
  readonly journal: EventJournal;
  /** Lines were sent or acknowledged, or the flow is another. */
  readonly goOn: () => void;
}

/** Output and events on their way to the event daemon. */
export interface Delivery {
  readonly flow: Flow;
  /** Lines were added to the ring. */
  send(): void;
  onEffect(effect: Effect): void;
}

export function createDelivery({ ring, journal, goOn, ...parts }: DeliveryParts): Delivery {
  const link = createEventdLink({
    ...parts,
    events: {
      begins(held) {
        handOver.begins(held);
        goOn();
      },
      room: send,
      acknowledged: (ids) => handOver.acknowledged(ids),
      ended: () => handOver.ended(),
    },
    handOver: () => handOver,
    onFlow: goOn,
  });
  const handOver: HandOver = createHandOver({ ring, journal, sink: link.sink });
  let deferred = false;

  // Many come in one turn.
  journal.onPublish(() => {
    if (deferred || !handOver.standing) return;
    deferred = true;
    parts.loop.defer(() => {
      deferred = false;
      send();
    });
  });

  function send(): void {
    handOver.send();
    goOn();
  }

  return {
    get flow() {
      return link.flow;
    },
    send,
    onEffect: link.onEffect,
  };
}
