import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import { seeded } from '../../../support/random.ts';
import { entriesOf, firstBoot, logFilter, scanOptions, storeDirectory, wide } from './fixture.ts';

const kills = 10;
const random = seeded();

/** The last id that a writer was told to be stored, before it was killed in the middle of its work. */
async function killedWriter(directory: string, first: number, bytes: number): Promise<number> {
  const writer = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'writer.ts'), directory, `${first}`, `${bytes}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  const wanted = 1 + random.below(40);
  for await (const chunk of writer.stdout) {
    said += String(chunk);
    if (said.split('\n').length > wanted) writer.kill('SIGKILL');
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
  return Number(said.trim().split('\n').at(-1));
}

t.test(`WIRE-041 kill -9 loses nothing acknowledged and doubles nothing (PEINIT_SEED=${random.seed})`, async (t) => {
  const directory = storeDirectory(t);
  let first = 1;
  for (let kill = 0; kill < kills; kill += 1) {
    const acked = await killedWriter(directory, first, wide.maxBytes);
    const store = EventStore.open({ directory, limits: wide, onReplaced: ({ finding }) => t.fail(finding) });
    const held = store.hello(firstBoot).log;
    const found = entriesOf(store.logs(logFilter(), scanOptions()));
    store.close();
    t.ok(held >= acked, `${held} are held, ${acked} were acknowledged`);
    t.strictSame(
      found.map((entry) => entry.kind === 'line' && [entry.id, entry.text]),
      Array.from({ length: held }, (_, at) => [at + 1, `line ${at + 1}`]),
    );
    // What was not acknowledged is sent again, with some that was.
    first = Math.max(1, acked - random.below(20));
    if (!t.passing()) return;
  }
});

t.test(`WIRE-041 O-108 kill -9 while the oldest make way leaves the newest whole (PEINIT_SEED=${random.seed})`, async (t) => {
  const directory = storeDirectory(t);
  const limits = { maxBytes: 1 << 18, maxAgeSeconds: null };
  let first = 1;
  for (let kill = 0; kill < kills; kill += 1) {
    const acked = await killedWriter(directory, first, limits.maxBytes);
    const store = EventStore.open({ directory, limits, onReplaced: ({ finding }) => t.fail(finding) });
    const held = store.hello(firstBoot).log;
    const found = entriesOf(store.logs(logFilter(), scanOptions()));
    const { lines, lost_lines } = store.storage();
    store.close();
    t.ok(held >= acked, `${held} are held, ${acked} were acknowledged`);
    t.ok(found.length > 0, `${found.length} are left`);
    t.strictSame(
      found.map((entry) => entry.kind === 'line' && [entry.id, entry.text]),
      Array.from(found, (_, at) => held - found.length + 1 + at).map((id) => [id, `line ${id}`]),
    );
    t.strictSame([lines, lost_lines], [found.length, 0], 'and counted');
    first = Math.max(1, acked - random.below(20));
    if (!t.passing()) return;
  }
});
