import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import type { LogEntry } from '../../../gen/output/types.ts';
import { seeded } from '../../support/random.ts';
import { burst, logsOf, startEventd, temporaryDirectory } from './daemon.ts';

execFileSync('sh', [join(import.meta.dirname, '../../../bin/build-runtime')]);

/** `EVENTD_KILLS=200 node test/machine/eventd/kill.test.ts` takes its time. */
const rounds = Number(process.env['EVENTD_KILLS'] ?? 15);
/** Longest time between the first record of a round and the kill. */
const longestMs = 40;
const streams = [
  ['web', false],
  ['web', true],
  ['db', false],
] as const;

const skip = process.getuid?.() === 0 ? false : 'needs root';
const textOf = (id: number): string => `line ${id} ${'x'.repeat(id % 90)}`;
const streamOf = (number: number): (typeof streams)[number] => streams[number % streams.length] ?? streams[0];

/** What the line of an id is like, wherever bursts begin. */
const shortOf = (entry: LogEntry): unknown => (entry.kind === 'gap' ? entry : [entry.id, entry.text, entry.origin, entry.is_error]);

t.test(
  `WIRE-041 ${rounds} times killed under load, eventd has lost nothing that it acknowledged and doubled nothing`,
  { skip },
  async (t) => {
    const directory = temporaryDirectory(t);
    const random = seeded();
    t.comment(`PEINIT_SEED=${random.seed}`);
    /** Stream of each line that was ever sent: a line that comes again is the same. */
    const sent: (typeof streams)[number][] = [];
    const sizes: number[] = [];
    let acknowledged = 0;
    for (let round = 0; round < rounds; round += 1) {
      const daemon = await startEventd(t, directory);
      const sender = await daemon.sender();
      const held = await sender.hello('a-boot');
      t.ok(held.log >= acknowledged, `round ${round}: ${held.log} is stored, ${acknowledged} was acknowledged`);
      // Process 1 knows what was acknowledged before the kill, and sends all after it again, in the bursts that it holds.
      let next = 1;
      let index = 0;
      while (next + (sizes[index] ?? 1) <= acknowledged + 1 && index < sizes.length) next += sizes[index++] ?? 0;
      const end = performance.now() + random.fraction() * longestMs;
      while (performance.now() < end) {
        for (let many = 0; many < 20; many += 1) {
          const size = sizes[index] ?? 1 + Math.floor(random.fraction() * 30);
          sizes[index] = size;
          const [origin, isError] = streamOf(index);
          sender.send(
            burst(
              next,
              Array.from({ length: size }, (_, at) => textOf(next + at)),
              origin,
              isError,
            ),
          );
          for (let at = 0; at < size; at += 1) sent[next + at] = streamOf(index);
          next += size;
          index += 1;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      daemon.signal('SIGKILL');
      await daemon.ended;
      acknowledged = sender.acknowledged.at(-1)?.log ?? acknowledged;
    }
    const daemon = await startEventd(t, directory);
    const found = (await logsOf(await daemon.client())).map(shortOf);
    t.ok(found.length >= acknowledged, `${found.length} of ${sent.length - 1} lines, ${acknowledged} of them acknowledged`);
    t.strictSame(
      found,
      Array.from({ length: found.length }, (_, at) => {
        const [origin, isError] = sent[at + 1] ?? streams[0];
        return [at + 1, textOf(at + 1), origin, isError];
      }),
    );
    t.comment(`${found.length} lines, ${acknowledged} acknowledged`);
  },
);
