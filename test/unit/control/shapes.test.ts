import t from 'tap';
import type { LinesWanted } from '../../../src/policy/origin.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { momentAt, operationId, startOfTime } from '../../support/fake-policy.ts';
import { only } from '../../support/lists.ts';
import { define } from '../../support/policy-rig.ts';
import { systemFacts } from '../../support/token-facts.ts';
import { until } from '../../support/wait.ts';

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

t.test('CMD-015 WIRE-028 WIRE-035 status has all its members, null where nothing applies', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  const answer = await one.ask({ command: 'status', service: 'web' });
  const members = 'service state cause status_text current_job current_operation health uptime_seconds definition_removed warnings'.split(
    ' ',
  );
  t.strictSame(Object.keys(answer).slice(0, 11), ['status', ...members]);
  t.match(answer, {
    status: 'ok',
    service: 'web',
    state: 'inactive',
    cause: null,
    status_text: null,
    current_job: null,
    current_operation: null,
    health: null,
    uptime_seconds: null,
    definition_removed: false,
  });
  t.same(answer['warnings'], []);
  t.notOk('operation_id' in answer);
});

t.test('status has the triggers of the definition as they are written, and whether it is disabled', async (t) => {
  const { client, policy } = openControlRoom(t);
  const definition = define('web', {
    triggers: [{ type: 'boot' }, { type: 'timer', expression: 'daily' }, { type: 'unknown', text: 'usb:stick' }],
    disabled: true,
  });
  policy.set('web', { definition });
  policy.set('broken');
  const one = await client();
  const told = async (service: string) => only([await one.ask({ command: 'status', service })], 'triggers', 'disabled');
  t.strictSame(await told('web'), [{ triggers: ['boot', 'timer:daily', 'usb:stick'], disabled: true }]);
  t.strictSame(await told('broken'), [{}], 'nothing is known of one that cannot be decoded');
});

t.test('CMD-016 CMD-017 CMD-018 CMD-019 WIRE-029 WIRE-036 status of a running service', async (t) => {
  const room = openControlRoom(t);
  const id = operationId(1);
  room.policy.set('Web', {
    state: 'active',
    cause: 'explicit_start',
    since: momentAt(-2),
    detail: 'something',
    statusText: 'Serving "äöü"',
    job: { id: operationId(2), pid: 77, startedAt: momentAt(0), identity: 'SYSTEM', token: systemFacts },
    operation: { id, type: 'reload', source: 'admin' },
    health: 'unhealthy',
    healthCheck: { result: 'failed', exitCode: 3, exitSignal: null, at: momentAt(1), failures: 2, retries: 3 },
    leaks: [{ path: 'peinit/web/health', type: 'health', detectedAt: startOfTime }],
    waitingFor: ['db'],
    restart: { attempt: 2, maxRetries: 5, nextAttemptAt: 80_000_000_001n as MonotonicNs },
  });
  // The wall clock was set four years ahead.
  room.now = startOfTime + 126_230_400_000_000_000n;
  room.uptime = 61_999_999_999n;
  const one = await room.client();
  one.send({ command: 'status', service: 'wEB', token: true }, { command: 'status', service: 'web', token: true });
  const text = await one.line();
  const answer = JSON.parse(text);
  t.equal(answer.service, 'Web');
  t.equal(answer.status_text, 'Serving "äöü"');
  t.strictSame(answer.current_job, {
    id: operationId(2),
    type: 'service_main',
    pid: 77,
    started_at: '2026-06-01T12:34:56.123456789Z',
    identity: 'SYSTEM',
  });
  t.strictSame(answer.current_operation, { id, type: 'reload', source: 'admin' });
  t.equal(answer.health, 'unhealthy');
  t.strictSame(answer.health_check, {
    result: 'failed',
    exit_code: 3,
    exit_signal: null,
    at: '2026-06-01T12:34:57.123456789Z',
    failures_in_a_row: 2,
    retries: 3,
    seconds_ago: 60,
  });
  t.equal(answer.uptime_seconds, 61);
  t.strictSame([answer.token, answer.uid], [systemFacts.summary, 0]);
  t.strictSame(answer.warnings, [{ path: 'peinit/web/health', type: 'health', detected_at: '2026-06-01T12:34:56.123456789Z' }]);
  t.strictSame([answer.since, answer.since_seconds], ['2026-06-01T12:34:54.123456789Z', 63]);
  t.strictSame(answer.waiting_for, ['db']);
  // By the wall clock as it is now.
  const next = { next_attempt_at: '2030-06-01T12:35:14.123456791Z', next_attempt_seconds: 19 };
  t.strictSame(answer.restart, { attempt: 2, max_retries: 5, ...next });
  t.equal(text, await one.line(), 'repeated reads agree');
  t.strictSame(only([await one.ask({ command: 'status', service: 'web' })], 'token', 'uid'), [{ token: null, uid: 0 }], 'it is long');
  room.now = startOfTime - 5n;
  t.equal((await one.ask({ command: 'status', service: 'web' }))['uptime_seconds'], 61, 'a clock that was set back');
});

