/**
 * Random records, sent twice, in part and with holes, over several boots and reopened stores; every query must find what a list of all of
 * it has. A run prints its seed: PEINIT_SEED=n node FILE has it again.
 */
import type { Test } from 'tap';
import t from 'tap';
import { jobCreated, log as logEvent, operationMerged } from '../../../../gen/events/events.ts';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import type { CommonFilter, EventFilter, IncomingRecord, LogFilter, Scan } from '../../../../src/hosted/eventd/store/model.ts';
import type { Seeded } from '../../../support/random.ts';
import { createRandom, seeded } from '../../../support/random.ts';
import { boot, entriesOf, eventFilter, instant, logFilter, scanOptions, stamp, storeDirectory, wide } from './fixture.ts';
import { Reference } from './reference.ts';

const runs = 10;
const stepsOfRun = 25;
const random = seeded();

const boots = ['b1', 'b2', 'b3'].map(boot);
const origins = ['web', 'Web-2', 'web/ExecStartPre[0]', 'db', 'db/HealthCheck', 'jobs/a', 'jobs/b'];
const jobs = ['j1', 'j2', 'j3', 'j4'];
const operations = ['o1', 'o2'];
const words = ['Error', 'error', '100%', 'a_b', 'ÄRGER', 'ärger', 'nul\0l', 'back\\slash', '🦆', 'x', '', ' '];

const textOf = (one: Seeded): string => Array.from({ length: one.below(5) }, () => one.pick(words)).join(one.pick([' ', '', '-']));
/** The clock goes on, stands still, and is set back. */
const secondsOf = (one: Seeded, base: number): number => base + one.pick([0, 0.25, 30, 90, -200, 3600]);

function recordsOf(one: Seeded, reference: Reference, of: number, base: number): IncomingRecord[] {
  const hello = boots[of] ?? boots[0]!;
  const at = { ...reference.acked(hello) };
  return Array.from({ length: 1 + one.below(12) }, (): IncomingRecord => {
    const jump = one.pick([0, 0, 0, 0, 0, -1, -4, 3]);
    switch (one.below(6)) {
      case 0: {
        const id = Math.max(1, at.event + 1 + jump);
        at.event = Math.max(at.event, id);
        const facts = { service: one.pick(['web', 'db', null]), job_id: one.pick(jobs), operation_id: one.pick(operations) };
        const said = one.pick([
          logEvent({ service: facts.service, level: one.pick(['info', 'warning', 'error']), text: textOf(one) }),
          jobCreated({ ...facts, type: 'main', image_path: '/bin/x', identity: 'SYSTEM' } as never),
          operationMerged({ service: facts.service, operation_id: facts.operation_id, cause: 'explicit' } as never),
        ]);
        return { kind: 'event', id, timestamp: stamp(secondsOf(one, base)), ...said };
      }
      case 1: {
        const subject = one.pick(['log', 'event'] as const);
        const from = Math.max(1, at[subject] + 1 + jump);
        const to = from + one.below(5);
        at[subject] = Math.max(at[subject], to);
        return { kind: 'dropped', of: subject, from, to, count: to - from + 1 };
      }
      default: {
        const first = Math.max(1, at.log + 1 + jump);
        const count = 1 + one.below(one.chance(0.05) ? 900 : 6);
        at.log = Math.max(at.log, first + count - 1);
        const spread = one.chance(0.2);
        const isRaw = one.chance(0.1);
        return {
          kind: 'log',
          origin: one.pick(origins),
          job_id: one.pick(jobs),
          is_error: one.chance(0.3),
          first_id: first,
          first_timestamp: stamp(secondsOf(one, base)),
          lines: Array.from({ length: count }, () => [spread ? one.pick([0, 1, 70_000_000_000, -5]) : 0, textOf(one)] as const),
          ...(isRaw ? { raw: Array.from({ length: count }, () => one.pick([null, 'AA=='])) } : {}),
        };
      }
    }
  });
}

function commonOf(one: Seeded, steps: number): Partial<CommonFilter> {
  const some = <T>(probability: number, value: () => T): T | null => (one.chance(probability) ? value() : null);
  return {
    services: some(0.3, () => [one.pick(['WEB', 'db', 'web-2', 'none']), one.pick(['web', 'db'])]),
    jobs: some(0.2, () => [one.pick(jobs)]),
    operation: some(0.2, () => one.pick(operations)),
    boot: some(0.2, () => one.pick(['b1', 'b2', 'none'])),
    since: some(0.3, () => instant(one.below(steps) * 100)),
    until: some(0.3, () => instant(one.below(steps) * 100)),
    text: some(0.4, () => one.pick(['error', 'ERR', '%', '_', 'ärger', 'ul\0', '\\', '🦆', 'x-'])),
    ignoreCase: one.chance(0.5),
    gaps: one.chance(0.7),
    // A gap has no time.
    ...(one.chance(0.5) ? { since: null, until: null } : { gaps: false }),
  };
}

