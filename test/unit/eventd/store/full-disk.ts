/**
 * A store on a disk that fills up, in a mount namespace of its own: `unshare --mount node full-disk.ts DIRECTORY`. It tells what it saw as
 * JSON. test/unit/eventd/store/full-disk.test.ts
 */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import { StoreFailure } from '../../../../src/hosted/eventd/store/failures.ts';
import { entriesOf, firstBoot, log, logFilter, scanOptions, shown, wide } from './fixture.ts';

const [directory = ''] = process.argv.slice(2);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', directory]);
const ballast = join(directory, 'ballast');

function fillUp(): void {
  const { bavail, bsize } = statfsSync(directory);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize)));
}

const store = EventStore.open({ directory, limits: wide });
let id = 1;
const text = 'x'.repeat(990);
const failures = new Set<string>();

/** So many blocks, each until it is stored; true: one was not. */
function write(blocks: number, onFailure: () => void): number {
  let failed = 0;
  for (let left = blocks; left > 0; left -= 1) {
    const record = log(
      'a',
      id,
      Array.from({ length: 200 }, (_, at) => `${id + at} ${text}`),
    );
    for (;;) {
      try {
        store.ingest(firstBoot, [record]);
        store.tidy();
        break;
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        failures.add(error.message.replaceAll(/\d+ KB/g, 'N KB'));
        failed += 1;
        if (failed > 50) throw error;
        onFailure();
      }
    }
    id += 200;
  }
  return failed;
}

const inPeace = write(10, () => undefined);
fillUp();
const whenFull = write(60, () => rmSync(ballast, { force: true }));
rmSync(ballast, { force: true });
// More than the disk has: the oldest make way before it is full.
const recycled = write(200, () => undefined);
const found = entriesOf(store.logs(logFilter(), scanOptions())).map((entry) => Number.parseInt(shown(entry), 10));
const { log: acked } = store.hello(firstBoot);
const oldest = found[0] ?? 0;
const isWhole = found.every((number, at) => number === oldest + at) && found.at(-1) === acked;
const { bavail } = statfsSync(directory);
store.close();
process.stdout.write(
  JSON.stringify({
    inPeace,
    whenFull: whenFull > 0,
    recycled,
    isWhole,
    acked,
    written: id - 1,
    oldest: oldest > 1,
    isFull: bavail === 0,
    failures: [...failures],
  }),
);
