import fc from 'fast-check';
import t from 'tap';
import { LatestLines } from '../../../src/output/latest-lines.ts';
import type { Origin } from '../../../src/policy/origin.ts';

const itself = (service: string): Origin => ({ service, part: null, index: null });
const check = (service: string): Origin => ({ service, part: 'HealthCheck', index: null });

/** A burst, whose bytes lie somewhere in others. */
function add(latest: LatestLines, origin: Origin, job: string, ...lines: readonly string[]): void {
  const text = lines.map((line) => `${line}\n`).join('');
  const bytes = new TextEncoder().encode(`\n?${text}!`);
  latest.add({ origin, job, isError: false }, 7n, bytes, 2, bytes.length - 1, Math.max(...lines.map(({ length }) => length)));
}

const texts = (latest: LatestLines, service: string, most = 10, jobs: readonly string[] | null = null): readonly string[] =>
  latest.of(service, { most, jobs }).map(({ text }) => text);

const numbered = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, at) => `line ${from + at}`);

t.test('as many of the latest lines of a service as are asked for come with who wrote them, when and where to', async (t) => {
  const latest = new LatestLines();
  for (const line of numbered(0, 12)) add(latest, itself('web'), 'first', line);
  latest.add(
    { origin: { service: 'web', part: 'ExecStartPre', index: 0 }, job: 'second', isError: true },
    8n,
    new TextEncoder().encode('from a hook\n'),
    0,
    12,
    11,
  );
  add(latest, itself('mount:/data'), 'third', 'other');
  t.strictSame(latest.of('web', { most: 2, jobs: null }), [
    { job: 'first', part: null, isError: false, at: 7n, text: 'line 11' },
    { job: 'second', part: 'ExecStartPre[0]', isError: true, at: 8n, text: 'from a hook' },
  ]);
  t.strictSame(texts(latest, 'web'), [...numbered(3, 12), 'from a hook']);
  t.strictSame(texts(latest, 'web', 1000), [...numbered(0, 12), 'from a hook']);
  t.strictSame(texts(latest, 'web', 0), []);
  t.strictSame(texts(latest, 'mount:/data'), ['other']);
  add(latest, itself('web'), 'first', 'x'.repeat(1500));
  t.equal(texts(latest, 'web').at(-1)?.length, 1024, 'a long one is shown in part');
  latest.forget('web');
  t.strictSame(texts(latest, 'web'), []);
});

t.test('the lines of one job can be asked for', async (t) => {
  const latest = new LatestLines();
  for (const [job, line] of Object.entries({ old: 'a', new: 'b' })) add(latest, itself('web'), job, line);
  add(latest, check('web'), 'check', 'c');
  t.strictSame(texts(latest, 'web', 10, ['new']), ['b']);
  t.strictSame(texts(latest, 'web', 10, ['old', 'check']), ['a', 'c']);
  t.strictSame(texts(latest, 'web', 10, []), []);
});

t.test('a check that talks at every interval leaves what the service said last', async (t) => {
  const latest = new LatestLines();
  for (const line of numbered(0, 8)) add(latest, itself('web'), 'main', line);
  for (let at = 0; at < 20_000; at++) add(latest, check('web'), `check ${at}`, `check ${at}`);
  add(latest, itself('web'), 'main', 'last');
  t.strictSame(texts(latest, 'web'), [...numbered(2, 8), 'check 19997', 'check 19998', 'check 19999', 'last']);
  t.equal(texts(latest, 'web', 60).length, 60, 'they fill up what the service leaves');
});

t.test('the latest lines are kept, 48 KB at least once there were as many, and never more than twice the page', async (t) => {
  const latest = new LatestLines();
  const line = (at: number): string => `${String(at).padEnd(99)}.`;
  for (let at = 0; at < 5000; at++) add(latest, itself('web'), 'main', line(at));
  const kept = latest.of('web', { most: 1000, jobs: null });
  t.ok(kept.length > 200 && kept.length < 420, `${kept.length} lines`);
  t.strictSame(
    kept.map(({ text }) => text),
    Array.from({ length: kept.length }, (_, at) => line(5000 - kept.length + at)),
  );
});

t.test('many talkative services have less each, and more again when others are gone', async (t) => {
  const latest = new LatestLines(256 * 1024);
  const talk = (service: string): void => {
    for (const line of numbered(0, 2000)) add(latest, itself(service), 'main', line);
  };
  const names = Array.from({ length: 40 }, (_, at) => `service-${at}`);
  talk('alone');
  const alone = texts(latest, 'alone', 5000).length;
  for (const name of names) talk(name);
  t.ok(latest.bytes <= 256 * 1024, `${latest.bytes} bytes`);
  for (const name of ['alone', ...names]) {
    const kept = texts(latest, name, 5000);
    t.ok(kept.length >= 20 && kept.length < alone / 4, `${kept.length} lines of ${name}, ${alone} before`);
    t.strictSame(kept, numbered(2000 - kept.length, 2000));
  }
  for (const name of names) latest.forget(name);
  talk('alone');
  t.ok(texts(latest, 'alone', 5000).length > alone / 2);
});

t.test('a service that talks for ever takes the same memory for ever', async (t) => {
  const latest = new LatestLines();
  const talk = (): void => {
    for (let at = 0; at < 3000; at++) add(latest, itself('web'), 'main', 'y'.repeat(at % 1200));
  };
  talk();
  const { bytes } = latest;
  talk();
  t.equal(latest.bytes, bytes);
  latest.forget('web');
  t.equal(latest.bytes, 0);
});

t.test('however lines come together, the latest are the same as far as they are kept, long ones in part', async (t) => {
  const line = fc.oneof(
    { weight: 8, arbitrary: fc.nat(120).map((length) => 's'.repeat(length)) },
    { weight: 1, arbitrary: fc.integer({ min: 1000, max: 9000 }).map((length) => 'l'.repeat(length)) },
  );
  const burst = fc.oneof(
    { weight: 8, arbitrary: fc.array(line, { minLength: 1, maxLength: 12, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(line, { minLength: 1, maxLength: 800, size: 'max' }) },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(burst, fc.boolean()), { minLength: 1, maxLength: 40, size: 'max' }), fc.boolean(), (bursts, isTight) => {
      const latest = new LatestLines(isTight ? 40_000 : undefined);
      const said: string[] = [];
      for (const [index, [lines, isOther]] of bursts.entries()) {
        const numbered = lines.map((line, at) => `${index}.${at} ${line}`);
        add(latest, itself(isOther ? 'other' : 'web'), 'main', ...numbered);
        if (!isOther) said.push(...numbered);
      }
      const kept = texts(latest, 'web', 100_000);
      t.strictSame(
        kept,
        said.slice(said.length - kept.length).map((line) => line.slice(0, 1024)),
      );
      t.ok(kept.length > 0 || said.length === 0, 'the last line at least');
      const bytes = kept.reduce((sum, line) => sum + line.length, 0);
      t.ok(isTight || kept.length === said.length || bytes > 12_000 || kept.some(({ length }) => length >= 1000), `${bytes} bytes`);
      t.strictSame(texts(latest, 'web', 3), kept.slice(-3));
    }),
    { numRuns: 100 },
  );
});
