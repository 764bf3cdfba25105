import t from 'tap';
import { openControlRoom } from '../../support/control-room.ts';
import { operationId } from '../../support/fake-policy.ts';

const lifecycle = ['start', 'stop', 'restart', 'reload', 'reset'];

t.test('CTL-019 WIRE-020 WIRE-001 a command that is missing, no string or unknown gets INVALID_COMMAND', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  const bad: [object, RegExp][] = [
    [{ service: 'x' }, /member "command" is missing/],
    [{ command: 5 }, /member "command" must be a string, but is 5/],
    [{ command: null }, /must be a string, but is null/],
    [{ command: ['start'] }, /must be a string, but is a list/],
    [{ command: 'reload_config' }, /"reload_config" is no command/],
    [{ command: 'Start', service: 'x' }, /"Start" is no command/],
    [{ command: '' }, /"" is no command/],
    [{ command: 'toString' }, /"toString" is no command/],
    [{ command: '__proto__' }, /"__proto__" is no command/],
    [{ command: 'x'.repeat(60_000) }, /x{64}\.\.\."/],
  ];
  for (const [request, why] of bad) {
    const answer = await one.ask(request);
    t.equal(answer['code'], 'INVALID_COMMAND');
    t.match(answer['message'], why);
    t.match(answer['message'], /operation-status/, 'the remedy lists the commands');
    t.strictSame(Object.keys(answer), ['status', 'code', 'message']);
  }
  t.same(policy.events, []);
});

t.test('CTL-019 WIRE-021 a wait that is no boolean is found before a missing service', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  for (const command of [...lifecycle, 'machine-status']) {
    for (const wait of ['yes', 1, 0, null, {}, []]) {
      const answer = await one.ask({ command, wait });
      t.equal(answer['code'], 'INVALID_ARGUMENTS', command);
      t.match(answer['message'], /member "wait" of [a-z-]+ must be true or false, but is/);
    }
  }
  t.same(policy.events, []);
});

t.test('CTL-019 WIRE-021 a service that is missing or no string gets INVALID_ARGUMENTS and a message that names it', async (t) => {
  const { client } = openControlRoom(t);
  const one = await client();
  for (const command of [...lifecycle, 'status']) {
    const missing = await one.ask({ command });
    t.equal(missing['code'], 'INVALID_ARGUMENTS');
    t.match(missing['message'], `member "service" of ${command} is missing; it must be a string`);
    for (const service of [1, null, true, ['web'], { name: 'web' }]) {
      const answer = await one.ask({ command, service, wait: true });
      t.equal(answer['code'], 'INVALID_ARGUMENTS');
      t.match(answer['message'], /member "service" of [a-z]+ must be a string, but is/);
    }
  }
});

t.test('CTL-019 CMD-021 WIRE-003 a shutdown type that is missing or unknown gets INVALID_ARGUMENTS', async (t) => {
  const { client, shutdowns } = openControlRoom(t);
  const one = await client();
  for (const type of [undefined, null, 1, 'PowerOff', 'kexec', '']) {
    const answer = await one.ask({ command: 'shutdown', type });
    t.equal(answer['code'], 'INVALID_ARGUMENTS');
    t.match(answer['message'], /member "type" of shutdown .*"poweroff", "reboot", "halt"/);
  }
  t.same(shutdowns, []);
});

t.test('CTL-019 an operation_id that is missing or no UUID gets INVALID_ARGUMENTS', async (t) => {
  const { client } = openControlRoom(t);
  const one = await client();
  for (const operation_id of [undefined, null, 7, '', 'x', operationId(1).slice(1), `{${operationId(1)}}`, `${operationId(1)} `]) {
    const answer = await one.ask({ command: 'operation-status', operation_id });
    t.equal(answer['code'], 'INVALID_ARGUMENTS', String(operation_id));
    t.match(answer['message'], /member "operation_id" of operation-status/);
  }
});

t.test('CTL-003 members that a command does not use are ignored', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  t.equal((await one.ask({ command: 'status', service: 'web', wait: 'yes', type: 5, pad: { a: [1] } }))['state'], 'inactive');
  t.equal((await one.ask({ command: 'list', service: 7, operation_id: 'x' }))['status'], 'ok');
});

t.test('CTL-009 SEC-027 WIRE-016 a name nobody has is UNKNOWN_SERVICE for everybody, also one that is no legal name', async (t) => {
  for (const uid of [0, 1000]) {
    const { client, control } = openControlRoom(t, {}, { pid: 9, uid, gid: uid });
    const one = await client();
    for (const command of [...lifecycle, 'status']) {
      for (const service of ['nobody', '', '../etc', 'a\\b', 'ä'.repeat(500)]) {
        const answer = await one.ask({ command, service });
        t.equal(answer['code'], 'UNKNOWN_SERVICE', `${command} ${service}`);
      }
    }
    t.equal(control.journal.lastId, 0, 'nothing was judged, so no access.denied');
  }
});

