import t from 'tap';
import { LatestLines } from '../../../src/output/latest-lines.ts';
import type { Origin } from '../../../src/policy/origin.ts';

const itself = (service: string): Origin => ({ service, part: null, index: null });

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

t.test('the latest ten lines of a service are kept, with those of its hooks, and a long one is shown in part', async (t) => {
  const latest = new LatestLines();
  for (let at = 0; at < 12; at++) latest.add(itself('web'), text(`line ${at}`));
  latest.add({ service: 'web', part: 'ExecStartPre', index: 0 }, text('from a hook'));
  latest.add(itself('mount:/data'), text('other'));
  t.strictSame(latest.of('web'), [...Array.from({ length: 9 }, (_, at) => `line ${at + 3}`), 'ExecStartPre[0]: from a hook']);
  t.strictSame(latest.of('mount:/data'), ['other']);
  latest.add(itself('web'), text('x'.repeat(600)));
  t.equal(latest.of('web').at(-1)?.length, 512);
  latest.forget('web');
  t.strictSame(latest.of('web'), []);
});

t.test('a check that talks at every interval leaves what the service said last', async (t) => {
  const latest = new LatestLines();
  for (const line of ['first', 'second']) latest.add(itself('web'), text(line));
  for (let at = 0; at < 50; at++) latest.add({ service: 'web', part: 'HealthCheck', index: null }, text(`check ${at}`));
  latest.add(itself('web'), text('third'));
  t.strictSame(latest.of('web'), ['first', 'second', 'HealthCheck: check 47', 'HealthCheck: check 48', 'HealthCheck: check 49', 'third']);
});
