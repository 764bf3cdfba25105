import { setImmediate as nextRound } from 'node:timers/promises';
import t from 'tap';
import { encodeOutputRecord } from '../../../gen/output/encode.ts';
import type { AckedIds, HelloRecord, OutputRecord } from '../../../gen/output/types.ts';
import { Intake } from '../../../src/hosted/eventd/serve/intake.ts';
import { StoreFailure } from '../../../src/hosted/eventd/store/failures.ts';
import type { IncomingRecord } from '../../../src/hosted/eventd/store/model.ts';
import { until } from '../../support/wait.ts';

const at = '2026-01-01T00:00:00.000000000Z';
const hello = (boot_id: string): OutputRecord => ({ kind: 'hello', boot_id, started_at: at });
const burst = (first_id: number, ...texts: string[]): IncomingRecord => ({
  kind: 'log',
  origin: 'web',
  job_id: 'j',
  is_error: false,
  first_id,
  first_timestamp: at,
  lines: texts.map((text) => [0, text] as const),
});

interface Stored {
  readonly boot: string;
  readonly records: readonly IncomingRecord[];
}

/** An intake with a store that a test may fail, and peers of it. */
function rig() {
  const stored: Stored[] = [];
  const told: string[] = [];
  const problems: (string | null)[] = [];
  const acked = new Map<string, AckedIds>();
  const state = { failure: null as ((records: readonly IncomingRecord[]) => Error | null) | null, stored: 0 };
  const intake = new Intake({
    store: {
      hello(boot: HelloRecord) {
        const failure = state.failure?.([]);
        if (failure) throw failure;
        return acked.get(boot.boot_id) ?? { log: 0, event: 0 };
      },
      ingest(boot: HelloRecord, records) {
        const failure = state.failure?.(records);
        if (failure) throw failure;
        stored.push({ boot: boot.boot_id, records: [...records] });
        let { log, event } = acked.get(boot.boot_id) ?? { log: 0, event: 0 };
        for (const record of records) {
          if (record.kind === 'log') log = record.first_id + record.lines.length - 1;
          else if (record.kind === 'event') event = record.id;
          else if (record.of === 'log') log = record.to;
        }
        acked.set(boot.boot_id, { log, event });
        return { log, event };
      },
    },
    onStored: () => {
      state.stored += 1;
    },
    onProblem: (problem) => void problems.push(problem),
    warn: (text) => void told.push(text),
  });
  function peer(isProcessOne = true) {
    const answers: string[] = [];
    const calls = { ended: 0, goOn: 0 };
    const handler = intake.open(
      { send: (line) => void answers.push(line), goOn: () => void calls.goOn++, end: () => void calls.ended++ },
      isProcessOne,
    );
    const say = (text: string): void => {
      const bytes = Buffer.from(`..${text}..`);
      handler.line(bytes, 2, bytes.length - 2);
    };
    return { answers, calls, handler, say, send: (record: OutputRecord) => say(encodeOutputRecord(record)) };
  }
  return { intake, stored, told, problems, state, peer };
}

t.test(
  'WIRE-041 hello is answered with what is stored of that boot, and one turn is one transaction and one acknowledgement',
  async (t) => {
    const { stored, peer, state } = rig();
    const one = peer();
    one.send(hello('b'));
    one.send(burst(1, 'a', 'b'));
    one.send({ kind: 'event', id: 1, event: 'service.gone', timestamp: at, payload: { service: 'web' } });
    one.send({ kind: 'dropped', of: 'log', count: 3, from: 3, to: 5 });
    t.strictSame(one.answers, []);
    await nextRound();
    t.strictSame(one.answers, ['{"acked":{"log":0,"event":0}}', '{"acked":{"log":5,"event":1}}']);
    t.strictSame(
      stored.map(({ boot, records }) => [boot, records.map(({ kind }) => kind)]),
      [['b', ['log', 'event', 'dropped']]],
    );
    one.send(burst(6, 'c'));
    await nextRound();
    t.strictSame(one.answers.slice(2), ['{"acked":{"log":6,"event":1}}']);
    t.equal(state.stored, 2);
    const again = peer();
    t.equal(one.calls.ended, 1, 'a new connection takes the place of the one before it');
    again.send(hello('b'));
    await nextRound();
    t.strictSame(again.answers, ['{"acked":{"log":6,"event":1}}']);
    one.send(burst(7, 'of nobody'));
    await nextRound();
    t.equal(stored.length, 2, 'which says nothing any more');
  },
);

t.test('WIRE-041 what came before a new connection is stored before that is answered', async (t) => {
  const { peer } = rig();
  const one = peer();
  one.send(hello('b'));
  one.send(burst(1, 'a'));
  const other = peer();
  other.send(hello('b'));
  await nextRound();
  t.strictSame(other.answers, ['{"acked":{"log":1,"event":0}}']);
});

t.test('LOG-015 what cannot be stored is kept, tried again and acknowledged then; nothing more is read meanwhile', async (t) => {
  const { stored, peer, problems, state } = rig();
  const one = peer();
  one.send(hello('b'));
  await nextRound();
  state.failure = () => new StoreFailure('the disk is full', 'make room');
  one.send(burst(1, 'a'));
  t.notOk(one.handler.full);
  await nextRound();
  t.ok(one.handler.full);
  t.strictSame(one.answers, ['{"acked":{"log":0,"event":0}}']);
  t.strictSame(problems, [null, 'the disk is full']);
  t.equal(one.calls.goOn, 0);
  state.failure = null;
  await until('it is stored', () => stored.length === 1);
  t.strictSame(one.answers.slice(1), ['{"acked":{"log":1,"event":0}}']);
  t.strictSame([one.handler.full, one.calls.goOn, problems.at(-1)], [false, 1, null]);
});

