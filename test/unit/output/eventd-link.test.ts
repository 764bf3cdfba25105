import fc from 'fast-check';
import t from 'tap';
import type { EventOf } from '../../../gen/events/events.ts';
import { accessDenied, log } from '../../../gen/events/events.ts';
import type { State } from '../../../gen/service/types.ts';
import { createEventJournal } from '../../../src/events/journal.ts';
import { calm, createSimulatedKernel, unkind } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { Disturbance } from '../../../src/linux/simulated/world.ts';
import { createDelivery } from '../../../src/output/delivery.ts';
import type { Writer } from '../../../src/output/output-ring.ts';
import { OutputRing } from '../../../src/output/output-ring.ts';
import { EventdStore } from '../../support/eventd-store.ts';
import { FakeEventd } from '../../support/fake-eventd.ts';

const path = '/run/eventd/log.sock';
const web: Writer = { origin: { service: 'web', part: null, index: null }, job: 'job-1', isError: false };
const hook: Writer = { origin: { service: 'web', part: 'ExecStartPre', index: 0 }, job: 'job-2', isError: true };
const said = (text: string): EventOf => log({ service: null, level: 'info', text });
const denied = (sid: string): EventOf =>
  accessDenied({ caller: sid, target: 'web', rights: [], requested: 1, granted: 0, sid, pid: 7, token_id: null });

interface RoomOptions {
  readonly seed?: number;
  readonly ringBytes?: number;
  readonly journalBytes?: number;
  readonly disturbance?: Disturbance;
}

/** Process 1's end and a daemon, on a kernel in memory. */
function open({ seed = 1, ringBytes = 1 << 20, journalBytes = 262_144, disturbance = calm }: RoomOptions = {}) {
  const machine = createSimulatedKernel({ seed, faults: [], disturbance });
  const errors: unknown[] = [];
  const loop = createSimulatedLoop(machine.world, (error) => errors.push(error));
  const ring = new OutputRing(ringBytes);
  const journal = createEventJournal(journalBytes);
  const eventd = new FakeEventd(machine.streams, path);
  const warnings: string[] = [];
  const flows: string[] = ['free'];
  let state: State = 'inactive';
  const delivery = createDelivery({
    kernel: machine.kernel,
    loop,
    ring,
    journal,
    path: () => path,
    hello: () => '{"kind":"hello","boot_id":"b","started_at":"t"}',
    isUp: () => state === 'active' || state === 'reloading',
    goOn() {
      if (flows.at(-1) !== delivery?.flow) flows.push(delivery.flow);
    },
    warn: (text) => warnings.push(text),
  });
  function become(to: State): void {
    const from = state;
    state = to;
    delivery.onEffect({
      kind: 'service-changed',
      service: 'eventd',
      key: 'eventd',
      from,
      to,
      cause: 'explicit_start',
      detail: null,
      job: null,
      operation: null,
      at: 0n,
    });
  }
  let at = 1_700_000_000_000_000_000n;
  function say(writer: Writer, ...lines: readonly (string | Uint8Array)[]): void {
    const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    at += 1n;
    ring.push(writer, at, bytes, 0, bytes.length, lines.length);
    delivery.send();
  }
  return {
    ...machine,
    loop,
    ring,
    journal,
    eventd,
    delivery,
    warnings,
    flows,
    errors,
    become,
    say,
    up() {
      eventd.start();
      become('starting');
      become('active');
    },
    crash() {
      eventd.kill();
      become('backoff');
    },
    texts: () => eventd.store.lines.map(({ text }) => text),
    /** All is stored, and known to be. */
    settle() {
      loop.runUntil(
        () => eventd.store.acked.log === ring.lastId && eventd.store.acked.event === journal.lastId && ring.heldBytes === 0,
        600_000,
      );
    },
  };
}

