import { formatCalendar } from '../../../../src/policy/calendar/format.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';
import { zoneName } from '../../../../src/policy/calendar/zone.ts';
import type { Instant, Occurrence } from '../../calendar-times.ts';
import { occurrences, wallText, zonedOf, zonedText } from '../../calendar-times.ts';
import type { Context } from '../../command.ts';
import { calendarOfCron } from '../../cron.ts';
import { exitStatus } from '../../exit-statuses.ts';
import { painter, table } from '../../paint.ts';
import { textWidth } from '../../text-width.ts';
import { formatSpan } from '../../time.ts';
import { UsageError } from '../../usage-error.ts';
import type { OtherVerb } from '../../verb-groups.ts';

const usualCount = 5;
const mostCount = 1000;

export const calendar: OtherVerb = {
  text: 'Tells when a calendar expression comes true: its normal form and its next times.',
  more: [
    'It needs no machine. Of an expression that cannot be read it shows the place that is wrong, and of times as cron writes them what ' +
      'they are here. Times that do not come because the clock is put forward then are told between the others.',
  ],
  peer: null,
  arguments: [
    {
      name: 'EXPRESSION',
      is: { kind: 'text' },
      text: 'what stands behind timer: in Triggers; in quotes, or the shell looks for files',
      count: 'several',
    },
  ],
  options: ['count', 'tz', 'json'],
  exits: { failed: 'the expression cannot be read' },
  examples: [
    { line: "analyze calendar 'Mon..Fri 09:00'", text: 'on working days at nine, in the zone of this machine' },
    { line: "analyze calendar '*-*~01 02:30' --tz Europe/Berlin --count 12", text: 'the last day of each month in Berlin, for a year' },
    { line: 'analyze calendar quarterly --json', text: 'for programs' },
  ],
  async run(context, words) {
    const { json, values, color } = context.options;
    const written = words.join(' ');
    const most = countOf(values.count);
    const ownZone = values.tz === undefined ? Temporal.Now.timeZoneId() : zoneOf(values.tz);
    const parsed = parseCalendar(written);
    if (!parsed.ok) return refuse(context, written, parsed);
    const expression = parsed.value;
    const normal = formatCalendar(expression);
    const now = Temporal.Now.instant().epochNanoseconds as Instant;
    const found = occurrences(expression, now, ownZone, most);
    const zone = expression.zone ?? ownZone;
    if (json) {
      context.print(JSON.stringify({ expression: written, normal, zone, now: timestamp(now), times: found.map(inJson(now, zone)) }));
      return exitStatus.done;
    }
    const paint = painter(color);
    context.print(paint('bold', normal));
    if (normal !== written) context.print(`  written    ${context.shown(written)}`);
    const whose = expression.zone !== null ? 'the expression names it' : values.tz === undefined ? 'of this machine' : '--tz';
    context.print(`  zone       ${zone} (${whose})`);
    if (found.length < most) context.print(found.length === 0 ? '  next       never' : `  ends       after ${found.length} more`);
    if (found.length > 0) context.print('');
    const lines = rows(found, now, values.tz === undefined ? zone : ownZone);
    for (const [at, line] of lines.entries()) context.print(paintLine(line, at));
    return exitStatus.done;

    function paintLine(line: string, at: number): string {
      return at === 0 ? paint('bold', line) : line.startsWith('--') ? paint('yellow', line) : line;
    }
  },
};

function countOf(text: string | undefined): number {
  if (text === undefined) return usualCount;
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > mostCount) throw new UsageError(`--count takes a number from 1 to ${mostCount}, not ${text}`);
  return count;
}

function zoneOf(text: string): string {
  const name = zoneName(text);
  if (name === null) throw new UsageError(`--tz takes the name of a time zone such as Europe/London or UTC, not ${text}`);
  return name;
}

const timestamp = (at: Instant): string => new Temporal.Instant(at).toString({ smallestUnit: 'second' });

const secondsUntil = (at: Instant, now: Instant): number => Math.ceil(Number(at - now) / 1e9);

const inJson =
  (now: Instant, zone: string) =>
  ({ at, skipped }: Occurrence) => ({
    at: timestamp(at),
    local: zonedOf(at, zone).toString({ smallestUnit: 'second', timeZoneName: 'never' }),
    seconds: secondsUntil(at, now),
    skipped,
  });

/** The table, with what does not come between its rows. */
function rows(found: readonly Occurrence[], now: Instant, zone: string): readonly string[] {
  if (found.length === 0) return [];
  const isUtc = zone === 'UTC';
  const cells = found.map(({ at }) => [
    zonedText(zonedOf(at, zone)),
    ...(isUtc ? [] : [wallText(zonedOf(at, 'UTC'))]),
    formatSpan(secondsUntil(at, now)),
  ]);
  const [head = '', ...lines] = table([[zone, ...(isUtc ? [] : ['UTC']), 'IN'], ...cells], (_row, _column, padded) => padded);
  return [head, ...lines.flatMap((line, at) => [...skippedLine(found[at]?.skipped ?? null), line])];
}

function skippedLine(skipped: Occurrence['skipped']): readonly string[] {
  if (skipped === null) return [];
  const { first, last, count } = skipped;
  if (count === 1) return [`-- ${first} does not come: the clock is put forward then --`];
  const end = last.startsWith(first.slice(0, 10)) ? last.slice(11) : last;
  return [`-- ${count} times from ${first} to ${end} do not come: the clock is put forward --`];
}

const mostShown = 72;

type Refusal = Extract<ReturnType<typeof parseCalendar>, { readonly ok: false }>;

function refuse(context: Context, written: string, { what, remedy, at }: Refusal): number {
  const { json } = context.options;
  const cron = calendarOfCron(written);
  const help = cron === null ? remedy : `That is how cron writes it; here it is ${cron.join(', and a second trigger ')}.`;
  if (json) context.print(JSON.stringify({ expression: written, problem: what, remedy: help, from: at?.[0] ?? null, to: at?.[1] ?? null }));
  context.complain(`the expression ${what}. ${help}`, at === undefined ? [] : pointer(written, at));
  return exitStatus.failed;
}

/** The text, of a long one a part, and below it where it is wrong. */
function pointer(text: string, [from, to]: readonly [number, number]): readonly string[] {
  const begin = text.length <= mostShown ? 0 : Math.max(0, Math.min(from - 8, text.length - mostShown));
  const shown = text.slice(begin, begin + mostShown);
  const marks = Math.max(1, textWidth(text.slice(from, Math.min(to, begin + mostShown))));
  return [`  ${shown}`, `  ${' '.repeat(textWidth(text.slice(begin, from)))}${'^'.repeat(marks)}`];
}