t.test('hello is answered when the store can tell; what was not acknowledged is forgotten with its connection', async (t) => {
  const { stored, peer, state } = rig();
  state.failure = () => new StoreFailure('the disk is full', 'make room');
  const one = peer();
  one.send(hello('b'));
  await nextRound();
  t.strictSame([one.answers, one.handler.full], [[], true]);
  state.failure = null;
  await until('it is answered', () => one.answers.length === 1);
  state.failure = () => new StoreFailure('the disk is full', 'make room');
  one.send(burst(1, 'a'));
  await nextRound();
  const other = peer();
  state.failure = null;
  other.send(hello('b'));
  await nextRound();
  t.strictSame(other.answers, ['{"acked":{"log":0,"event":0}}']);
  t.strictSame(stored, []);
});

t.test('so many bytes wait for their transaction and no more', async (t) => {
  const { peer } = rig();
  const one = peer();
  one.send(hello('b'));
  let id = 1;
  while (!one.handler.full && id < 100) one.send(burst(id++, 'x'.repeat(1 << 20)));
  t.equal(id, 5);
  await nextRound();
  t.strictSame([one.handler.full, one.calls.goOn], [false, 1]);
});

t.test('garbage ends the connection with a message; what was good before it is stored', async (t) => {
  const cases = [
    ['{"kind":"log"', /^the connection of process 1 is closed: a line is no JSON: /],
    ['{"kind":"fog"}', /^the connection of process 1 is closed: a line is no record: \{"kind":"fog"\}$/],
    [encodeOutputRecord(hello('b')), /^the connection of process 1 is closed: it says hello twice$/],
    ['{"kind":"event","id":0}', /a line is no record/],
    [encodeOutputRecord(burst(2)), /a line is no record/],
    [encodeOutputRecord(burst(Number.MAX_SAFE_INTEGER, 'a', 'b')), /a line is no record/],
    [encodeOutputRecord({ kind: 'dropped', of: 'log', count: 1, from: 3, to: 2 }), /a line is no record/],
  ] as const;
  for (const [line, message] of cases) {
    const { stored, peer, told } = rig();
    const one = peer();
    one.send(hello('b'));
    one.send(burst(1, 'a'));
    one.say(line);
    one.send(burst(2, 'b'));
    await nextRound();
    t.strictSame(
      stored.map(({ records }) => records),
      [[burst(1, 'a')]],
    );
    t.equal(one.calls.ended, 1);
    t.equal(told.length, 1);
    t.match(told[0], message);
  }
  const { peer, told } = rig();
  const one = peer();
  one.send(burst(1, 'a'));
  t.strictSame(told, ['the connection of process 1 is closed: it begins with a record of kind log and no hello']);
});

t.test('nobody takes the place of process 1', async (t) => {
  const { peer, told } = rig();
  const other = peer(false);
  const one = peer();
  t.equal(other.calls.ended, 1);
  const third = peer(false);
  t.strictSame([third.calls.ended, one.calls.ended, told], [1, 0, ['a second connection is closed: process 1 has one']]);
  third.send(hello('c'));
  one.send(hello('b'));
  await nextRound();
  t.strictSame([third.answers, one.answers], [[], ['{"acked":{"log":0,"event":0}}']]);
});

t.test('LOG-012 a record that the store stumbles over is told as lost, and costs no other', async (t) => {
  const { stored, peer, told, state } = rig();
  const one = peer();
  one.send(hello('b'));
  await nextRound();
  state.failure = (records) =>
    records.some((record) => record.kind === 'log' && record.lines.some(([, text]) => text === 'poison')) ? new TypeError('oh') : null;
  one.send(burst(1, 'a'));
  one.send(burst(2, 'poison', 'more'));
  one.send(burst(4, 'b'));
  await nextRound();
  t.strictSame(
    stored.flatMap(({ records }) => records),
    [burst(1, 'a'), { kind: 'dropped', of: 'log', count: 2, from: 2, to: 3 }, burst(4, 'b')],
  );
  t.strictSame(one.answers.slice(1), ['{"acked":{"log":4,"event":0}}']);
  t.equal(told.length, 2);
  t.match(told[0], /^internal error: TypeError: oh/);
  t.equal(told[1], 'records are lost, by an internal error: log 2 to 3');
});

t.test('LOG-014 a daemon that is told to end hears process 1 out, stores what it said, and waits for nobody else', async (t) => {
  const { intake, stored, peer } = rig();
  await intake.lastWords(60_000);
  const other = peer(false);
  other.send(hello('c'));
  await intake.lastWords(60_000);
  const one = peer();
  one.send(hello('b'));
  await nextRound();
  let over = false;
  const end = intake.lastWords(60_000).then(() => {
    over = true;
  });
  one.send(burst(1, 'last words'));
  await nextRound();
  one.send(burst(2, 'very last'));
  t.equal(over, false);
  one.handler.closed();
  await end;
  t.strictSame(
    stored.flatMap(({ records }) => records),
    [burst(1, 'last words'), burst(2, 'very last')],
  );
  peer();
  await intake.lastWords(1);
});
