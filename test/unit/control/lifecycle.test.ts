import t from 'tap';
import { openControlRoom } from '../../support/control-room.ts';
import { FakePolicy, operationId, operationRecord, startOfTime } from '../../support/fake-policy.ts';
import { until } from '../../support/wait.ts';

const accepted = (operation: string, over = false, warnings: string[] = []) => ({
  answer: { kind: 'accepted', operation, over, warnings } as const,
});
const acknowledgement = ['status', 'operation_id', 'service', 'state', 'cause', 'warnings'];

t.test('WIRE-002 CMD-005 CMD-007 CMD-009 start, stop and restart wait unless told otherwise, reload and reset do not', async (t) => {
  for (const command of ['start', 'stop', 'restart', 'reload', 'reset']) {
    const { client, policy, control } = openControlRoom(t);
    policy.set('web');
    const id = policy.accepts('web');
    const one = await client();
    one.send({ command, service: 'web' }, { command: 'status', service: 'web' });
    if (['start', 'stop', 'restart'].includes(command)) {
      await until('the command', () => policy.events.length === 1);
      const other = await client();
      t.equal((await other.ask({ command: 'status', service: 'web' }))['state'], 'inactive');
      t.notOk(one.hasLine, `${command} waits`);
      policy.operate(id, 'web', { state: 'completed', result: 'active', completedAt: startOfTime });
    }
    t.equal((await one.answer())['operation_id'], id);
    t.ok('current_job' in (await one.answer()), 'the line behind it is answered after it');
    t.same(policy.events, [{ kind: 'command', command, service: 'web', source: 'admin', caller: 'S-1-5-18 (process 4711)' }]);
    control.close();
  }
});

t.test('WIRE-027 WIRE-004 CMD-006 CMD-008 CMD-010 the acknowledgement has exactly its six members, waited or not', async (t) => {
  for (const command of ['start', 'stop', 'restart']) {
    for (const wait of [true, false]) {
      const { client, policy } = openControlRoom(t);
      policy.set('Web', { state: 'starting', cause: 'explicit_start' });
      const id = policy.accepts('Web', { state: 'completed', result: 'active' }, { warnings: ['a leak'] });
      const one = await client();
      const answer = await one.ask({ command, service: 'WEB', wait });
      t.strictSame(Object.keys(answer), acknowledgement);
      t.same(answer, {
        status: 'ok',
        operation_id: id,
        service: 'Web',
        state: wait ? 'active' : 'starting',
        cause: 'explicit_start',
        warnings: ['a leak'],
      });
    }
  }
});

t.test('CMD-006 a waiter is answered with the cause of the step that its operation ended in', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'inactive', cause: 'clean_exit' });
  const id = policy.accepts('web');
  const one = await client();
  one.send({ command: 'start', service: 'web' });
  await until('the start', () => policy.operation(id) !== null);
  policy.step('web', 'active', 'explicit_start');
  policy.operate(id, 'web', { state: 'completed', result: 'active', completedAt: startOfTime });
  policy.step('web', 'stopping', 'explicit_stop');
  t.match(await one.answer(), { operation_id: id, state: 'active', cause: 'explicit_start' });
});

t.test('CMD-012 WIRE-013 WIRE-035 reload answers its mode: advisory unwaited, what it was after waiting', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'reloading', cause: 'explicit_reload' });
  const one = await client();
  const cases = [
    { end: { state: 'completed', result: 'active', reloadMode: 'confirmed' }, mode: 'confirmed' },
    { end: { state: 'completed', result: 'active', reloadMode: 'advisory' }, mode: 'advisory' },
    { end: { state: 'failed', error: 'ExecReload exited with 1', reloadMode: 'failed' }, mode: 'failed' },
    { end: { state: 'aborted', error: 'superseded_by_later_operation' }, mode: 'failed' },
  ] as const;
  for (const { end, mode } of cases) {
    const id = policy.accepts('web', { type: 'reload', state: 'running', startedAt: startOfTime });
    one.send({ command: 'reload', service: 'web', wait: true });
    await until('the reload', () => policy.operation(id) !== null);
    policy.operate(id, 'web', end);
    const answer = await one.answer();
    t.strictSame(Object.keys(answer), [...acknowledgement, 'mode']);
    t.equal(answer['mode'], mode);
  }
  const id = policy.accepts('web', { type: 'reload', state: 'running' });
  const unwaited = await one.ask({ command: 'reload', service: 'web' });
  t.equal(unwaited['mode'], 'advisory');
  t.equal(unwaited['operation_id'], id);
});

