/** The event daemon's records from Node, over its restarts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Test } from 'tap';
import t from 'tap';
import { connectEventd } from '../../../clients/typescript/eventd.ts';
import { readLogs } from '../../../clients/typescript/stored-records.ts';
import type { LogEntry, LogsRequest } from '../../../gen/output/types.ts';
import type { FakeQuery } from '../../support/fake-query.ts';
import { fakeQuery, line, lines } from '../../support/fake-query.ts';
import { until } from '../../support/wait.ts';

const idOf = (entry: LogEntry): number => (entry.kind === 'gap' ? -entry.from : entry.id);

/** Follows until it is left; what came, and what was told. */
function following(t: Pick<Test, 'teardown'>, query: FakeQuery, request: LogsRequest = {}) {
  const ids: number[] = [];
  const told: string[] = [];
  const leaving = new AbortController();
  const over = (async () => {
    const options = {
      path: query.path,
      signal: leaving.signal,
      longestPauseMs: 20,
      onLost: () => void told.push('lost'),
      onBack: () => void told.push('back'),
      onReplaced: () => void told.push('replaced'),
    };
    for await (const { entries } of readLogs({ ...request, follow: true }, options)) ids.push(...entries.map(idOf));
  })();
  t.teardown(async () => {
    leaving.abort();
    await over;
  });
  const leave = async (): Promise<void> => {
    leaving.abort();
    await over;
  };
  return { ids, told, leave, over };
}

const upTo = (from: number, to: number): number[] => lines(from, to).map(idOf);

async function all(query: FakeQuery, request: LogsRequest): Promise<number[]> {
  const ids: number[] = [];
  for await (const { entries } of readLogs(request, { path: query.path })) ids.push(...entries.map(idOf));
  return ids;
}

t.test('an answer comes in parts, in the order that was asked for', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 10));
  t.strictSame(await all(query, {}), upTo(1, 10));
  t.strictSame(await all(query, { most: 4, order: 'newest' }), [10, 9, 8, 7]);
  t.strictSame(await all(query, { services: ['db'] }), []);
  t.strictSame(query.asked, [{ op: 'logs' }, { op: 'logs', most: 4, order: 'newest' }, { op: 'logs', services: ['db'] }]);
});

t.test('WIRE-041 one that follows is told what comes, and goes on behind it when eventd has been away', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 5));
  const { ids, told } = following(t, query, { most: 2, order: 'newest' });
  await until('the latest two', () => ids.length === 2);
  query.store(line(6));
  await until('a new one', () => ids.length === 3);
  await query.stop();
  await until('the loss is told', () => told.length === 1);
  query.store(...lines(7, 12));
  await query.start();
  await until('what was stored meanwhile', () => ids.length === 9);
  t.strictSame(ids, upTo(4, 12));
  t.strictSame(told, ['lost', 'back']);
});

t.test('one that wants nothing of what was is told what was stored while eventd was away', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 5));
  const { ids, told } = following(t, query, { most: 0, order: 'newest' });
  await until('it is asked', () => query.asked.length === 1);
  query.store(line(6));
  await until('a new one', () => ids.length === 1);
  await query.stop();
  await until('the loss is told', () => told.length === 1);
  query.store(line(7), line(8));
  await query.start();
  await until('what was stored meanwhile', () => ids.length === 3);
  t.strictSame(ids, [6, 7, 8]);
});

t.test('WIRE-041 nothing is missing and nothing comes twice, wherever the connection ends', { timeout: 300_000 }, async (t) => {
  const step = fc.record({ stored: fc.integer({ min: 0, max: 7 }), bytes: fc.integer({ min: 0, max: 1500 }), isDown: fc.boolean() });
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 6 }),
    // The latest one at least: where the connection ends before the first part, nothing was promised that came before the second.
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 4 }),
    async (steps, most, partLength) => {
      const cleanups: (() => unknown)[] = [];
      const owner = { teardown: (handler: () => unknown) => void cleanups.push(handler) };
      const query = await fakeQuery(owner, { partLength });
      try {
        query.store(...lines(1, 5));
        let last = 5;
        query.endAfter(steps[0]?.bytes ?? null);
        const reader = following(owner, query, { most, order: 'newest' });
        for (const { stored, bytes, isDown } of steps) {
          await until('it is asked', () => query.asked.some(({ follow }) => follow === true));
          query.endAfter(bytes);
          if (isDown) await query.stop();
          query.store(...lines(last + 1, last + stored));
          last += stored;
          if (isDown) await query.start();
        }
        query.endAfter(null);
        last += 1;
        query.store(line(last));
        await until('the last one', () => reader.ids.at(-1) === last);
        await reader.leave();
        const first = reader.ids[0] ?? last;
        const whole = upTo(first, last);
        if (JSON.stringify(reader.ids) !== JSON.stringify(whole)) throw new Error(`${reader.ids} is not ${whole}`);
      } finally {
        for (const cleanup of cleanups.toReversed()) await cleanup();
      }
    },
  );
  await t.resolves(fc.assert(property, { numRuns: 60 }));
});

