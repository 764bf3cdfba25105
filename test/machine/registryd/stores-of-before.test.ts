/** Stores as the version before left them: the daemons of now open and use them. What a newer one has written they do not touch. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { EventStore } from '../../../src/hosted/eventd/store/event-store.ts';
import { eventsOf, instant, log, stamp, storeDirectory, textsOf, wide } from '../../unit/eventd/store/fixture.ts';
import { runRegistryd, startDaemon, temporaryDirectory } from './daemon.ts';

const stores = join(import.meta.dirname, '../../support/stores');
const stored = (name: string): string => readFileSync(join(stores, name), 'utf8');

/** In WAL mode, as a daemon leaves it. */
function make(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}

t.test('registryd opens the store of the version before as it is, answers from it and writes to it', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  mkdirSync(store);
  make(join(store, 'machine.db'), stored('registry-2.sql'));
  const { status, stdout } = runRegistryd(['--store', store, '--export']);
  t.strictSame({ status, stdout }, { status: 0, stdout: stored('registry-2.yaml') });
  const daemon = await startDaemon(t, directory);
  t.equal(daemon.stderr(), '');
  const registry = await daemon.connect();
  t.equal((await registry.query({ path: 'Machine\\Shop', name: 'Count' })).data, '18446744073709551615');
  await registry.set({ path: 'Machine\\Shop', name: 'Greeting', type: 'SZ', data: 'good day' });
  await daemon.stop();
  t.match(runRegistryd(['--store', store, '--export', 'Machine\\Shop']), { status: 0, stdout: /Greeting: "good day"/ });
});

t.test('registryd leaves the store of a newer one as it is, and says who can open it', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  mkdirSync(store);
  const path = join(store, 'machine.db');
  make(path, stored('registry-2.sql').replace('PRAGMA user_version = 2;', 'PRAGMA user_version = 3;'));
  const before = readFileSync(path);
  await t.rejects(startDaemon(t, directory), /has version 3, this registryd knows version 2[\s\S]*run the registryd that wrote it/);
  t.ok(readFileSync(path).equals(before), 'untouched');
});

t.test('eventd opens the database of the version before as it is, answers from it and writes to it', async (t) => {
  const directory = storeDirectory(t);
  make(join(directory, 'events.db'), stored('events-1.sql'));
  const replaced: string[] = [];
  const open = (): EventStore =>
    EventStore.open({ directory, limits: wide, now: () => instant(0), onReplaced: ({ finding }) => replaced.push(finding) });
  const first = open();
  t.strictSame(textsOf(first), ['hello, wörld', 'trouble']);
  t.ok(eventsOf(first, { services: ['hello'] }).length > 0);
  first.ingest({ boot_id: '22222222-0000-4000-8000-000000000000', started_at: stamp(0) }, [log('hello', 1, ['later'])]);
  first.close();
  const second = open();
  t.strictSame(textsOf(second), ['hello, wörld', 'trouble', 'later']);
  second.close();
  t.strictSame(replaced, [], 'nothing is moved aside');
});