t.test('CMD-016 a job whose exec is not confirmed has neither pid nor start', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'starting', job: { id: operationId(3), pid: null, startedAt: null, identity: 'SYSTEM', token: null } });
  const answer = await (await client()).ask({ command: 'status', service: 'web' });
  t.equal(answer['current_job']['pid'], null);
  t.equal(answer['current_job']['started_at'], null);
  t.equal(answer['uptime_seconds'], null);
});

t.test('the lines of a failure are those of the process that failed, unless more are asked for', async (t) => {
  const wanted: LinesWanted[] = [];
  const lines = [
    { text: 'from main', at: startOfTime, job: 'one', part: null, isError: false },
    { text: 'from a hook', at: startOfTime + 1n, job: 'two', part: 'ExecStartPre[0]', isError: true },
  ];
  const { client, policy } = openControlRoom(t, {
    aside(_service, asked) {
      wanted.push(asked);
      return { output: lines, stored: [] };
    },
  });
  policy.set('web', { state: 'active', failedJobs: [] });
  policy.set('bad', { state: 'backoff', failedJobs: ['two'] });
  policy.set('unmet', { state: 'failed', failedJobs: [] });
  const one = await client();
  t.strictSame((await one.ask({ command: 'status', service: 'web' }))['output'], [
    { text: 'from main', at: '2026-06-01T12:34:56.123456789Z', job: 'one', process: null, is_error: false },
    { text: 'from a hook', at: '2026-06-01T12:34:56.123456790Z', job: 'two', process: 'ExecStartPre[0]', is_error: true },
  ]);
  for (const service of ['bad', 'unmet']) await one.ask({ command: 'status', service });
  for (const most of [0, 1000]) await one.ask({ command: 'status', service: 'bad', lines: most });
  t.strictSame(wanted, [
    { most: 10, jobs: null },
    { most: 10, jobs: ['two'] },
    { most: 10, jobs: [] },
    { most: 0, jobs: null },
    { most: 1000, jobs: null },
  ]);
  t.equal((await one.ask({ command: 'status', service: 'bad', lines: 1001 }))['code'], 'INVALID_ARGUMENTS');
});

t.test('O-173 status of a mount tells what it mounts, as it was mounted where it is', async (t) => {
  const { client, policy } = openControlRoom(t);
  const plan = { point: '/data', device: '/dev/vdb', type: 'ext4', options: ['noatime'], flags: 1024, data: '', fsck: true };
  const definition = define('mount:/data', { mount: plan });
  policy.set('mount:/data', { state: 'failed', definition });
  policy.set('mount:/old', { state: 'completed', definition, mounted: { ...plan, type: '', options: [], fsck: false } });
  policy.set('web', { definition: define('web') });
  const one = await client();
  const told = async (service: string): Promise<unknown> => (await one.ask({ command: 'status', service }))['mount'];
  const facts = { mount_point: '/data', device: '/dev/vdb' };
  t.strictSame(await told('mount:/data'), { ...facts, fs_type: 'ext4', options: ['noatime'], fsck: true, mounted: false });
  t.strictSame(await told('mount:/old'), { ...facts, fs_type: null, options: [], fsck: false, mounted: true });
  t.equal(await told('web'), null);
});

t.test('CMD-020 WIRE-030 CTL-007 list is ordered by name and each entry has exactly its members', async (t) => {
  const { client, policy } = openControlRoom(t);
  const granted = ['SERVICE_QUERY_STATUS', 'SERVICE_START', 'SERVICE_STOP', 'SERVICE_INTERROGATE'];
  policy.set('zeta', { state: 'backoff', cause: 'process_crash' });
  policy.set('Alpha', { state: 'active', cause: 'dependency_start', health: 'healthy' });
  policy.set('beta', { state: 'active', definitionRemoved: true });
  const answer = await (await client()).ask({ command: 'list' });
  t.strictSame(answer, {
    status: 'ok',
    services: [
      { service: 'Alpha', state: 'active', cause: 'dependency_start', health: 'healthy', granted },
      { service: 'beta', state: 'active', cause: null, health: null, granted },
      { service: 'zeta', state: 'backoff', cause: 'process_crash', health: null, granted },
    ],
  });
});

