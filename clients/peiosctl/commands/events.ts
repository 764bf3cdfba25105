import { eventAccessKey } from '../../../gen/eventd/facts.ts';
import type { EventEntry, EventsRequest } from '../../../gen/output/types.ts';
import { readEvents } from '../../typescript/stored-records.ts';
import { ConnectionError } from '../../typescript/transport.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { uselessGlob } from '../format-event.ts';
import { withMeantService } from '../service-names.ts';
import type { EventFilter } from '../stored/event-filter.ts';
import { eventFilter } from '../stored/event-filter.ts';
import { eventPrinter } from '../stored/event-lines.ts';
import { showHeldEvents, showLiveEvents } from '../stored/held-events.ts';
import type { Range } from '../stored/range.ts';
import { rangeOf, rangeOptions } from '../stored/range.ts';
import { bootAsked, eventdPath, presentBoot, readingOptions, tellOfLeftOut } from '../stored/reading.ts';
import { partsAsked, showParts } from '../stored/show-parts.ts';
import { unknownService } from '../stored/unknown-service.ts';
import { UsageError } from '../usage-error.ts';

export const events: Command = {
  text: 'Shows events: as they happen, or those that were.',
  more: [
    'By itself it shows what happens from now on, until Ctrl-C. -n, --since, --until, --boot and --reverse show what was, and end; ' +
      '-f shows the last 10 and goes on, and goes on behind any of them.',
    '! marks what may be wrong. With --json each line is one JSON object, with all that is known. ' +
      'Output of services is no event: `logs` shows it.',
  ],
  group: 'machine',
  arguments: [
    { name: 'GLOB', is: { kind: 'event' }, text: 'names of events, * for any run of characters; all when left out', count: 'any' },
  ],
  options: [...rangeOptions, 'severity', 'service', 'cause', 'operation', 'job'],
  exits: { failed: 'refused', unreachable: 'the stream has ended, or peinit cannot be reached' },
  examples: [
    { line: "events 'service.*'", text: 'each step of each service, as it happens' },
    { line: 'events -n 20', text: 'the last 20 of all kinds' },
    { line: 'events --since today --severity warning', text: 'what went wrong today' },
    { line: 'events -f --service web', text: 'the last 10 about web, and those to come' },
    { line: "events 'operation.*' 'log'", text: 'what is asked for, and what peinit has to say' },
    { line: "events 'service.*' --json | grep '\"web\"'", text: 'each step of web, for programs' },
  ],
  async run(context) {
    const { values } = context.options;
    const range = rangeOf(values, false);
    const filter = eventFilter(values, context.arguments);
    const useless = context.arguments.flatMap((glob) => uselessGlob(glob) ?? []);
    // It would be waited for without end.
    if (useless.length > 0 && useless.length === context.arguments.length) throw new UsageError(useless.join('\n'));
    for (const told of useless) context.complain(told);
    if (rangeOptions.every((option) => values[option] === undefined)) {
      if (context.options.attended && !context.options.json)
        context.complain('what happens from now on follows, until Ctrl-C; -n 20 shows the last 20 events, -n all shows all');
      return showLiveEvents(context, filter);
    }
    const path = eventdPath(context);
    try {
      return await showStored(context, path, range, filter);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return await showHeldEvents(context, error, range, filter);
    }
  },
};

async function showStored(context: Context, path: string, range: Range, filter: EventFilter): Promise<number> {
  const present = await presentBoot(context);
  const request: EventsRequest = {
    ...filter,
    ...(range.since === null ? {} : { since: range.since }),
    ...(range.until === null ? {} : { until: range.until }),
    ...(range.boot === null ? {} : { boot: await bootAsked(range.boot, path, present) }),
    ...partsAsked(range, false),
  };
  const printer = eventPrinter(context, present);
  let isAll = true;
  await showParts<EventEntry>(readEvents(request, readingOptions(context, path, range.follows)), {
    range,
    isSought: null,
    print: printer.print,
    async caughtUp(hasLeftOut) {
      if (hasLeftOut) tellOfLeftOut(context, eventAccessKey.path, printer.count > 0);
      isAll = !hasLeftOut;
      const [service] = filter.services ?? [];
      const unknown = printer.count === 0 && service !== undefined ? await unknownService(context, service) : null;
      if (unknown !== null && service !== undefined) throw await withMeantService(unknown.error, unknown.client, service);
    },
  });
  if (printer.count === 0 && isAll) context.complain('no event that was asked for is stored');
  return exitStatus.done;
}