t.test('LOG-014 what was said before eventd is up arrives in order, with who said it and when, and then what is said live', async (t) => {
  const room = open();
  for (let n = 0; n < 200; n++) room.say(n % 2 === 0 ? web : hook, `early ${n}`);
  room.journal.publish(5n, said('booting'));
  room.eventd.store.records = [];
  room.up();
  room.settle();
  t.strictSame(
    room.texts(),
    Array.from({ length: 200 }, (_, n) => `early ${n}`),
  );
  t.strictSame(room.eventd.store.records.slice(0, 4), [
    { kind: 'hello', boot_id: 'b', started_at: 't' },
    {
      kind: 'event',
      id: 1,
      event: 'log',
      timestamp: '1970-01-01T00:00:00.000000005Z',
      payload: { service: null, level: 'info', text: 'booting' },
    },
    {
      kind: 'log',
      origin: 'web',
      job_id: 'job-1',
      is_error: false,
      first_id: 1,
      first_timestamp: '2023-11-14T22:13:20.000000001Z',
      lines: [[0, 'early 0']],
    },
    {
      kind: 'log',
      origin: 'web/ExecStartPre[0]',
      job_id: 'job-2',
      is_error: true,
      first_id: 2,
      first_timestamp: '2023-11-14T22:13:20.000000002Z',
      lines: [[0, 'early 1']],
    },
  ]);
  room.say(web, 'live');
  room.journal.publish(6n, said('live'));
  room.settle();
  t.equal(room.texts().at(-1), 'live');
  t.strictSame([room.ring.heldBytes, room.warnings, room.errors], [0, [], []]);
});

t.test(
  'LOG-007 WIRE-042 what a full ring had to drop is told in one record with the ids, before the oldest line that is left',
  async (t) => {
    const room = open({ ringBytes: 4096 });
    for (let n = 1; n <= 100; n++) room.say(web, `${n}`.padEnd(100, '.'));
    room.eventd.store.records = [];
    room.up();
    room.settle();
    const first = 100 - room.eventd.store.lines.length + 1;
    t.strictSame(room.eventd.store.gaps, [{ of: 'log', from: 1, to: first - 1 }]);
    t.strictSame(room.eventd.store.records[1], { kind: 'dropped', of: 'log', count: first - 1, from: 1, to: first - 1 });
    t.match(room.texts()[0], new RegExp(`^${first}\\.`));
    t.equal(room.texts().length, 101 - first);
  },
);

t.test(
  'LOG-006 EVT-013 a flood of output and of events before eventd leaves the records of the audit whole, and holes are told',
  async (t) => {
    const room = open({ ringBytes: 4096, journalBytes: 4096 });
    for (let n = 1; n <= 300; n++) {
      room.journal.publish(1n, n % 50 === 0 ? denied('mallory') : said(`${n}`));
      for (let line = 0; line < 10; line++) room.say(web, 'flood '.repeat(10));
    }
    room.up();
    room.settle();
    const { events, gaps } = room.eventd.store;
    t.strictSame(
      events.filter(({ event }) => event === 'access.denied').map(({ id }) => id),
      [50, 100, 150, 200, 250, 300],
    );
    const lost = gaps.filter(({ of }) => of === 'event').reduce((sum, { from, to }) => sum + to - from + 1, 0);
    t.equal(lost + events.length, 300);
    t.ok(lost > 200, `${lost} lost`);
  },
);

t.test('LOG-006 events and lines take turns: neither waits for all of the other', async (t) => {
  const room = open();
  for (let n = 0; n < 100; n++) room.say(web, 'x'.repeat(8000));
  for (let n = 0; n < 300; n++) room.journal.publish(1n, said('y'.repeat(500)));
  const kinds: string[] = [];
  room.eventd.store.records = [];
  room.up();
  room.settle();
  for (const { kind } of room.eventd.store.records.slice(1)) if (kinds.at(-1) !== kind) kinds.push(kind);
  t.ok(kinds.length > 20, `${kinds.length} turns`);
});

t.test(
  'LOG-015 LOG-016 while eventd stands still the flow is free after two seconds, memory is that of the rings, and what is lost is told',
  async (t) => {
    const room = open({ ringBytes: 65_536, journalBytes: 16_384 });
    room.up();
    room.say(web, 'first');
    room.settle();
    t.strictSame(room.flows, ['free', 'bounded']);
    room.eventd.stopped = true;
    for (let n = 0; n < 2000; n++) room.say(web, `${n}`.padEnd(1000, 'z'));
    t.equal(room.delivery.flow, 'bounded');
    room.loop.runFor(1900);
    t.equal(room.delivery.flow, 'bounded', 'it has two seconds');
    room.loop.runFor(200);
    t.equal(room.delivery.flow, 'free');
    room.say(web, 'last');
    t.ok(room.ring.heldBytes <= 65_536);
    room.eventd.stopped = false;
    room.settle();
    t.equal(room.delivery.flow, 'bounded');
    t.strictSame(room.flows, ['free', 'bounded', 'free', 'bounded']);
    t.equal(room.texts().at(-1), 'last');
    const lost = room.eventd.store.gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    t.ok(lost > 0);
    t.equal(room.texts().length + lost, 2002);
    t.equal(room.eventd.connections, 1);
    t.strictSame(room.warnings, []);
  },
);

