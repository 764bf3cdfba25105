import t from 'tap';
import type { EventOf } from '../../../gen/events/events.ts';
import { log, notifyStopping } from '../../../gen/events/events.ts';
import { matcher } from '../../../src/control/subscriptions.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { operationId, startOfTime } from '../../support/fake-policy.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';
import { systemFacts } from '../../support/token-facts.ts';
import { until } from '../../support/wait.ts';

const at = '2026-06-01T12:34:56.123456789Z';
const said = (text: string, service: string | null = 'web'): EventOf => log({ service, level: 'info', text });
const stopping = notifyStopping({ service: 'web', job_id: 'j', operation_id: null, value: '1', generation: 3 });

t.test('EVT-011 a subscriber gets an acknowledgement and then one line for each event', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.step('web', 'starting', 'explicit_start');
  const one = await client();
  t.strictSame(await one.ask({ command: 'subscribe' }), { status: 'ok' });
  policy.step('web', 'active', 'explicit_start');
  t.strictSame(await one.answer(), {
    kind: 'event',
    id: 2,
    event: 'service.state',
    timestamp: at,
    payload: {
      service: 'web',
      from: 'starting',
      to: 'active',
      cause: 'explicit_start',
      job_id: null,
      operation_id: null,
      detail: null,
    },
  });
});

t.test('whoever does not follow is told what is held, and the connection ends', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.step('web', 'starting', 'explicit_start');
  policy.step('web', 'active', 'explicit_start');
  const [one, other, none] = [await client(), await client(), await client()];
  t.strictSame(await one.ask({ command: 'subscribe', since: 0, follow: false }), { status: 'ok' });
  t.strictSame([(await one.answer())['id'], (await one.answer())['id']], [1, 2]);
  t.equal(await one.end(), '');
  t.strictSame(await other.ask({ command: 'subscribe', since: 2, follow: false }), { status: 'ok' });
  t.equal(await other.end(), '', 'nothing came after that one');
  t.strictSame(await none.ask({ command: 'subscribe', follow: false }), { status: 'ok' });
  t.equal(await none.end(), '');
});

t.test('EVT-004 EVT-005 EVT-006 EVT-007 EVT-008 EVT-009 EVT-010 operations show their request, beginning and end', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  await one.ask({ command: 'subscribe', events: ['operation.*'] });
  const id = operationId(1);
  const base = { operation_id: id, type: 'start', service: 'web', source: 'admin', caller: 'S-1-5-18 (process 9)' };
  policy.operate(id, 'web', { caller: 'S-1-5-18 (process 9)' });
  policy.operate(id, 'web');
  policy.operate(id, 'web', { state: 'running', startedAt: startOfTime + 5n });
  policy.operate(id, 'web', { state: 'completed', result: 'active', completedAt: startOfTime + 3_000_000_007n });
  t.strictSame((await one.answer())['payload'], { ...base, state: 'pending' });
  const started = await one.answer();
  t.equal(started['event'], 'operation.started');
  t.strictSame(started['payload'], { ...base, state: 'running' });
  t.equal(started['timestamp'], '2026-06-01T12:34:56.123456794Z');
  const completed = await one.answer();
  t.equal(completed['event'], 'operation.completed');
  t.strictSame(completed['payload'], { ...base, state: 'completed', duration_ns: 3_000_000_007, result: 'active' });

  const ends = [
    [
      { state: 'failed', error: 'process_crash', completedAt: startOfTime + 1n },
      'operation.failed',
      { duration_ns: 1, failure_reason: 'process_crash' },
    ],
    [{ state: 'cancelled', error: 'superseded_by_later_operation' }, 'operation.cancelled', { reason: 'superseded_by_later_operation' }],
    [{ state: 'aborted', error: 'x', completedAt: startOfTime + 2n }, 'operation.aborted', { duration_ns: 2, reason: 'x' }],
    [{ state: 'merged', mergedInto: id }, 'operation.merged', { merged_into: id }],
  ] as const;
  let number = 2;
  for (const [change, name, more] of ends) {
    policy.operate(operationId(number++), 'web', change);
    t.equal((await one.answer())['event'], 'operation.requested', 'born over, its request is shown all the same');
    const end = await one.answer();
    t.equal(end['event'], name);
    const { operation_id } = end['payload'];
    t.strictSame(end['payload'], { ...base, operation_id, caller: null, state: change.state, ...more });
  }
});

