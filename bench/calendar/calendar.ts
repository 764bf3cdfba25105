/** What the next time of a calendar expression costs: by expression, in zones, around changes of the clock, and before anything is warm. */
import { spawnSync } from 'node:child_process';
import { nextOccurrence } from '../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../src/policy/calendar/parse.ts';
import type { Row, Section } from '../support/report.ts';

const expressions = [
  'minutely',
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'quarterly',
  'Mon..Fri 09:00',
  '*:0/15',
  '*-*~01 02:30',
  'Mon *-05~07/1',
  'daily America/New_York',
] as const;
const zone = 'Europe/Berlin';
/** Of a sample, so that a run takes milliseconds. */
const callsPerSample = 2000;
const target = { under: 50 } as const;
const nsPerSecond = 1_000_000_000n;
const year = 365 * 86_400;
const begin = Date.UTC(2026, 0, 1) / 1000;

/** All over ten years, at all times of the day. */
const anywhere = Array.from({ length: callsPerSample }, (_, at) => begin + ((at * 7_919_317) % (10 * year)));

/** Within two hours of a change of the clock. */
function aroundChanges(): readonly number[] {
  const changes: number[] = [];
  let at = new Temporal.ZonedDateTime(BigInt(begin) * nsPerSecond, zone).getTimeZoneTransition('next');
  for (; at !== null && changes.length < 20; at = at.getTimeZoneTransition('next')) changes.push(at.epochMilliseconds / 1000);
  return Array.from(
    { length: callsPerSample },
    (_, index) => (changes[index % changes.length] ?? begin) - 7200 + ((index * 7919) % 14_400),
  );
}

/** Microseconds a call. */
function sample(text: string, instants: readonly number[], machineZone: string): number {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.what}`);
  const afters = instants.map((seconds) => BigInt(seconds) * nsPerSecond);
  const started = performance.now();
  for (const after of afters) nextOccurrence(parsed.value, after, machineZone);
  return ((performance.now() - started) * 1000) / afters.length;
}

/** The first call of a process, which has loaded nothing of zones yet. */
function first(): number {
  const { stdout, status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', `${import.meta.dirname}/first.ts`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the first call failed: status ${status}`);
  return Number(stdout);
}

export async function benchCalendar(runs: number): Promise<Section> {
  const around = aroundChanges();
  const kinds: readonly (readonly [what: string, of: () => number])[] = [
    ...expressions.map((text) => [text, () => sample(text, anywhere, zone)] as const),
    ['daily, in UTC', () => sample('daily', anywhere, 'UTC')],
    ['02:30, around changes of the clock', () => sample('02:30', around, zone)],
    ['minutely, around changes of the clock', () => sample('minutely', around, zone)],
    ['*-02-30, which never comes', () => sample('*-02-30', anywhere, zone)],
  ];
  const samples = new Map<string, number[]>(kinds.map(([what]) => [what, []]));
  const cold: number[] = [];
  for (let run = 0; run <= runs; run++) {
    // In turn, so that a busy moment hits all of them; the first one warms up.
    for (const [what, of] of kinds) {
      const us = of();
      if (run > 0) samples.get(what)?.push(us);
    }
    if (run > 0) cold.push(first());
  }
  return {
    title: `calendar: the next time of an expression in ${zone}, ${callsPerSample} instants a run, ${runs} runs`,
    rows: [
      ...kinds.map(([what]): Row => ({ what, unit: 'us', samples: samples.get(what) ?? [], target })),
      { what: 'daily, the first call of a process', unit: 'us', samples: cold },
    ],
    notes: ['nextOccurrence, all of it; reading the expression is not in it.'],
  };
}