t.test('CMD-026 WIRE-031 WIRE-032 WIRE-037 operation-status has all its members, null where they do not apply', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  const members = 'id type service source state result merged_into error requested_at started_at completed_at'.split(' ');
  const id = operationId(4);
  policy.operate(id, 'web', { type: 'restart', source: 'timer' });
  const pending = (await one.ask({ command: 'operation-status', operation_id: id }))['operation'];
  t.strictSame(Object.keys(pending), members);
  t.match(pending, {
    id,
    type: 'restart',
    service: 'web',
    source: 'timer',
    state: 'pending',
    result: null,
    merged_into: null,
    error: null,
  });
  t.match(pending, { started_at: null, completed_at: null, requested_at: timestamp });
  policy.operate(id, 'web', { state: 'completed', result: 'active', startedAt: startOfTime + 1n, completedAt: startOfTime + 2n });
  const completed = (await one.ask({ command: 'operation-status', operation_id: id }))['operation'];
  t.strictSame(Object.keys(completed), members);
  t.match(completed, { state: 'completed', result: 'active', started_at: timestamp, completed_at: timestamp });
  policy.operate(id, 'web', { state: 'merged', result: null, mergedInto: operationId(5) });
  t.match((await one.ask({ command: 'operation-status', operation_id: id }))['operation'], {
    state: 'merged',
    merged_into: operationId(5),
  });
});

t.test('CMD-021 WIRE-033 WIRE-003 shutdown is answered at once with ok and nothing else', async (t) => {
  const { client, shutdowns } = openControlRoom(t);
  const one = await client();
  for (const type of ['poweroff', 'reboot', 'halt']) {
    one.send({ command: 'shutdown', type });
    t.equal(await one.line(), '{"status":"ok"}');
  }
  t.same(
    shutdowns.map(({ type }) => type),
    ['poweroff', 'reboot', 'halt'],
  );
  t.match(shutdowns[0]?.reason, /S-1-5-18 \(process 4711\)/);
});

t.test('CMD-022 CMD-081 WIRE-034 reload-config is answered when it is done, and others are served meanwhile', async (t) => {
  const { client, policy, reloads } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  one.send({ command: 'reload-config' }, { command: 'list' });
  await until('the reload', () => reloads.length === 1);
  t.equal((await (await client()).ask({ command: 'status', service: 'web' }))['status'], 'ok');
  t.notOk(one.hasLine);
  const summary = { added: ['a'], updated: [], restored: [], marked_removed: ['b'], discarded: [] };
  reloads[0]!({ kind: 'loaded', summary, warnings: ['SchemaVersion 2 is newer than 1'] });
  const answer = await one.answer();
  t.strictSame(answer, { status: 'ok', summary, warnings: ['SchemaVersion 2 is newer than 1'] });
  t.ok('services' in (await one.answer()));
});

t.test('CMD-023 WIRE-022 WIRE-024 a refused reload-config gives its code and findings', async (t) => {
  const { client, reloads } = openControlRoom(t, {
    reloadConfig: (done) => done({ kind: 'refused', code: 'INVALID_STATE', message: 'web: Requires names db, which does not exist' }),
  });
  const one = await client();
  t.same(await one.ask({ command: 'reload-config' }), {
    status: 'error',
    code: 'INVALID_STATE',
    message: 'web: Requires names db, which does not exist',
  });
  t.same(reloads, []);
  const room = openControlRoom(t);
  const other = await room.client();
  other.send({ command: 'reload-config' });
  await until('the reload', () => room.reloads.length === 1);
  room.reloads[0]!({ kind: 'refused', code: 'INTERNAL_ERROR', message: 'registryd did not answer within 30 s' });
  t.equal((await other.answer())['code'], 'INTERNAL_ERROR');
});

t.test('WIRE-038 each answer is one compact line in UTF-8', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { statusText: 'two\nlines\u2028 and "quotes" \\ \u0007 ä 😀 \ud800' });
  const one = await client();
  one.send({ command: 'status', service: 'web' });
  const line = await one.line();
  t.notMatch(line, /[\r\n]|": |, "/);
  t.equal(JSON.parse(line).status_text, 'two\nlines\u2028 and "quotes" \\ \u0007 ä 😀 \ufffd');
});