t.test('CTL-009 WIRE-017 an operation nobody knows is UNKNOWN_OPERATION for everybody, and ids may be in any case', async (t) => {
  const { client, policy } = openControlRoom(t);
  const id = operationId(0xabc);
  policy.operate(id, 'web', { type: 'restart', source: 'admin' });
  const one = await client();
  t.equal((await one.ask({ command: 'operation-status', operation_id: id.toUpperCase() }))['operation']['id'], id);
  t.equal((await one.ask({ command: 'operation-status', operation_id: operationId(1) }))['code'], 'UNKNOWN_OPERATION');
  const room = openControlRoom(t, {}, { pid: 9, uid: 1000, gid: 1000 });
  const other = await room.client();
  t.equal((await other.ask({ command: 'operation-status', operation_id: operationId(1) }))['code'], 'UNKNOWN_OPERATION');
});

t.test(
  'CTL-009 WIRE-016 start, restart and reload of a service whose definition is gone are UNKNOWN_SERVICE, the others go on',
  async (t) => {
    const { client, policy } = openControlRoom(t);
    policy.set('web', { state: 'active', definitionRemoved: true });
    policy.respond = () => ({ answer: { kind: 'settled' } });
    const one = await client();
    for (const command of ['start', 'restart', 'reload']) {
      const answer = await one.ask({ command, service: 'web' });
      t.equal(answer['code'], 'UNKNOWN_SERVICE');
      t.match(answer['message'], /definition of web was removed/);
    }
    t.same(policy.events, []);
    for (const command of ['stop', 'reset', 'status']) {
      const answer = await one.ask({ command, service: 'web' });
      t.equal(answer['status'], 'ok', command);
      t.equal(answer['definition_removed'], true);
    }
  },
);

t.test('CTL-009 that its definition is gone is told before access is judged, to those without any right too', async (t) => {
  const { client, policy, control } = openControlRoom(t, {}, { pid: 9, uid: 1000, gid: 1000 });
  policy.set('web', { state: 'active', definitionRemoved: true });
  const one = await client();
  const codes: string[] = [];
  for (const command of ['start', 'restart', 'reload']) codes.push((await one.ask({ command, service: 'web' }))['code']);
  t.strictSame(codes, ['UNKNOWN_SERVICE', 'UNKNOWN_SERVICE', 'UNKNOWN_SERVICE']);
  t.equal(control.journal.lastId, 0, 'nothing was judged, so no access.denied');
  for (const command of ['stop', 'reset', 'status'])
    t.equal((await one.ask({ command, service: 'web' }))['code'], 'ACCESS_DENIED', `${command} is judged`);
});

t.test('SHUT-006 WIRE-022 during shutdown changing commands get INVALID_STATE, before target and access', async (t) => {
  const room = openControlRoom(t, {}, { pid: 9, uid: 1000, gid: 1000 });
  room.policy.set('web');
  room.policy.machineView = { ...room.policy.machineView, phase: 'stopping', shuttingDown: true };
  const one = await room.client();
  for (const request of [
    ...lifecycle.map((command) => ({ command, service: 'web' })),
    ...lifecycle.map((command) => ({ command, service: 'nobody' })),
    { command: 'reload-config' },
    { command: 'shutdown', type: 'reboot' },
  ]) {
    const answer = await one.ask(request);
    t.equal(answer['code'], 'INVALID_STATE', JSON.stringify(request));
    t.match(answer['message'], /machine shuts down/);
  }
  t.equal((await one.ask({ command: 'stop' }))['code'], 'INVALID_ARGUMENTS', 'arguments still come first');
  t.same((await one.ask({ command: 'list' }))['services'], []);
  t.equal((await one.ask({ command: 'machine-status' }))['phase'], 'stopping');
  t.equal((await one.ask({ command: 'status', service: 'web' }))['code'], 'ACCESS_DENIED');
  t.equal((await one.ask({ command: 'operation-status', operation_id: operationId(1) }))['code'], 'UNKNOWN_OPERATION');
  t.same(room.shutdowns, []);
  t.same(room.policy.events, []);
});

t.test('SHUT-006 status, list and operation-status still answer during shutdown', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web', { state: 'stopping', cause: 'shutdown_wave' });
  policy.operate(operationId(1), 'web', { type: 'stop', source: 'shutdown' });
  policy.machineView = { ...policy.machineView, phase: 'stopping', shuttingDown: true };
  const one = await client();
  t.equal((await one.ask({ command: 'status', service: 'web' }))['state'], 'stopping');
  t.equal((await one.ask({ command: 'list' }))['services'].length, 1);
  t.equal((await one.ask({ command: 'operation-status', operation_id: operationId(1) }))['operation']['source'], 'shutdown');
});

t.test('CTL-019 every bad request leaves the connection as it is, also when it comes one byte at a time', async (t) => {
  const { client, policy } = openControlRoom(t);
  policy.set('web');
  const one = await client();
  await one.bytewise('{"command":"stop","service":7}\n{"command":"status","service":"web"}\n');
  t.equal((await one.answer())['code'], 'INVALID_ARGUMENTS');
  t.equal((await one.answer())['service'], 'web');
});

t.test('WIRE-016 GEN-017 a service that is not defined yet may be one that the boot has not taken over', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  t.notMatch((await one.ask({ command: 'status', service: 'new' }))['message'], /booting/);
  policy.machineView = { ...policy.machineView, phase: 'booting' };
  t.match(await one.ask({ command: 'start', service: 'new' }), {
    code: 'UNKNOWN_SERVICE',
    message: /no service "new" is defined \(the machine is still booting, and takes changes of the registry over once it has settled\)/,
  });
});