t.test('one that does not follow goes on as well, with what is left of what it asked for', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 20));
  query.endAfter(900);
  const ids: number[] = [];
  const options = { path: query.path, onLost: () => query.endAfter(null) };
  for await (const { entries } of readLogs({ most: 9, order: 'newest' }, options)) ids.push(...entries.map(idOf));
  t.strictSame(ids, upTo(12, 20).reverse());
  t.equal(query.connections, 2);
  t.match(query.asked[1], { after: /^0:1/, order: 'newest' });
  t.ok(Number(query.asked[1]?.['most']) < 9, 'only what is left');
});

t.test('a database that was replaced while somebody followed is told, and the new one is followed', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 3));
  const { ids, told } = following(t, query);
  await until('the old ones', () => ids.length === 3);
  query.replace();
  query.store(line(3), line(4));
  await until('the new one', () => ids.includes(4));
  t.strictSame(ids, [1, 2, 3, 4]);
  t.ok(told.includes('replaced'));
});

t.test('an eventd that is not there is told at once, with a remedy; one that refuses with its code', async (t) => {
  const query = await fakeQuery(t);
  query.refuse('ACCESS_DENIED', 'web: you may not read it.');
  await t.rejects(all(query, { services: ['web'] }), { name: 'EventdError', code: 'ACCESS_DENIED', message: 'web: you may not read it.' });
  query.refuse('BUSY', 'too many.');
  t.strictSame(await all(query, {}), [], 'what passes is waited for');
  await query.stop();
  await t.rejects(all(query, {}), { name: 'ConnectionError', message: /eventd has not been started/ });
});

t.test('one that stays away is waited for so long and no longer, unless somebody follows', async (t) => {
  const query = await fakeQuery(t);
  query.store(...lines(1, 20));
  query.endAfter(900);
  const reading = (async () => {
    const options = { path: query.path, patienceMs: 100, onLost: () => void query.stop() };
    for await (const _part of readLogs({}, options));
  })();
  await t.rejects(reading, { name: 'ConnectionError', message: /eventd/ });
});

t.test('several requests go side by side on one connection, and whoever does not take parts holds it', async (t) => {
  const boots = [{ boot_id: 'boot-1', started_at: 'x', last_at: null, current: true, lines: 1, events: 2 }];
  const query = await fakeQuery(t, { boots });
  query.store(...lines(1, 200));
  const eventd = await connectEventd(query.path);
  t.teardown(() => eventd.disconnect());
  const first = eventd.logs({})[Symbol.asyncIterator]();
  const second = eventd.logs({ most: 1 });
  const ids: number[] = [];
  for await (const { entries } of second) ids.push(...entries.map(idOf));
  t.strictSame(ids, [1]);
  for (let part = await first.next(); part.done !== true; part = await first.next()) ids.push(...part.value.entries.map(idOf));
  t.strictSame(ids.slice(1), upTo(1, 200));
  t.strictSame((await eventd.boots()).boots, boots);
});

t.test('somebody else who answers is not taken for eventd, and not asked again', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-query-'));
  const path = join(directory, 'other.sock');
  const server = createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.write('HTTP/1.1 400 Bad Request\n')));
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  for (const request of [{}, { follow: true }])
    await t.rejects(readLogs(request, { path }).next(), {
      name: 'ProtocolError',
      message: `${path} does not speak the protocol of eventd; is it the right socket? The usual one is /run/eventd/query.sock`,
    });
});
