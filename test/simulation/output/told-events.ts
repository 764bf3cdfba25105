/**
 * The events of a life as they are told, and which of them process 1 may have let go: from each of its two rings only what has no room.
 * Of the audit's that is the oldest of whoever has the most, however young it is. LOG-005, WIRE-042.
 */
import type { EventName } from '../../../gen/events/events.ts';
import { auditEvents } from '../../../gen/events/events.ts';
import type { EventJournal } from '../../../src/events/journal.ts';

export interface ToldEvents {
  nameOf(id: number): EventName | undefined;
  mayBeLost(id: number): boolean;
}

interface Told {
  readonly name: EventName;
  /** How many of its ring were told before it. */
  readonly place: number;
  /** Records of the audit that had been dropped when it came. */
  readonly droppedBefore: number;
}

/** Either ring holds more than so many. */
const leastEvents = 200;

export function followJournal(journal: EventJournal): ToldEvents {
  const told: Told[] = [];
  let ordinary = 0;
  let audit = 0;
  let auditDropped = 0;
  /** Records of the audit that were held when the ring held the fewest and one had to go. */
  let fewestHeld = Number.POSITIVE_INFINITY;

  journal.onPublish(({ name }) => {
    const isAudit = auditEvents.has(name);
    told.push({ name, place: isAudit ? audit++ : ordinary++, droppedBefore: auditDropped });
    if (journal.auditDropped === auditDropped) return;
    auditDropped = journal.auditDropped;
    fewestHeld = Math.min(fewestHeld, audit - auditDropped);
  });

  return {
    nameOf: (id) => told[id - 1]?.name,
    mayBeLost(id) {
      const event = told[id - 1];
      if (event === undefined) return false;
      if (auditEvents.has(event.name)) return auditDropped > event.droppedBefore && fewestHeld >= leastEvents;
      return ordinary - event.place > leastEvents;
    },
  };
}
