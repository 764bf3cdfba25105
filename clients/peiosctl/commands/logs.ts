import { logAccessKey } from '../../../gen/eventd/facts.ts';
import type { LogEntry, LogsRequest } from '../../../gen/output/types.ts';
import { readLogs } from '../../typescript/stored-records.ts';
import { ConnectionError } from '../../typescript/transport.ts';
import type { Command, Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { globs } from '../lifecycle.ts';
import { isGlob, serviceNames } from '../service-names.ts';
import { listBoots } from '../stored/boots.ts';
import { showHeld } from '../stored/held-lines.ts';
import type { LineFilter } from '../stored/line-filter.ts';
import { isAsked, lineFilter } from '../stored/line-filter.ts';
import type { ShownLine } from '../stored/log-lines.ts';
import { linePrinter } from '../stored/log-lines.ts';
import { named, originAsked } from '../stored/origins.ts';
import type { Range } from '../stored/range.ts';
import { rangeOf, rangeOptions } from '../stored/range.ts';
import { bootAsked, eventdPath, presentBoot, readingOptions, tellOfLeftOut } from '../stored/reading.ts';
import { partsAsked, showParts } from '../stored/show-parts.ts';
import { tellSilent } from '../stored/silent.ts';

export const logs: Command = {
  text: 'Shows what services have written, also in earlier boots.',
  more: [
    'The last 100 lines, or all that a time, a boot, a job or an operation leaves; -n says how many. -f shows the last 10 and goes on, ' +
      'also while eventd, which stores them, is restarted. ! marks standard error. Commands beside the main process have names of their ' +
      'own, which may be asked for: web/ExecStartPre[0], web/HealthCheck, web/*.',
    'Where no eventd runs it shows the latest lines of each service, which peinit holds in memory, and says so.',
    globs,
  ],
  group: 'services',
  arguments: [
    {
      name: 'SERVICE',
      is: { kind: 'service' },
      text: 'name of a service, or a pattern that matches names; all when left out',
      count: 'any',
    },
  ],
  options: [...rangeOptions, 'list-boots', 'job', 'operation', 'stream', 'grep', 'ignore-case'],
  exits: { failed: 'refused, or there is no such service', unreachable: 'neither eventd nor peinit can be reached' },
  examples: [
    { line: 'logs web', text: 'its last 100 lines' },
    { line: 'logs -f', text: 'all services, as they write' },
    { line: 'logs web db --since 10m', text: 'two of them side by side, the last ten minutes' },
    { line: "logs web --since 'yesterday 18:00' --until today", text: 'an evening' },
    { line: 'logs web -b -1', text: 'the boot before this one' },
    { line: 'logs --grep "refused|timed? out" -i', text: 'the last 100 lines of any service that match' },
    { line: 'logs web --json -n all', text: 'all that is kept, for programs' },
  ],
  async run(context) {
    const { values } = context.options;
    const range = rangeOf(values, values.job !== undefined || values.operation !== undefined);
    const path = eventdPath(context);
    if (values['list-boots'] === true) {
      await listBoots(context, path);
      return exitStatus.done;
    }
    const asked = named(context.arguments);
    const whole = await namedServices(context, asked.words);
    const parts = await namedServices(
      context,
      asked.commands.map(({ service }) => service),
    );
    const filter = lineFilter(values, originAsked(whole, asked));
    const services = [...new Set([...whole, ...parts])];
    try {
      return await showStored(context, path, range, filter, services);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      const held = await showHeld(context, path, error, range, filter, services);
      if (typeof held === 'number') return held;
      return showStored(context, path, { ...range, most: null, since: held.since }, filter, services, held.isSeen);
    }
  },
};

/** Patterns need somebody who knows what there is. */
const namedServices = async (context: Context, words: readonly string[]): Promise<readonly string[]> =>
  words.some(isGlob) ? serviceNames(await context.control(), words) : [...new Set(words)];

async function showStored(
  context: Context,
  path: string,
  range: Range,
  filter: LineFilter,
  services: readonly string[],
  isSeen: (line: ShownLine) => boolean = () => false,
): Promise<number> {
  const present = await presentBoot(context);
  const isFiltered = filter.isOrigin !== null || (filter.pattern !== null && !filter.pattern.isText);
  const request: LogsRequest = {
    ...filter.request,
    ...(services.length === 0 ? {} : { services }),
    ...(range.since === null ? {} : { since: range.since }),
    ...(range.until === null ? {} : { until: range.until }),
    ...(range.boot === null ? {} : { boot: await bootAsked(range.boot, path, present) }),
    ...partsAsked(range, isFiltered),
  };
  const printer = linePrinter(context, present, services, filter.pattern);
  let isWell = true;
  let isAll = true;
  await showParts<LogEntry>(readLogs(request, readingOptions(context, path, range.follows)), {
    range,
    isSought: isFiltered || range.since !== null ? (entry) => entry.kind === 'line' && isAsked(filter, entry) && !isSeen(entry) : null,
    print: printer.print,
    async caughtUp(hasLeftOut) {
      // Of those that were named each is told by itself.
      if (hasLeftOut && services.length === 0) tellOfLeftOut(context, logAccessKey.path, printer.count > 0);
      isAll = !hasLeftOut;
      const silent = services.filter((service) => printer.countOf(service) === 0);
      isWell = await tellSilent(context, path, silent, range.follows || range.most === 0);
    },
  });
  if (services.length === 0 && printer.count === 0 && isAll && !range.follows && range.most !== 0)
    context.complain('nothing that was asked for is stored');
  if (range.isUsual && printer.count === range.most) tellOfMore(context, printer.count);
  return isWell ? exitStatus.done : exitStatus.failed;
}

/** Whoever looks on may think that this is all. */
function tellOfMore(context: Context, count: number): void {
  if (context.options.attended && !context.options.json)
    context.complain(`these are the last ${count} lines; -n 1000 shows more, -n all shows all`);
}