t.test('CMD-001 a waiting client is answered ok with the state when its operation failed, was cancelled or aborted', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  let number = 20;
  for (const state of ['failed', 'cancelled', 'aborted'] as const) {
    const id = operationId(number++);
    policy.respond = () => {
      policy.step('web', 'starting', 'explicit_start');
      policy.operate(id, 'web', { state: 'running' });
      return accepted(id);
    };
    one.send({ command: 'start', service: 'web' });
    await until('the start', () => policy.operation(id) !== null);
    policy.step('web', 'backoff', 'process_crash');
    policy.operate(id, 'web', { state, error: 'process_crash' });
    const told = { status: 'ok', operation_id: id, service: 'web', state: 'backoff', cause: 'process_crash', warnings: [] };
    t.same(await one.answer(), { ...told, outcome: state });
  }
});

t.test('CMD-001 WIRE-023 an operation whose lifetime is over answers OPERATION_TIMEOUT', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'stopping', cause: 'explicit_stop' });
  const id = policy.accepts('web');
  const one = await client();
  one.send({ command: 'start', service: 'web' });
  await until('the start', () => policy.operation(id) !== null);
  policy.operate(id, 'web', { state: 'failed', error: 'operation_timeout: start of web gave up.', expired: true });
  const answer = await one.answer();
  t.equal(answer['code'], 'OPERATION_TIMEOUT');
  t.equal(answer['message'], 'start of web gave up.', 'with what it waited for');
});

t.test('CMD-001 WIRE-017 a waited operation whose record is gone answers UNKNOWN_OPERATION', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  policy.set('web', { state: 'active' });
  const one = await client();
  policy.respond = () => accepted(operationId(40));
  t.equal((await one.ask({ command: 'stop', service: 'web' }))['code'], 'UNKNOWN_OPERATION', 'gone at once');

  const id = policy.accepts('web');
  one.send({ command: 'stop', service: 'web' });
  await until('the stop', () => policy.operation(id) !== null);
  policy.operations.delete(id);
  policy.known.delete('web');
  control.onEffect({ kind: 'service-discarded', service: 'web', key: 'web' });
  t.equal((await one.answer())['code'], 'UNKNOWN_OPERATION', 'gone with its service');
});

t.test('CMD-008 the state is the one at the end of the operation, although the next one began in the same step', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'stopping', cause: 'explicit_stop' });
  const id = policy.accepts('web', { type: 'stop', state: 'running' });
  const one = await client();
  one.send({ command: 'stop', service: 'web' });
  await until('the stop', () => policy.operation(id) !== null);
  // The policy is through with the whole step before its effects are seen.
  policy.set('web', { state: 'starting', cause: 'explicit_start' });
  const effect = {
    kind: 'service-changed',
    service: 'web',
    key: 'web',
    detail: null,
    job: null,
    operation: null,
    at: startOfTime,
  } as const;
  policy.interpret({ ...effect, from: 'stopping', to: 'inactive', cause: 'explicit_stop' });
  policy.operate(id, 'web', { state: 'completed', result: 'inactive' });
  policy.interpret({ ...effect, from: 'inactive', to: 'starting', cause: 'explicit_start' });
  t.same(await one.answer(), { status: 'ok', operation_id: id, service: 'web', state: 'inactive', cause: 'explicit_stop', warnings: [] });
});