t.test(
  'LOG-017 what is said while eventd is down arrives when it is up again, at once, and nothing of what it had is doubled',
  async (t) => {
    const room = open();
    room.up();
    for (let n = 0; n < 10; n++) room.say(web, `before ${n}`);
    room.settle();
    room.eventd.eager = false;
    for (let n = 0; n < 10; n++) room.say(web, `under way ${n}`);
    room.loop.runUntil(() => room.eventd.store.waiting > 5);
    // It stored some of them, and was killed before it could say so.
    room.eventd.store.commit(4);
    room.crash();
    for (let n = 0; n < 10; n++) room.say(web, `gap ${n}`);
    room.loop.runFor(5000);
    t.equal(room.delivery.flow, 'free');
    room.eventd.eager = true;
    const begun = room.world.now;
    room.up();
    room.settle();
    t.ok(room.world.now - begun < 50_000_000n, 'no pause is waited for');
    t.strictSame(
      room.texts(),
      ['before', 'under way', 'gap'].flatMap((word) => Array.from({ length: 10 }, (_, n) => `${word} ${n}`)),
    );
    t.strictSame([room.eventd.store.doubles, room.eventd.store.gaps, room.warnings], [0, [], []]);
  },
);

t.test('an eventd that lost what it had is given all that is left, and told what is not', async (t) => {
  const room = open();
  room.up();
  room.say(web, 'one', 'two');
  room.journal.publish(1n, said('event'));
  room.settle();
  room.crash();
  room.eventd.store = new EventdStore();
  room.say(web, 'three');
  room.up();
  room.settle();
  t.strictSame(room.texts(), ['three']);
  t.strictSame(room.eventd.store.gaps, [{ of: 'log', from: 1, to: 2 }]);
  t.strictSame(
    room.eventd.store.events.map(({ id }) => id),
    [1],
    'events stay in their ring as long as there is room',
  );
});

t.test('an eventd that stays up and loses its connection is tried again by itself, after pauses that grow', async (t) => {
  const room = open();
  room.up();
  room.say(web, 'one');
  room.settle();
  room.eventd.hangUp();
  room.say(web, 'two');
  room.settle();
  t.strictSame(room.texts(), ['one', 'two']);
  t.equal(room.eventd.connections, 2);
  t.match(
    room.warnings.join('|'),
    /^the connection to the event daemon \(eventd\) was lost: it closed the connection; [^|]*peiosctl status eventd[^|]*$/,
  );
  room.eventd.kill();
  room.loop.runFor(100_000);
  t.equal(room.warnings.length, 2, 'once for each time that it went well before');
});

const nonsense = {
  'is no JSON': '{"acked":\n',
  'is no acknowledgement': '{"acked":{"log":"1","event":0}}\n',
  'is nothing': 'null\n',
  'is endless': 'x'.repeat(5000),
  'is of lines that were never sent': '{"acked":{"log":9007199254740991,"event":0}}\n',
  'is of events that were never sent': '{"acked":{"log":0,"event":1000}}\n',
};
for (const [what, answer] of Object.entries(nonsense))
  t.test(`WIRE-041 an answer that ${what} ends the connection, is told once, and is tried again later`, async (t) => {
    for (const when of ['as the greeting', 'later']) {
      const room = open();
      if (when === 'as the greeting') room.eventd.instead = answer;
      room.up();
      room.say(web, 'one');
      if (when === 'later') {
        room.settle();
        room.eventd.say(answer);
      }
      room.loop.runFor(60_000);
      t.equal(room.warnings.length, 1, when);
      t.match(room.warnings[0], /the event daemon \(eventd\)|connection/);
      t.ok(when === 'later' || room.eventd.connections > 5);
      t.ok(room.eventd.connections < 20, `${room.eventd.connections} connections`);
      room.eventd.instead = null;
      room.say(web, 'two');
      room.settle();
      t.strictSame(room.texts(), ['one', 'two']);
      t.equal(room.delivery.flow, 'bounded');
    }
  });

t.test('an eventd that never answers the greeting holds nobody up: it is dropped after five seconds and tried again', async (t) => {
  const room = open();
  room.eventd.answers = false;
  room.up();
  room.say(web, 'one');
  room.loop.runFor(1900);
  t.equal(room.delivery.flow, 'bounded');
  room.loop.runFor(200);
  t.equal(room.delivery.flow, 'free');
  room.loop.runFor(30_000);
  t.ok(room.eventd.connections > 2);
  t.equal(room.warnings.length, 1);
  t.match(room.warnings[0], /does not answer the greeting within 5 s/);
  room.eventd.answers = true;
  room.settle();
  t.strictSame(room.texts(), ['one']);
});

