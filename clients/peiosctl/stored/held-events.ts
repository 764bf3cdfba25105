/** Events from peinit itself: those that happen, and the latest ones, which it holds in memory, where eventd cannot be asked. */
import type { SubscribeRequest, SubscribeResponse } from '../../../gen/control/types.ts';
import { ControlClient } from '../../typescript/generated/client.ts';
import type { ConnectionError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { followChanges } from '../service-changes.ts';
import { withMeantService } from '../service-names.ts';
import type { EventFilter } from './event-filter.ts';
import { isEventAsked } from './event-filter.ts';
import type { EventPrinter, ShownEvent } from './event-lines.ts';
import { eventPrinter } from './event-lines.ts';
import type { Range } from './range.ts';
import { isPresent, isWithin } from './reading.ts';
import { unknownService } from './unknown-service.ts';
import { whyWithoutEventd } from './without-eventd.ts';

/** From now on, for as long as there is a peinit. */
export async function showLiveEvents(context: Context, filter: EventFilter): Promise<number> {
  const [service] = filter.services ?? [];
  const unknown = service === undefined ? null : await unknownService(context, service);
  if (unknown !== null && service !== undefined) throw await withMeantService(unknown.error, unknown.client, service);
  return follow(context, eventPrinter(context, ''), filter, null);
}

const namesOf = ({ names }: EventFilter): SubscribeRequest => (names === undefined ? {} : { events: [...names] });

const lostEvents = '-- events were lost: this reader was too slow, or peinit was away --';

type Seen = Parameters<typeof followChanges>[2];

/** `failure`: what connecting to eventd said. Resolves with the exit status. */
export async function showHeldEvents(context: Context, failure: ConnectionError, range: Range, filter: EventFilter): Promise<number> {
  const { reason, remedy } = await whyWithoutEventd(context, failure.message);
  const { boot_id: boot } = await (await context.control()).machineStatus({});
  if (range.boot !== null && !isPresent(range.boot, boot)) {
    context.complain(`${reason}, and only eventd has earlier boots; ${remedy}`);
    return exitStatus.unreachable;
  }
  context.complain(`${reason}, so here are only the latest events, which peinit holds in memory; ${remedy}`);
  const { events, lastId } = await heldEvents(context, filter);
  const within = events.filter(({ timestamp }) => isWithin(range, timestamp));
  const latest = range.most === null ? within : range.most === 0 ? [] : within.slice(-range.most);
  const printer = eventPrinter(context, boot);
  printer.print(range.newestFirst ? latest.toReversed() : latest);
  if (range.follows) return follow(context, printer, filter, { boot, id: lastId });
  if (latest.length === 0) context.complain('peinit holds no event that was asked for');
  return exitStatus.done;
}

async function heldEvents(
  context: Context,
  filter: EventFilter,
): Promise<{ readonly events: readonly ShownEvent[]; readonly lastId: number }> {
  const transport = await context.connect(true);
  const events: ShownEvent[] = [];
  let lastId = 0;
  for await (const line of new ControlClient(transport).subscribe({ ...namesOf(filter), since: 0, follow: false })) {
    const event = eventOf(line);
    lastId = line.id ?? lastId;
    if (event !== null && isEventAsked(filter, event)) events.push(event);
  }
  transport.close();
  return { events, lastId };
}

async function follow(context: Context, printer: EventPrinter, filter: EventFilter, seen: Seen | null): Promise<number> {
  const changes = await followChanges(context, filter.names ?? ['*'], seen);
  try {
    for await (const change of changes) {
      const event = change.kind === 'anew' ? null : eventOf(change.line);
      if (event === null) context.print(context.options.json ? JSON.stringify({ kind: 'lagged' }) : lostEvents);
      else if (isEventAsked(filter, event)) printer.print([event]);
    }
  } finally {
    changes.close();
  }
  context.complain('the stream has ended');
  return exitStatus.unreachable;
}

/** Null: events were lost. */
const eventOf = (line: SubscribeResponse): ShownEvent | null =>
  line.event === undefined || line.timestamp === undefined ? null : ({ ...line, kind: 'event', timestamp: line.timestamp } as ShownEvent);