t.test('CMD-001 effects that come before submit returns answer the waiter once all the same', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'failed', cause: 'process_crash' });
  const id = operationId(60);
  policy.respond = () => {
    policy.operate(id, 'web', { type: 'start', state: 'running' });
    policy.step('web', 'starting', 'explicit_start');
    policy.step('web', 'failed', 'parent_setup_failure');
    policy.operate(id, 'web', { state: 'failed', error: 'parent_setup_failure' });
    return accepted(id);
  };
  const one = await client();
  one.send({ command: 'start', service: 'web' }, { command: 'list' });
  t.same(await one.answer(), {
    status: 'ok',
    operation_id: id,
    service: 'web',
    state: 'failed',
    cause: 'parent_setup_failure',
    warnings: [],
    outcome: 'failed',
  });
  t.ok('services' in (await one.answer()), 'and only once');
  policy.operate(id, 'web', { state: 'failed' });
  t.ok('services' in (await one.ask({ command: 'list' })));
});

t.test('CMD-001 a waiter of an operation that joins another one is answered at the end of that one', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'backoff', cause: 'process_crash' });
  const [mine, other] = [operationId(70), operationId(71)];
  policy.respond = () => {
    policy.operate(mine, 'web');
    policy.operate(other, 'web', { source: 'restart_policy' });
    return accepted(mine);
  };
  const one = await client();
  one.send({ command: 'start', service: 'web' });
  await until('the start', () => policy.operation(mine) !== null);
  policy.operate(mine, 'web', { state: 'merged', mergedInto: other });
  t.same((await (await client()).ask({ command: 'list' }))['services'].length, 1);
  t.notOk(one.hasLine);
  policy.step('web', 'active', 'restart_policy');
  policy.operate(other, 'web', { state: 'completed', result: 'active' });
  const answer = await one.answer();
  t.equal(answer['operation_id'], mine);
  t.equal(answer['state'], 'active');
});

t.test('CMD-001 OPC-001 all clients that wait for one operation are answered, each once', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'starting', cause: 'explicit_start' });
  const id = operationId(80);
  policy.respond = () => {
    if (policy.operation(id) === null) policy.operate(id, 'web', { state: 'running' });
    return accepted(id);
  };
  const clients = await Promise.all(Array.from({ length: 32 }, () => client()));
  for (const one of clients) one.send({ command: 'start', service: 'web' }, { command: 'status', service: 'web' });
  await until('all commands', () => policy.events.length === 32);
  policy.step('web', 'active', 'explicit_start');
  policy.operate(id, 'web', { state: 'completed', result: 'active' });
  for (const one of clients) {
    const answer = await one.answer();
    t.equal(answer['operation_id'], id);
    t.equal(answer['state'], 'active');
    t.equal((await one.answer())['uptime_seconds'], null);
  }
});

t.test('CTL-016 pipelined waits of one client are carried out one after the other and see the state then', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'active', cause: 'explicit_start' });
  let number = 90;
  policy.respond = (event) => {
    const id = operationId(number++);
    policy.operate(id, 'web', { type: event.kind === 'command' ? event.command : 'start' });
    return accepted(id);
  };
  const one = await client();
  one.send(
    { command: 'stop', service: 'web' },
    { command: 'status', service: 'web' },
    { command: 'start', service: 'web' },
    { command: 'status', service: 'web' },
  );
  await until('the stop', () => policy.events.length === 1);
  policy.step('web', 'inactive', 'explicit_stop');
  policy.operate(operationId(90), 'web', { state: 'completed', result: 'inactive' });
  t.equal((await one.answer())['operation_id'], operationId(90));
  t.equal((await one.answer())['state'], 'inactive');
  await until('the start', () => policy.events.length === 2);
  policy.step('web', 'active', 'explicit_start');
  policy.operate(operationId(91), 'web', { state: 'completed', result: 'active' });
  t.equal((await one.answer())['operation_id'], operationId(91));
  t.equal((await one.answer())['state'], 'active');
});

t.test('CTL-018 a client that leaves is forgotten, its operation is not', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const id = policy.accepts('web');
  const one = await client();
  one.send({ command: 'start', service: 'web' });
  await until('the start', () => policy.operation(id) !== null);
  one.close();
  const other = await client();
  t.equal((await other.ask({ command: 'operation-status', operation_id: id }))['operation']['state'], 'pending');
  policy.operate(id, 'web', { state: 'completed', result: 'active' });
  t.equal((await other.ask({ command: 'operation-status', operation_id: id }))['operation']['state'], 'completed');
});

