import type { EventName } from '../../../../gen/events/events.ts';
import type { Severity } from '../../../../gen/options/types.ts';
import { foldName } from '../../../policy/definition/names.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { rangeOfBoot } from './boots.ts';
import { bytesAsText, integerOf, integerOrNull, textOrNull, timeColumns, timeOf } from './columns.ts';
import { Damage } from './failures.ts';
import type { Lanes } from './lanes.ts';
import { mostLanes } from './lanes.ts';
import { rangeOf, timePrefilters } from './logs.ts';
import type { EventFilter, EventText } from './model.ts';
import type { Opened } from './opened.ts';
import type { Found, Selection } from './scan.ts';
import type { TextCondition } from './text.ts';
import { matchesAny, textCondition } from './text.ts';

/** Events, by a filter. */

interface Wanted {
  readonly filter: EventFilter;
  readonly text: TextCondition | null;
  readonly names: ReadonlySet<number> | null;
  readonly services: ReadonlySet<number> | null;
  readonly boot: number | null;
}

export function selectEvents(opened: Opened, filter: EventFilter): Selection<EventText> {
  const text = filter.text === null || filter.text === '' ? null : textCondition(filter.text, filter.ignoreCase, 'payload', null);
  const boot = filter.boot === null ? null : (rangeOfBoot(opened, filter.boot)?.number ?? -1);
  const wanted: Wanted = { filter, text, names: namesOf(opened, filter), services: servicesOf(opened, filter), boot };
  const [column, values] = laneOf(wanted);
  return {
    lanes: { table: 'event', column, values, prefilters: [...timePrefilters(filter, ''), ...(text === null ? [] : [text.prefilter])] },
    ...rangeOf(opened, filter),
    gaps: filter.gaps ? { isEvent: true, boot } : null,
    hides: hides(opened, filter),
    read: (seq) => readEvent(opened, seq, wanted),
  };
}

/** Names that the reader may see and asked for; null: all. */
function namesOf({ names }: Opened, filter: EventFilter): ReadonlySet<number> | null {
  const all = names.events();
  const seen = all.filter(({ name }) => (filter.names === null || matchesAny(filter.names, name)) && filter.readable(name));
  return seen.length === all.length ? null : new Set(seen.map(({ number }) => number));
}

/** Whether something of that name is stored which the reader may not see. */
const hides = ({ names }: Opened, filter: EventFilter): boolean =>
  names.events().some(({ name }) => (filter.names === null || matchesAny(filter.names, name)) && !filter.readable(name));

function servicesOf({ names }: Opened, { services }: EventFilter): ReadonlySet<number> | null {
  if (services === null) return null;
  const asked = new Set(services.map(foldName));
  return new Set(
    names
      .services()
      .filter(({ name }) => asked.has(foldName(name)))
      .map(({ number }) => number),
  );
}

/** By the index that leaves the fewest rows, as far as that can be told without a look. */
function laneOf({ filter, names, services }: Wanted): readonly [Lanes['column'], Lanes['values']] {
  const lanes: readonly (readonly [Lanes['column'], readonly (number | string)[] | null])[] = [
    ['operation', filter.operation === null ? null : [filter.operation]],
    ['job', filter.jobs],
    ['cause', filter.causes],
    // The index leaves those of no note out.
    ['severity', filter.severities?.includes('info') === false ? filter.severities : null],
    ['service', services === null ? null : [...services]],
    ['name', names === null ? null : [...names]],
  ];
  for (const [column, values] of lanes) if (values !== null && values.length <= mostLanes) return [column, [...new Set(values)]];
  return [null, [null]];
}

const sql = `SELECT boot, id, ${timeColumns('time')}, name, severity, service, job, operation, cause, payload FROM event WHERE seq = ?`;

function readEvent(opened: Opened, seq: number, { filter, text, names, services, boot }: Wanted): readonly Found<EventText>[] {
  const row = opened.connection.statement(sql).get(seq);
  if (row === undefined) return [];
  const name = integerOf(row, 'name');
  const bootNumber = integerOf(row, 'boot');
  const severity = severityOf(textOrNull(row, 'severity'));
  const service = integerOrNull(row, 'service');
  const time = timeOf(row, 'time');
  const isWanted =
    (names === null || names.has(name)) &&
    (services === null || (service !== null && services.has(service))) &&
    (boot === null || boot === bootNumber) &&
    (filter.severities === null || filter.severities.includes(severity)) &&
    isAmong(filter.jobs, textOrNull(row, 'job')) &&
    isAmong(filter.causes, textOrNull(row, 'cause')) &&
    isAmong(filter.operation === null ? null : [filter.operation], textOrNull(row, 'operation')) &&
    (filter.since === null || time >= filter.since) &&
    (filter.until === null || time < filter.until);
  if (!isWanted) return [];
  const payload = bytesAsText(row, 'payload');
  if (text !== null && !text.matches(payload)) return [];
  const entry: EventText = {
    kind: 'event',
    boot_id: opened.names.bootId(bootNumber),
    id: integerOf(row, 'id'),
    // One that another version knew is passed on as it is.
    event: opened.names.eventName(name) as EventName,
    timestamp: formatTimestamp(time),
    severity,
    payload,
  };
  return [{ line: 0, entry, size: payload.length + 200 }];
}

const isAmong = (asked: readonly string[] | null, value: string | null): boolean =>
  asked === null || (value !== null && asked.includes(value));

function severityOf(stored: string | null): Severity {
  if (stored === null) return 'info';
  if (stored !== 'warning' && stored !== 'error') throw new Damage('an event has a severity that there is not');
  return stored;
}
