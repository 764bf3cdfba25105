/** `logs` where eventd cannot be asked: what peinit holds, and with --follow what it comes to hold, until eventd is there. */
import type { ConnectionError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';
import { exitStatus } from '../exit-statuses.ts';
import { refusedOne } from '../service-names.ts';
import type { TakenOver } from './follow-held.ts';
import { followHeld } from './follow-held.ts';
import type { LineFilter } from './line-filter.ts';
import { isAsked } from './line-filter.ts';
import type { ShownLine } from './log-lines.ts';
import { linePrinter } from './log-lines.ts';
import type { Range } from './range.ts';
import { isPresent, isWithin } from './reading.ts';
import { heldLines, inTime, whyWithoutEventd } from './without-eventd.ts';

/** `failure`: what connecting to eventd said. Resolves with the exit status, or with where eventd is to go on. */
export async function showHeld(
  context: Context,
  path: string,
  failure: ConnectionError,
  range: Range,
  filter: LineFilter,
  services: readonly string[],
): Promise<number | TakenOver> {
  const { reason, remedy } = await whyWithoutEventd(context, failure.message);
  const { boot_id: boot } = await (await context.control()).machineStatus({});
  const beyond = whatOnlyEventdKnows(range, filter, boot);
  if (beyond !== null) {
    context.complain(`${reason}, and only eventd ${beyond}; ${remedy}`);
    return exitStatus.unreachable;
  }
  context.complain(`${reason}, so here is only what peinit holds in memory, the latest lines of each service; ${remedy}`);
  const printer = linePrinter(context, boot, services, filter.pattern);
  const isWanted = (line: ShownLine): boolean => isAsked(filter, line) && isWithin(range, line.timestamp);
  const { lines, isRefused } = await held(context, boot, services);
  const wanted = lines.filter(isWanted);
  const latest = range.most === null ? wanted : range.most === 0 ? [] : wanted.slice(-range.most);
  printer.print(range.newestFirst ? latest.toReversed() : latest);
  if (isRefused) return exitStatus.failed;
  if (range.follows) return followHeld(context, path, boot, services, lines, (fresh) => printer.print(fresh.filter(isWanted)));
  for (const service of range.most === 0 ? [] : services.filter((each) => printer.countOf(each) === 0))
    context.complain(`${service}: ${silence(service, lines)}`);
  if (services.length === 0 && latest.length === 0) context.complain('peinit holds no line that was asked for');
  return exitStatus.done;
}

/** One that is refused does not keep the others back. */
async function held(
  context: Context,
  boot: string,
  services: readonly string[],
): Promise<{ readonly lines: readonly ShownLine[]; readonly isRefused: boolean }> {
  const client = await context.control();
  if (services.length < 2) return { lines: await heldLines(client, boot, services.length === 0 ? {} : { services }), isRefused: false };
  let isRefused = false;
  const lines: ShownLine[] = [];
  for (const service of services)
    try {
      lines.push(...(await heldLines(client, boot, { services: [service] })));
    } catch (error) {
      await refusedOne(context, client, service, error);
      isRefused = true;
    }
  return { lines: inTime(lines), isRefused };
}

const silence = (service: string, lines: readonly ShownLine[]): string =>
  lines.some((line) => line.service?.toLowerCase() === service.toLowerCase())
    ? 'peinit holds lines of it, but none that was asked for'
    : 'peinit holds nothing that it has written';

/** What cannot be told from what peinit holds; null: it can. */
function whatOnlyEventdKnows({ boot }: Range, { request }: LineFilter, present: string): string | null {
  if (boot !== null && !isPresent(boot, present)) return 'has earlier boots';
  return request.operation === undefined ? null : 'knows what an operation did';
}
