import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { EventOf } from '../../../gen/events/events.ts';
import { log, notifyStatus } from '../../../gen/events/events.ts';
import { createEventJournal } from '../../../src/events/journal.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const said = (value: string): EventOf => notifyStatus({ service: 'web', job_id: null, operation_id: null, value, generation: 0 });

t.test('LOG-005 the ring of events has a fixed size: what is dropped from it is given back at once', async (t) => {
  const journal = createEventJournal(262_144);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 900; count++) journal.publish(0n, said(`${count} ${'x'.repeat(50_000)}`.split('').join('')));
  collect();
  const growth = process.memoryUsage().heapUsed - before;
  t.ok(growth < 3_000_000, `${growth} bytes for a ring of 262144`);
  const { complete, entries } = journal.after(0);
  t.equal(complete, false);
  t.equal(entries.length, 5);
  t.strictSame(
    entries.map(({ id }) => id),
    [896, 897, 898, 899, 900],
  );
});

t.test('an entry knows its name and service, and its line has the form of the wire', async (t) => {
  const journal = createEventJournal();
  const told: number[] = [];
  journal.onPublish(({ id }) => told.push(id));
  journal.publish(1n, said('up'));
  journal.publish(2n, log({ service: null, level: 'info', text: 'hello' }));
  const { entries } = journal.after(0);
  t.strictSame(
    entries.map(({ id, name, service, line }) => [id, name, service, line]),
    [
      [
        1,
        'notify.status',
        'web',
        '{"kind":"event","id":1,"event":"notify.status","timestamp":"1970-01-01T00:00:00.000000001Z",' +
          '"payload":{"service":"web","job_id":null,"operation_id":null,"value":"up","generation":0}}',
      ],
      [
        2,
        'log',
        null,
        '{"kind":"event","id":2,"event":"log","timestamp":"1970-01-01T00:00:00.000000002Z",' +
          '"payload":{"service":null,"level":"info","text":"hello"}}',
      ],
    ],
  );
  t.strictSame(told, [1, 2]);
  t.equal(journal.lastId, 2);
});

t.test('the journal holds what fits into its ring', async (t) => {
  const journal = createEventJournal(10_000);
  t.strictSame(journal.after(0), { complete: true, entries: [] });
  for (let n = 0; n < 5000; n++) journal.publish(0n, said(`${n}`));
  const { complete, entries } = journal.after(0);
  t.equal(complete, false);
  const bytes = entries.reduce((sum, entry) => sum + entry.line.length + 1, 0);
  t.ok(bytes > 7_000 && bytes <= 10_000, `${bytes} bytes in ${entries.length} lines`);
  t.equal(entries[entries.length - 1]?.id, 5000);
  t.equal(journal.after(5000).complete, true);
  t.equal(journal.after(4999).entries.length, 1);
});