t.test('EVT-001 EVT-002 EVT-003 jobs show their creation, start and end', async (t) => {
  const { client, control } = openControlRoom(t);
  const one = await client();
  await one.ask({ command: 'subscribe', events: ['job.*'] });
  const job = {
    id: operationId(9),
    type: 'service_main',
    service: 'web',
    operation: operationId(1),
    state: 'created',
    imagePath: '/usr/bin/web',
    arguments: ['--port', '80'],
    tree: 'web@1',
    generation: 1,
    identity: 'SYSTEM',
    token: null,
    pid: null,
    createdAt: startOfTime,
    startedAt: null,
    endedAt: null,
    exitCode: null,
    exitSignal: null,
    failureCause: null,
  } as const;
  control.onEffect({ kind: 'job-changed', key: 'web', job });
  control.onEffect({
    kind: 'job-changed',
    key: 'web',
    job: { ...job, state: 'running', token: systemFacts, pid: 55, startedAt: startOfTime },
  });
  const ended = {
    ...job,
    state: 'failed',
    token: systemFacts,
    pid: 55,
    startedAt: startOfTime,
    endedAt: startOfTime + 250n,
    exitSignal: 9,
  } as const;
  control.onEffect({ kind: 'job-changed', key: 'web', job: { ...ended, failureCause: 'killed by SIGKILL' } });
  const { summary } = systemFacts;
  const line = (id: number, name: string, timestamp: string, payload: object) => ({ kind: 'event', id, event: name, timestamp, payload });
  t.strictSame(
    await one.answer(),
    line(1, 'job.created', at, {
      job_id: job.id,
      service: 'web',
      type: 'service_main',
      image_path: '/usr/bin/web',
      identity: 'SYSTEM',
      operation_id: job.operation,
    }),
  );
  t.strictSame(
    await one.answer(),
    line(2, 'job.started', at, { job_id: job.id, service: 'web', pid: 55, cgroup_id: 'web@1', identity: 'SYSTEM', token_summary: summary }),
  );
  const end = '2026-06-01T12:34:56.123457039Z';
  t.strictSame(
    await one.answer(),
    line(3, 'job.ended', end, {
      job_id: job.id,
      service: 'web',
      type: 'service_main',
      final_state: 'failed',
      image_path: '/usr/bin/web',
      arguments: ['--port', '80'],
      identity: 'SYSTEM',
      operation_id: job.operation,
      cgroup_id: 'web@1',
      cgroup_gen: 1,
      pid: 55,
      created_at: at,
      started_at: at,
      ended_at: end,
      duration_ns: 250,
      exit_code: null,
      exit_signal: 9,
      failure_cause: 'killed by SIGKILL',
      token_summary: summary,
    }),
  );
});

t.test('EVT-012 WIRE-036 what the policy records is passed on whole, with the time it happened at', async (t) => {
  const { client, control } = openControlRoom(t);
  const one = await client();
  await one.ask({ command: 'subscribe', events: ['notify.stopping'] });
  control.onEffect({ kind: 'recorded', at: 6n, event: said('another event') });
  control.onEffect({ kind: 'recorded', at: 7n, event: stopping });
  t.strictSame(await one.answer(), {
    kind: 'event',
    id: 2,
    event: 'notify.stopping',
    timestamp: '1970-01-01T00:00:00.000000007Z',
    payload: { service: 'web', job_id: 'j', operation_id: null, value: '1', generation: 3 },
  });
});

t.test('subscribe takes globs, and a star stands for any run of characters', async (t) => {
  const matches = (glob: string, name: string): boolean => matcher([glob])(name);
  for (const [glob, name] of [
    ['*', 'x'],
    ['service.*', 'service.state'],
    ['*.ended', 'job.ended'],
    ['o*n.*d', 'operation.completed'],
    ['a*b*c*d', 'a.b.c.d'],
    ['a**b', 'ab'],
    ['job.ended', 'job.ended'],
    ['', ''],
  ] as const)
    t.ok(matches(glob, name), `${glob} ${name}`);
  for (const [glob, name] of [
    ['service.', 'service.state'],
    ['service.*', 'services'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'a.c'],
    ['a*b*c*d', 'a.b.d'],
    ['a*c*b*d', 'a.b.c.d'],
    ['*x', 'y'],
    ['JOB.*', 'job.ended'],
    ['job?ended', 'job.ended'],
    ['.*', 'job.ended'],
  ] as const)
    t.notOk(matches(glob, name), `${glob} ${name}`);
  t.equal(matcher([])('x'), false);
  t.equal(matcher(null)('x'), true);
  t.equal(matcher(['a', 'b*'])('bc'), true);
});