t.test('O-122 whoever listens there and is not root is told nothing, which is said once with what to do', async (t) => {
  const room = open();
  room.eventd.peer = { pid: 77, uid: 1000, gid: 1000, groups: [] };
  room.say(web, 'a secret');
  room.up();
  room.loop.runFor(60_000);
  t.ok(room.eventd.connections > 2);
  t.equal(Buffer.from(room.eventd.client?.take() ?? []).toString(), '');
  t.strictSame([room.eventd.store.hellos, room.eventd.store.waiting], [[], 0]);
  t.equal(room.delivery.flow, 'free');
  t.strictSame(room.warnings.length, 1);
  t.match(room.warnings[0], /connecting to \/run\/eventd\/log.sock: uid 1000 listens, .*run eventd as SYSTEM, and set LogSocketPath/);
  room.eventd.kill();
  room.eventd.peer = { ...room.eventd.peer, uid: 0 };
  room.eventd.start();
  room.settle();
  t.strictSame(room.texts(), ['a secret']);
});

t.test('an acknowledgement that says no more than the last one is no progress', async (t) => {
  const room = open();
  room.up();
  room.settle();
  room.eventd.eager = false;
  room.say(web, 'one');
  for (let n = 0; n < 30; n++) {
    room.eventd.say(room.eventd.store.acknowledgement());
    room.loop.runFor(100);
  }
  t.equal(room.delivery.flow, 'free');
  room.eventd.commit();
  room.settle();
  t.equal(room.delivery.flow, 'bounded');
});

t.test('WIRE-041 lines that are no UTF-8 come with their bytes, beside those that are text', async (t) => {
  const room = open();
  room.say(web, 'text', Buffer.from([0x61, 0xff, 0x62]), '', '\u0000"\\\t', Buffer.from([0xe2, 0x82]));
  room.eventd.store.records = [];
  room.up();
  room.settle();
  t.strictSame(room.eventd.store.records[1], {
    kind: 'log',
    origin: 'web',
    job_id: 'job-1',
    is_error: false,
    first_id: 1,
    first_timestamp: '2023-11-14T22:13:20.000000001Z',
    lines: [
      [0, 'text'],
      [0, 'a\ufffdb'],
      [0, ''],
      [0, '\u0000"\\\t'],
      [0, '\ufffd'],
    ],
    raw: [null, 'Yf9i', null, null, '4oI='],
  });
});

t.test('bursts that are too large for what goes out at once are sent in several records, and the longest line goes alone', async (t) => {
  const room = open();
  const empty = Array.from({ length: 60_000 }, () => '');
  room.say(web, ...empty);
  room.say(web, '\u0000'.repeat(700_000));
  room.say(web, 'end');
  room.eventd.store.records = [];
  room.up();
  room.loop.runUntil(() => room.eventd.store.acked.log === 60_002);
  t.strictSame(room.eventd.store.gaps, []);
  t.equal(room.texts()[60_000]?.length, 700_000);
  t.equal(room.texts()[60_001], 'end');
  t.ok(room.eventd.store.records.length > 4);
});

t.test('LOG-017 of a burst that eventd has in part the rest is sent', async (t) => {
  const room = open();
  room.up();
  room.settle();
  room.eventd.eager = false;
  const lines = Array.from({ length: 60_000 }, (_, index) => `${index}`);
  room.say(web, ...lines);
  room.loop.runUntil(() => room.eventd.store.waiting > 0);
  room.eventd.store.commit(1);
  const { log: stored } = room.eventd.store.acked;
  t.ok(stored > 0 && stored < 30_000, `${stored}`);
  room.crash();
  room.eventd.eager = true;
  room.up();
  room.settle();
  t.strictSame(room.texts(), lines);
  t.strictSame([room.eventd.store.doubles, room.eventd.store.gaps], [0, []]);
});

