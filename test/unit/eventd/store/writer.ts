/**
 * Writes to a store until it is killed, and says what it has done: `node writer.ts DIRECTORY FIRST_ID BYTES`, where the database keeps to
 * BYTES. A line of its output is an id up to which all was acknowledged. test/unit/eventd/store/kill.test.ts
 */
import { writeSync } from 'node:fs';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import { firstBoot, log } from './fixture.ts';

const [directory = '', first = '', bytes = ''] = process.argv.slice(2);
const store = EventStore.open({ directory, limits: { maxBytes: Number(bytes), maxAgeSeconds: null } });
let id = Number(first);
for (;;) {
  const records = Array.from({ length: 1 + (id % 7) }, () => {
    const record = log(
      `s${id % 3}`,
      id,
      Array.from({ length: 1 + (id % 40) }, (_, at) => `line ${id + at}`),
    );
    id += 1 + (id % 40);
    return record;
  });
  const acked = store.ingest(firstBoot, records);
  writeSync(1, `${acked.log}\n`);
  store.tidy();
}
