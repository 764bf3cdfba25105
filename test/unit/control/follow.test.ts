/** Command follow: lines of services as they are written. */
import t from 'tap';
import type { Control } from '../../../src/control/control.ts';
import type { Origin } from '../../../src/policy/origin.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { operationId, startOfTime } from '../../support/fake-policy.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';

const timestamp = '2026-06-01T12:34:56.123456789Z';
const job = operationId(9);

function write(control: Control, service: string, lines: readonly string[], part: Origin['part'] = null, at = startOfTime): void {
  const bytes = Buffer.from(`..${lines.map((line) => `${line}\n`).join('')}..`, 'latin1');
  const writer = { origin: { service, part, index: part === null ? null : 0 }, job, isError: part !== null };
  control.takeLines(writer, at, bytes, 2, bytes.length - 2, lines.length);
}

t.test('O-116 whoever follows services gets their lines, and those of their commands, as they are written', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  for (const name of ['web', 'db']) policy.set(name);
  write(control, 'web', ['before']);
  const one = await client();
  t.strictSame(await one.ask({ command: 'follow', services: ['WEB'] }), { status: 'ok' });
  write(control, 'web', ['hello', '', 'caf\u00c3\u00a9 \u00ff']);
  write(control, 'db', ['not asked for']);
  write(control, 'web', ['ready?'], 'ExecStartPre');
  const common = { kind: 'output', service: 'web', job_id: job, timestamp };
  t.strictSame(await one.answer(), { ...common, origin: 'web', is_error: false, lines: ['hello', '', 'caf\u00e9 \ufffd'] });
  t.strictSame(await one.answer(), { ...common, origin: 'web/ExecStartPre[0]', is_error: true, lines: ['ready?'] });
});

t.test('O-116 without names it is every service that the caller may query, also one to come; a name needs the right', async (t) => {
  const security = securityOf({ own: { web: allowing({ [alice]: 1 }), db: allowing({}) }, inherited: allowing({ [alice]: 1 }) });
  const { client, policy, control } = openControlRoom(t, { identify: () => callerOf(tokenOf(alice)), security: () => security });
  for (const name of ['web', 'db']) policy.set(name);
  const one = await client();
  t.match(await one.ask({ command: 'follow', services: ['web', 'db'] }), {
    code: 'ACCESS_DENIED',
    message: /SERVICE_QUERY_STATUS on service db/,
  });
  t.match(await one.ask({ command: 'follow', services: ['ghost'] }), { code: 'UNKNOWN_SERVICE', message: /"ghost"/ });
  t.match(await one.ask({ command: 'follow', services: 'web' }), { code: 'INVALID_ARGUMENTS', message: /member "services"/ });
  t.strictSame(await one.ask({ command: 'follow' }), { status: 'ok' });
  policy.set('later');
  for (const service of ['db', 'web', 'later']) write(control, service, ['hello']);
  t.strictSame([(await one.answer())['service'], (await one.answer())['service']], ['web', 'later']);
});

t.test('O-33 whoever holds no right at all follows nothing, and a stream ends with the last right', async (t) => {
  let machine = 1;
  const { client, policy, control } = openControlRoom(t, {
    identify: () => callerOf(tokenOf(alice)),
    security: () => security,
  });
  let security = securityOf({ inherited: allowing({}), machine: allowing({ [alice]: machine }) });
  policy.set('web');
  const one = await client();
  t.strictSame(await one.ask({ command: 'follow' }), { status: 'ok' });
  machine = 0;
  security = securityOf({ inherited: allowing({}), machine: allowing({ [alice]: machine }) });
  write(control, 'web', ['hello']);
  t.equal(await one.end(), '');
  t.match(await (await client()).ask({ command: 'follow' }), { code: 'ACCESS_DENIED' });
});

t.test('O-116 what finds no room is lost to that reader alone, counted, and told before the next lines', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  policy.set('web');
  const [slow, quick] = [await client(), await client()];
  for (const each of [slow, quick]) await each.ask({ command: 'follow' });
  slow.pause();
  const pad = 'x'.repeat(1000);
  const count = 3000;
  const wait = 20_000_000n;
  for (let n = 0; n < count; n++) {
    write(control, 'web', [`${n} ${pad}`, pad], null, startOfTime + BigInt(n) * wait);
    if (n % 50 === 49) for (let m = n - 49; m <= n; m++) t.equal((await quick.answer())['lines'][0], `${m} ${pad}`);
  }
  slow.resume();
  let came = 0;
  let lost = 0;
  let [more, last] = [0, 0];
  while (last === 0) {
    // What was waiting may still take the room.
    if (!slow.hasLine) write(control, 'web', [`after ${++more}`], null, startOfTime + BigInt(count + more) * wait);
    const answer = await slow.answer();
    if (answer['kind'] === 'lagged') lost += answer['lost'];
    else came += answer['lines'].length;
    last = Number(/^after (\d+)/.exec(answer['lines']?.[0] ?? '')?.[1] ?? 0);
  }
  t.ok(lost > 0 && came > 0, `${came} lines came, ${lost} were lost`);
  t.equal(came + lost, 2 * count + last);
});

t.test('a follower that leaves is forgotten, and nothing else runs on its connection', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  one.send({ command: 'follow' }, { command: 'list' });
  t.strictSame(await one.answer(), { status: 'ok' });
  write(control, 'web', ['a']);
  t.equal((await one.answer())['kind'], 'output');
  one.close();
  const next = await client();
  t.match(await next.ask({ command: 'list' }), { status: 'ok' });
  write(control, 'web', ['b']);
});