t.test('LOG-014 an eventd that is told to end gets what is said until nothing is, then the end, and is not waited for', async (t) => {
  const room = open();
  room.up();
  room.settle();
  room.eventd.eager = false;
  room.become('stopping');
  for (let n = 0; n < 5; n++) {
    room.say(web, `last words ${n}`);
    room.loop.runFor(10);
  }
  room.loop.runFor(100);
  t.equal(room.eventd.client?.ended, true);
  t.equal(room.delivery.flow, 'free');
  room.eventd.commit();
  room.loop.runFor(10);
  t.equal(room.ring.heldBytes, 0, 'what it acknowledges then is not kept either');
  t.equal(room.texts().length, 5);
  room.say(web, 'too late');
  room.crash();
  room.become('inactive');
  room.up();
  room.eventd.eager = true;
  room.settle();
  t.equal(room.texts().at(-1), 'too late');
  t.strictSame([room.eventd.store.doubles, room.warnings, room.errors], [0, [], []]);
});

t.test('an eventd that is told to end while everybody talks gets its end within two seconds', async (t) => {
  const room = open();
  room.up();
  room.settle();
  room.become('stopping');
  const begun = room.world.now;
  while (room.eventd.client !== null && room.world.now - begun < 5_000_000_000n) {
    room.say(web, 'more');
    room.loop.runFor(5);
  }
  t.equal(room.eventd.client, null);
  t.ok(room.world.now - begun < 2_200_000_000n);
});

type Act =
  | { readonly kind: 'say'; readonly who: number; readonly sizes: readonly number[] }
  | { readonly kind: 'publish'; readonly audit: boolean; readonly size: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'up' | 'crash' | 'hang-up' | 'stop' | 'continue' | 'lazy' | 'eager' }
  | { readonly kind: 'commit'; readonly most: number; readonly tells: boolean }
  | { readonly kind: 'dies'; readonly after: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      who: fc.nat(3),
      sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 30 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const), audit: fc.boolean(), size: fc.nat(800) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'up' as const,
        'crash' as const,
        'hang-up' as const,
        'stop' as const,
        'continue' as const,
        'lazy' as const,
        'eager' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), most: fc.nat(5), tells: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dies' as const), after: fc.integer({ min: 1, max: 20_000 }) }) },
);

t.test(
  'LOG-012 LOG-017 WIRE-041 whatever becomes of eventd, each line and event is stored once and in order, or told as lost',
  async (t) => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.nat(1000), (acts, seed) => {
        const room = open({ seed, ringBytes: 8192, journalBytes: 4096, disturbance: unkind });
        const lines: string[] = [];
        const events: string[] = [];
        for (const one of acts) {
          if (one.kind === 'say') {
            const texts = one.sizes.map((size, index) => `${lines.length + index}`.padEnd(size, 'x'));
            lines.push(...texts);
            room.say({ ...web, job: `job-${one.who}` }, ...texts);
          } else if (one.kind === 'publish') {
            events.push(`${events.length}`.padEnd(one.size, 'y'));
            const text = events.at(-1) ?? '';
            room.journal.publish(1n, one.audit ? denied(text) : said(text));
          } else if (one.kind === 'commit') {
            if (one.tells) room.eventd.commit(one.most);
            else room.eventd.store.commit(one.most);
          } else if (one.kind === 'wait') room.loop.runFor(one.ms);
          else if (one.kind === 'up') room.up();
          else if (one.kind === 'crash') room.crash();
          else if (one.kind === 'hang-up') room.eventd.hangUp();
          else if (one.kind === 'stop' || one.kind === 'continue') room.eventd.stopped = one.kind === 'stop';
          else if (one.kind === 'lazy' || one.kind === 'eager') room.eventd.eager = one.kind === 'eager';
          else if (one.kind === 'dies') room.eventd.diesAfter = one.after;
        }
        room.crash();
        room.eventd.diesAfter = Number.POSITIVE_INFINITY;
        room.eventd.eager = true;
        room.up();
        room.settle();
        const { store } = room.eventd;
        const lost = (of: string): number[] =>
          store.gaps
            .filter((gap) => gap.of === of)
            .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
        const ids = (of: 'log' | 'event'): number[] =>
          [...(of === 'log' ? store.lines : store.events).map(({ id }) => id), ...lost(of)].sort((a, b) => a - b);
        t.strictSame(
          ids('log'),
          Array.from(lines, (_, index) => index + 1),
        );
        t.strictSame(
          ids('event'),
          Array.from(events, (_, index) => index + 1),
        );
        t.strictSame(
          store.lines.map(({ text }) => text),
          store.lines.map(({ id }) => lines[id - 1]),
        );
        t.strictSame(
          store.events.map(({ payload }) => payload['text'] ?? payload['sid']),
          store.events.map(({ id }) => events[id - 1]),
        );
        t.strictSame([room.errors, room.world.violations], [[], []]);
      }),
      { numRuns: 200 },
    );
  },
);