const logFilterOf = (one: Seeded, steps: number): LogFilter =>
  logFilter({
    ...commonOf(one, steps),
    stream: one.pick([null, null, 'stdout', 'stderr']),
    readable: one.pick([
      () => true,
      () => true,
      (service: string | null) => service !== 'web',
      (service: string | null) => service === null,
    ]),
  });

const eventFilterOf = (one: Seeded, steps: number): EventFilter =>
  eventFilter({
    ...commonOf(one, steps),
    names: one.pick([null, null, ['job.*'], ['log', 'operation.merged']]),
    severities: one.pick([null, ['error'], ['warning', 'error'], ['info', 'warning', 'error']]),
    causes: one.pick([null, null, null, ['explicit']]),
    readable: one.pick([() => true, () => true, (event: string) => event === 'log']),
  });

type Ask<Entry> = (order: 'newest' | 'oldest', after: string | null, most: number | null) => Scan<Entry>;

/** Either way, with and without `most`, at once and by cursors: always the same. */
function checkScans<Entry extends { readonly kind: string }>(
  t: Test,
  one: Seeded,
  name: string,
  ask: Ask<Entry>,
  expected: readonly Entry[],
): void {
  t.strictSame(entriesOf(ask('oldest', null, null)), expected, `${name}, oldest first`);
  t.strictSame(entriesOf(ask('newest', null, null)), expected.toReversed(), `${name}, newest first`);
  for (const order of ['newest', 'oldest'] as const) {
    const most = 1 + one.below(7);
    const found: unknown[] = [];
    let cursor: string | null = null;
    for (let part: readonly unknown[] = [0]; part.length > 0; ) {
      const scan: Scan<Entry> = ask(order, cursor, most);
      part = [];
      for (let done = false; !done; ) {
        const step = scan.step();
        part = [...part, ...step.entries];
        ({ cursor, done } = step);
      }
      found.push(...part);
    }
    t.strictSame(found, order === 'newest' ? expected.toReversed() : expected, `${name}, ${order} first by ${most}`);
  }
}

t.test(`WIRE-041 queries find what was told, each id once, whatever is sent again (PEINIT_SEED=${random.seed})`, async (t) => {
  for (let run = 0; run < runs; run += 1) {
    const one: Seeded = { seed: random.seed, ...createRandom(random.seed + run) };
    const options = { directory: storeDirectory(t), limits: wide, onReplaced: ({ finding }: { finding: string }) => t.fail(finding) };
    let store = EventStore.open(options);
    const reference = new Reference();
    let following = store.logs(logFilter(), scanOptions()).head;
    let followed = 0;
    for (let step = 0; step < stepsOfRun; step += 1) {
      const of = Math.min(boots.length - 1, Math.floor((step / stepsOfRun) * boots.length));
      const hello = boots[of]!;
      const records = recordsOf(one, reference, of, step * 100);
      reference.ingest(hello, records);
      t.strictSame(store.ingest(hello, records), reference.acked(hello));
      if (one.chance(0.3)) while (store.tidy());
      if (one.chance(0.15)) {
        store.close();
        store = EventStore.open(options);
        t.strictSame(store.hello(hello), reference.acked(hello));
      }
      const scan = store.logs(logFilter(), scanOptions({ after: following }));
      const fresh = entriesOf(scan);
      const all = reference.logs(logFilter());
      t.strictSame(fresh, all.slice(followed), 'a follower gets what is new');
      following = scan.head;
      followed = all.length;
    }
    for (let query = 0; query < 8; query += 1) {
      const logs = logFilterOf(one, stepsOfRun);
      checkScans(
        t,
        one,
        JSON.stringify({ ...logs, since: `${logs.since}`, until: `${logs.until}` }),
        (order, after, most) => store.logs(logs, { order, after, most }),
        reference.logs(logs),
      );
      const events = eventFilterOf(one, stepsOfRun);
      checkScans(
        t,
        one,
        JSON.stringify({ ...events, since: `${events.since}`, until: `${events.until}` }),
        (order, after, most) => store.events(events, { order, after, most }),
        reference.events(events),
      );
    }
    store.close();
    if (!t.passing()) return;
  }
});