t.test('CMD-013 reset is answered at once and its operation is over already', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'failed', cause: 'process_crash' });
  const id = operationId(110);
  policy.respond = () => {
    policy.step('web', 'inactive', 'explicit_reset');
    policy.operate(id, 'web', { type: 'reset', state: 'completed', result: 'inactive', startedAt: startOfTime, completedAt: startOfTime });
    return accepted(id, true);
  };
  const one = await client();
  for (const wait of [undefined, true, false]) {
    const answer = await one.ask({ command: 'reset', service: 'web', wait });
    t.same(answer, { status: 'ok', operation_id: id, service: 'web', state: 'inactive', cause: 'explicit_reset', warnings: [] });
  }
  const operation = (await one.ask({ command: 'operation-status', operation_id: id }))['operation'];
  t.equal(operation['started_at'], operation['completed_at']);
});

t.test('WIRE-028 OP-016 ALREADY and NOOP are answered with the status shape and without operation_id', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'active', cause: 'explicit_start' });
  policy.respond = () => ({ answer: { kind: 'settled' } });
  const one = await client();
  const status = Object.keys(await one.ask({ command: 'status', service: 'web' }));
  for (const command of ['start', 'stop', 'reset']) {
    const answer = await one.ask({ command, service: 'web' });
    t.strictSame(Object.keys(answer), status);
    t.equal(answer['state'], 'active');
  }
});

t.test('WIRE-022 CMD-004 a refusal of the policy is passed on as it is, and the connection stays open', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  policy.respond = () => ({ answer: { kind: 'refused', code: 'INVALID_STATE', message: 'web is inactive; start it first.' } });
  const one = await client();
  t.same(await one.ask({ command: 'reload', service: 'web' }), {
    status: 'error',
    code: 'INVALID_STATE',
    message: 'web is inactive; start it first.',
  });
  t.equal((await one.ask({ command: 'status', service: 'web' }))['status'], 'ok');
});

t.test('CMD-001 a stop of a service that vanishes with its last process is answered with its last state', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  policy.set('web', { state: 'active', cause: 'explicit_start', definitionRemoved: true });
  const id = operationId(120);
  policy.respond = () => {
    policy.step('web', 'stopping', 'explicit_stop');
    policy.operate(id, 'web', { type: 'stop', state: 'running' });
    return accepted(id);
  };
  const one = await client();
  one.send({ command: 'stop', service: 'web' });
  await until('the stop', () => policy.operation(id) !== null);
  policy.known.delete('web');
  policy.operations.set(id, operationRecord(id, 'web', { type: 'stop', state: 'completed', result: 'inactive' }));
  const effect = {
    kind: 'service-changed',
    service: 'web',
    key: 'web',
    detail: null,
    job: null,
    operation: null,
    at: startOfTime,
  } as const;
  control.onEffect({ ...effect, from: 'stopping', to: 'inactive', cause: 'explicit_stop' });
  control.onEffect({ kind: 'service-discarded', service: 'web', key: 'web' });
  t.same(await one.answer(), { status: 'ok', operation_id: id, service: 'web', state: 'inactive', cause: 'explicit_stop', warnings: [] });
  policy.interpret({ kind: 'operation-changed', operation: policy.operation(id)! });
  t.equal((await one.ask({ command: 'status', service: 'web' }))['code'], 'UNKNOWN_SERVICE');
});

t.test('WIRE-024 a command that the policy leaves without an answer is INTERNAL_ERROR', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  t.equal((await one.ask({ command: 'start', service: 'web' }))['code'], 'INTERNAL_ERROR');
  policy.respond = () => ({ answer: { kind: 'settled' } });
  t.equal((await one.ask({ command: 'restart', service: 'web' }))['code'], 'INTERNAL_ERROR');
  t.ok(policy instanceof FakePolicy);
});
