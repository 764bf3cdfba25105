/** The control connection of the package: checked answers, timeouts, giving up, connecting again, bounded streams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProtocolError } from '../../../clients/typescript/index.ts';
import { ErrorCode, openControl, protocolVersion } from '../../../clients/typescript/index.ts';
import { longestLine } from '../../../clients/typescript/line-reader.ts';
import { serve } from '../../support/scripted-server.ts';
import { until } from '../../support/wait.ts';

const list = (name: string) => ({ status: 'ok', services: [{ service: name, state: 'active', cause: null, health: null, granted: [] }] });

t.test('an answer is what its type says, without what the framing adds; values and members that are new are kept', async (t) => {
  const entry = { service: 'web', state: 'molten', cause: null, health: null, granted: ['SERVICE_PAINT'], colour: 'red' };
  const { path } = await serve(t, () => ({ status: 'ok', services: [entry] }));
  const control = await openControl({ path });
  t.teardown(() => control.close());
  t.strictSame(await control.list(), { services: [entry] });
});

t.test('a member that is missing or of another type is a ProtocolError, and the next call is answered', async (t) => {
  const answers = [
    { status: 'ok' },
    { status: 'ok', services: [{ ...list('web').services[0], state: 7 }] },
    { status: 'ok', services: [{ ...list('web').services[0], granted: ['A', null] }] },
    { status: 'error', code: 12, message: '' },
    list('web'),
  ];
  const { path } = await serve(t, () => answers.shift() ?? null);
  const control = await openControl({ path });
  t.teardown(() => control.close());
  const calls = await Promise.allSettled(Array.from({ length: 5 }, () => control.list()));
  t.strictSame(
    calls.map((call) => {
      if (call.status === 'fulfilled') return call.value;
      const { name, member, expected, received } = call.reason as ProtocolError;
      return [name, member, expected, received];
    }),
    [
      ['ProtocolError', 'services', 'a list', 'nothing'],
      ['ProtocolError', 'services[0].state', 'a string', '7'],
      ['ProtocolError', 'services[0].granted[1]', 'a string', 'null'],
      ['ProtocolError', 'code', 'a string', '12'],
      { services: list('web').services },
    ],
  );
});

t.test('a refusal has the code of the table, or one that is new', async (t) => {
  const codes = ['UNKNOWN_SERVICE', 'TOO_TIRED'];
  const { path } = await serve(t, () => ({ status: 'error', code: codes.shift(), message: 'no' }));
  const control = await openControl({ path });
  t.teardown(() => control.close());
  await t.rejects(control.status({ service: 'a' }), { name: 'ControlError', code: ErrorCode.UNKNOWN_SERVICE, message: 'no' });
  await t.rejects(control.status({ service: 'a' }), { name: 'ControlError', code: 'TOO_TIRED' });
});

t.test('a call that is not answered in time, or was given up, does not shift the answers of the next ones', async (t) => {
  let release = (): void => undefined;
  const held: object[] = [];
  const { path, asked } = await serve(t, ({ command }, socket) => {
    held.push(command === 'list' ? list(String(held.length)) : { status: 'error', code: 'INVALID_STATE', message: 'never' });
    release = () => void socket.write(held.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    return null;
  });
  const control = await openControl({ path, timeoutMs: 60_000 });
  t.teardown(() => control.close());
  const giveUp = new AbortController();
  const [late, left, third] = [control.list({}, { timeoutMs: 1 }), control.list({}, { signal: giveUp.signal }), control.list()];
  await t.rejects(late, { name: 'TimeoutError', message: 'list was not answered within 0.001 s' });
  giveUp.abort(new Error('enough'));
  await t.rejects(left, { name: 'CancelledError', cause: { message: 'enough' } });
  await t.rejects(control.list({}, { signal: giveUp.signal }), { name: 'CancelledError' }, 'given up before it is sent');
  await until('all three have come', () => asked.length === 3);
  release();
  t.strictSame(await third, { services: list('2').services });
});

t.test('after the end of a connection the next call makes another one, and nothing that may have been read is sent again', async (t) => {
  const { path, asked, connections } = await serve(t, ({ command }, socket) => {
    if (command !== 'start') return list('web');
    socket.destroy();
    return null;
  });
  const control = await openControl({ path });
  t.teardown(() => control.close());
  await control.list();
  await t.rejects(control.start({ service: 'web' }), { name: 'ConnectionError' });
  t.strictSame(await control.list(), { services: list('web').services });
  t.strictSame(
    asked.map(({ command }) => command),
    ['list', 'start', 'list'],
  );
  t.equal(connections.length, 2);
  control.close();
  await t.rejects(control.list(), { name: 'ConnectionError', message: /was closed/ });

  const once = await openControl({ path, reconnects: false });
  await once.list();
  await t.rejects(once.start({ service: 'web' }), { name: 'ConnectionError' });
  await t.rejects(once.list(), { name: 'ConnectionError' });
});

t.test('a socket that is not there yet is waited for', async (t) => {
  await t.rejects(openControl({ path: '/nonexistent/control.sock', patienceMs: 50 }), {
    name: 'ConnectionError',
    message: /there is no control socket/,
  });
});

t.test('a line that is no answer, or does not end, is a ProtocolError', async (t) => {
  const { path } = await serve(t, ({ command }) => (command === 'list' ? 'nonsense\n' : 'x'.repeat(longestLine + 1)));
  const control = await openControl({ path });
  t.teardown(() => control.close());
  await t.rejects(control.list(), { name: 'ProtocolError', message: /does not speak the protocol of peinit/, received: 'nonsense' });
  await t.rejects(control.machineStatus(), { name: 'ProtocolError', message: /^a line of more than/ });
});

t.test(
  'a stream that is not read stops its socket; its lines come in order, and leaving it lets the next call make a connection',
  async (t) => {
    const lines = 60_000;
    const { path, connections } = await serve(t, ({ command }, socket) => {
      if (command !== 'follow') return list('web');
      socket.write('{"status":"ok"}\n');
      for (let lost = 1; lost <= lines; lost++) socket.write(`{"kind":"lagged","lost":${lost}}\n`);
      return null;
    });
    const control = await openControl({ path });
    t.teardown(() => control.close());
    const followed = control.follow();
    await followed.opened;
    await until('the server cannot write on', () => (connections[0]?.writableLength ?? 0) > 0);
    await t.rejects(control.list(), { name: 'ConnectionError', message: /that of the stream follow/ });
    let last = 0;
    for await (const { lost = 0 } of followed) {
      if (lost !== last + 1) t.fail(`${lost} behind ${last}`);
      last = lost;
      if (last === lines) break;
    }
    t.strictSame(await control.list(), { services: list('web').services });
  },
);

t.test('lines of a stream are checked, events by their names; unknown ones are handed on', async (t) => {
  const told = [
    { kind: 'event', id: 1, timestamp: 'now', event: 'paint.dried', payload: { wall: 3 } },
    { kind: 'weather', id: 2 },
    { kind: 'event', id: 3, timestamp: 'now', event: 'log', payload: { level: 'info' } },
  ];
  const { path } = await serve(t, () => ['{"status":"ok"}', ...told.map((line) => JSON.stringify(line)), ''].join('\n'));
  const control = await openControl({ path });
  t.teardown(() => control.close());
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const line of control.subscribe()) seen.push(line);
  })();
  await t.rejects(reading, { name: 'ProtocolError', member: 'payload.service' });
  t.strictSame(seen, told.slice(0, 2));
});

t.test('a stream that is refused leaves the connection to others', async (t) => {
  const { path, connections } = await serve(t, ({ command }) =>
    command === 'subscribe' ? { status: 'error', code: 'ACCESS_DENIED', message: 'no' } : list('web'),
  );
  const control = await openControl({ path });
  t.teardown(() => control.close());
  await t.rejects(control.subscribe()[Symbol.asyncIterator]().next(), { name: 'ControlError', code: 'ACCESS_DENIED' });
  await control.list();
  t.equal(connections.length, 1);
});

t.test('O-169 the versions of the protocol are compared when they are asked for', async (t) => {
  const [machine = ''] = readFileSync(join(import.meta.dirname, '../../../gen/golden/control/machine-status.answer.jsonl'), 'utf8').split(
    '\n',
  );
  const library = protocolVersion;
  const { major, minor } = library;
  const versions = [library, { major, minor: minor + 1 }, { major, minor: minor - 1 }, { major: major + 1, minor: 0 }, undefined];
  const { path, asked } = await serve(t, () => ({ ...JSON.parse(machine), protocol: versions.shift() }));
  const control = await openControl({ path });
  t.teardown(() => control.close());
  t.equal(asked.length, 0, 'nothing is asked by itself');
  t.strictSame(await control.checkProtocol(), { daemonIs: 'same', daemon: library, library });
  t.strictSame(await control.checkProtocol(), { daemonIs: 'newer', daemon: { major, minor: minor + 1 }, library });
  if (minor > 0) t.strictSame(await control.checkProtocol(), { daemonIs: 'older', daemon: { major, minor: minor - 1 }, library });
  else versions.shift();
  await t.rejects(control.checkProtocol(), { name: 'ProtocolError', expected: `${major}.x`, received: `${major + 1}.0` });
  await t.rejects(control.checkProtocol(), { name: 'ProtocolError', member: 'protocol', received: 'nothing' });
});