t.test('WIRE-021 bad arguments of subscribe are named', async (t) => {
  const { client } = openControlRoom(t);
  const one = await client();
  for (const request of [{ events: 'job.*' }, { events: [1] }, { events: null }, { events: ['x'.repeat(129)] }])
    t.match(await one.ask({ command: 'subscribe', ...request }), { code: 'INVALID_ARGUMENTS', message: /member "events"/ });
  for (const since of [-1, 1.5, '1', null, 2 ** 53])
    t.match(await one.ask({ command: 'subscribe', since }), { code: 'INVALID_ARGUMENTS', message: /member "since"/ });
});

t.test('since brings what is still held, and says when older events are gone', async (t) => {
  const { client, control } = openControlRoom(t);
  for (let n = 1; n <= 5; n++) control.publish(n % 4 === 1 ? stopping : said(`${n}`));
  const one = await client();
  await one.ask({ command: 'subscribe', since: 3 });
  t.equal((await one.answer())['id'], 4);
  t.equal((await one.answer())['id'], 5);
  const all = await client();
  await all.ask({ command: 'subscribe', since: 0, events: ['notify.*'] });
  t.equal((await all.answer())['id'], 1);
  t.equal((await all.answer())['id'], 5);
  const ahead = await client();
  await ahead.ask({ command: 'subscribe', since: 99 });

  control.publish(said('new'));
  t.equal((await ahead.answer())['id'], 6, 'an id that is yet to come brings new events only');
  ahead.close();
  for (let n = 0; n < 1999; n++) control.publish(said('x'.repeat(500)));
  const late = await client();
  await late.ask({ command: 'subscribe', since: 5 });
  t.strictSame(await late.answer(), { kind: 'lagged' });
  const first = (await late.answer())['id'];
  t.ok(first > 6 && first < 2005, `the oldest one held is ${first}`);
  for (let id = first + 1; id <= 2005; id++) t.equal((await late.answer())['id'], id);
  control.publish(said('next'));
  t.equal((await late.answer())['payload'].text, 'next');
});

t.test('SEC-013 a subscriber sees only events of services it may query, and others only with a right on the machine', async (t) => {
  const own = { web: allowing({ [alice]: 1 }), db: allowing({}) };
  for (const [machine, expected] of [
    [0, ['a', 'd']],
    [1, ['a', 'c', 'd']],
    [2, ['a', 'c', 'd']],
  ] as const) {
    const security = securityOf({ own, machine: allowing({ [alice]: machine }) });
    const { client, control, policy } = openControlRoom(t, {
      identify: () => callerOf(tokenOf(alice)),
      security: () => security,
    });
    policy.set('web');
    control.publish(said('a'));
    control.publish(said('b', 'db'));
    const one = await client();
    await one.ask({ command: 'subscribe', since: 0 });
    control.publish(said('c', null));
    control.publish(said('b', 'db'));
    control.publish(said('d'));
    const seen: string[] = [];
    while (seen[seen.length - 1] !== 'd') seen.push((await one.answer())['payload'].text);
    t.strictSame(seen, expected);
  }
});

t.test('a subscriber that reads too slowly is told lagged and dropped, without harm to the others', async (t) => {
  const { client, control } = openControlRoom(t);
  const slow = await client();
  const quick = await client();
  await slow.ask({ command: 'subscribe' });
  await quick.ask({ command: 'subscribe' });
  slow.pause();
  const count = 3000;
  const pad = 'x'.repeat(1000);
  let received = 0;
  for (let n = 0; n < count; n++) {
    control.publish(said(pad));
    if (n % 50 === 49) for (; received <= n; received++) t.equal((await quick.answer())['id'], received + 1);
  }
  t.equal(received, count);
  slow.resume();
  let last = 0;
  for (;;) {
    const answer = await slow.answer();
    if (answer['kind'] === 'lagged') break;
    if (answer['id'] !== last + 1) t.fail(`event ${last + 1} is missing in between`);
    last = answer['id'];
  }
  t.ok(last > 0 && last < count, `${last} events arrived before`);
  t.equal(await slow.end(), '');
});

t.test('a subscriber that leaves is forgotten', async (t) => {
  const { client, control } = openControlRoom(t);
  const one = await client();
  one.send({ command: 'subscribe' }, { command: 'list' });
  t.strictSame(await one.answer(), { status: 'ok' });
  control.publish(said('a'));
  t.equal((await one.answer())['payload'].text, 'a', 'nothing else runs on the connection');
  one.close();
  const clients = await Promise.all(Array.from({ length: 31 }, () => client()));
  await until('a free place', () => clients.every((other) => !other.ended));
  t.equal((await clients[30]!.ask({ command: 'list' }))['status'], 'ok');
});
