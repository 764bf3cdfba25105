/**
 * From labels to instants. A label inside the hour that a zone skips does not exist and never fires; one inside the hour that it repeats
 * fires at its first occurrence only, so the second pass is silent. First occurrences rise with their labels, which is why one walk over
 * the labels is enough. PSD-007 9.1, TMR-014, TMR-015.
 */
import type { RealtimeNs } from '../time.ts';
import type { CalendarExpression } from './expression.ts';
import type { Label } from './label.ts';
import { nextLabel } from './label.ts';

const nsPerSecond = 1_000_000_000n;

/**
 * The last Sunday of March at 02:30 is skipped in Berlin every year. Years repeat after four hundred, and what a zone has of its own before
 * its rule repeats too is less than two hundred changes, so this many skipped labels in a row mean never. TMR-047.
 */
const maxSkipped = 1000;

/**
 * The first time strictly after the given one that the expression matches; null: never again.
 *
 * @param machineZone zone of expressions that name none; a name that the zone database lacks throws RangeError (see zoneName)
 */
export function nextOccurrence(expression: CalendarExpression, after: RealtimeNs, machineZone: string): RealtimeNs | null {
  const zone = expression.zone ?? machineZone;
  const now = new Temporal.ZonedDateTime(after, zone);
  let label: Label | null = labelOf(now.toPlainDateTime());
  for (let skipped = 0; skipped < maxSkipped; ) {
    label = nextLabel(expression, label);
    if (label === null) return null;
    const wanted = plainOf(label);
    const found = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' });
    if (!found.toPlainDateTime().equals(wanted)) {
      label = beforeEndOfGap(found, label);
      skipped++;
    } else if (found.epochNanoseconds > after) return found.epochNanoseconds;
    else label = beforeEndOfSecondPass(now, label);
  }
  return null;
}

const labelOf = ({ year, month, day, hour, minute, second }: Temporal.PlainDateTime): Label => [year, month, day, hour, minute, second];

const plainOf = ([year, month, day, hour, minute, second]: Label): Temporal.PlainDateTime =>
  new Temporal.PlainDateTime(year, month, day, hour, minute, second);

/** `before` is the instant that the skipped label would have with the old offset. The last label that does not exist. */
function beforeEndOfGap(before: Temporal.ZonedDateTime, label: Label): Label {
  const transition = before.getTimeZoneTransition('next');
  return transition === null ? label : later(label, transition.toPlainDateTime());
}

/** The clock runs through labels that have fired already: the last of them. */
function beforeEndOfSecondPass(now: Temporal.ZonedDateTime, label: Label): Label {
  const transition = now.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  if (transition === null) return label;
  const lastOld = new Temporal.ZonedDateTime(transition.epochNanoseconds - nsPerSecond, transition.timeZoneId);
  return later(label, lastOld.toPlainDateTime().add({ seconds: 1 }));
}

/** One second before `end`, but never back. */
function later(label: Label, end: Temporal.PlainDateTime): Label {
  const last = end.subtract({ seconds: 1 });
  return Temporal.PlainDateTime.compare(last, plainOf(label)) > 0 ? labelOf(last) : label;
}
