import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createEventJournal } from '../../../src/control/event-journal.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

t.test('LOG-005 the ring of events has a fixed size: what is dropped from it is given back at once', async (t) => {
  const journal = createEventJournal(262_144);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 900; count++)
    journal.publish({
      name: 'notify.status',
      at: 0n,
      service: 'web',
      payload: { value: `${count} ${'x'.repeat(50_000)}`.split('').join('') },
    });
  collect();
  const growth = process.memoryUsage().heapUsed - before;
  t.ok(growth < 3_000_000, `${growth} bytes for a ring of 262144`);
  const { complete, entries } = journal.after(0);
  t.equal(complete, false);
  t.equal(entries.length, 5);
  t.same(
    entries.map(({ id }) => id),
    [896, 897, 898, 899, 900],
  );
});
