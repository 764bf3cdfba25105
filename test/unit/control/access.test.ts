import t from 'tap';
import type { Access, AccessVerdict } from '../../../src/control/access.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { operationId } from '../../support/fake-policy.ts';

t.test(
  'WIRE-015 SEC-005 a caller that is not SYSTEM gets ACCESS_DENIED, is named in the record, and the connection stays open',
  async (t) => {
    const { client, policy, control, shutdowns, reloads } = openControlRoom(t, {}, { pid: 33, uid: 1000, gid: 1000 });
    policy.set('web', { state: 'active' });
    policy.operate(operationId(1), 'web');
    policy.events.length = 0;
    const one = await client();
    const needs: [object, RegExp, string | null, string[], number][] = [
      [{ command: 'start', service: 'web' }, /start needs SERVICE_START on service web/, 'web', ['SERVICE_START'], 2],
      [{ command: 'stop', service: 'web' }, /stop needs SERVICE_STOP/, 'web', ['SERVICE_STOP'], 4],
      [{ command: 'restart', service: 'web' }, /needs SERVICE_STOP and SERVICE_START/, 'web', ['SERVICE_STOP', 'SERVICE_START'], 6],
      [{ command: 'reload', service: 'web' }, /reload needs SERVICE_INTERROGATE/, 'web', ['SERVICE_INTERROGATE'], 8],
      [{ command: 'reset', service: 'web' }, /reset needs SERVICE_STOP/, 'web', ['SERVICE_STOP'], 4],
      [{ command: 'status', service: 'web' }, /status needs SERVICE_QUERY_STATUS/, 'web', ['SERVICE_QUERY_STATUS'], 1],
      [
        { command: 'operation-status', operation_id: operationId(1) },
        /needs SERVICE_QUERY_STATUS on service web/,
        'web',
        ['SERVICE_QUERY_STATUS'],
        1,
      ],
      [{ command: 'shutdown', type: 'halt' }, /shutdown needs SYSTEM_SHUTDOWN on the machine/, null, ['SYSTEM_SHUTDOWN'], 1],
      [{ command: 'reload-config' }, /reload-config needs SYSTEM_RELOAD_CONFIG on the machine/, null, ['SYSTEM_RELOAD_CONFIG'], 2],
    ];
    for (const [request, why, target, rights, requested] of needs) {
      const before = control.journal.lastId;
      const answer = await one.ask(request);
      t.equal(answer['code'], 'ACCESS_DENIED', JSON.stringify(request));
      t.match(answer['message'], why);
      const { entries } = control.journal.after(before);
      t.equal(entries.length, 1);
      t.equal(entries[0]?.service, null);
      const { event, payload } = JSON.parse(entries[0]!.line);
      t.equal(event, 'access.denied');
      t.strictSame(payload, { caller: 'S-1-22-1-1000 (process 33)', target, rights, requested, granted: 0 });
    }
    t.same(policy.events, []);
    t.same(shutdowns, []);
    t.same(reloads, []);
  },
);

t.test('SEC-013 list of a caller without rights is empty, and machine-status hides names from it', async (t) => {
  const { client, policy } = openControlRoom(t, {}, { pid: 33, uid: 1000, gid: 1000 });
  policy.set('web', { state: 'failed' });
  policy.machineView = { ...policy.machineView, phase: 'booting', failed: ['web'], waitingFor: ['db'] };
  const one = await client();
  t.same(await one.ask({ command: 'list' }), { status: 'ok', services: [] });
  const machine = await one.ask({ command: 'machine-status' });
  t.equal(machine['phase'], 'booting');
  t.same(machine['failed'], []);
  t.same(machine['waiting_for'], []);
});

t.test('SEC-013 list shows exactly the services on which the caller may query the status, whatever else it may do', async (t) => {
  const query = 0x1;
  const granted: Readonly<Record<string, number>> = { alpha: query, beta: 0xe, gamma: 0xf, delta: 0 };
  const access: Access = {
    ...judgeBy(0),
    toService: (_caller, service, rights) => ((rights & ~(granted[service] ?? 0)) === 0 ? 'granted' : 'denied'),
  };
  const { client, policy } = openControlRoom(t, { access });
  for (const name of ['delta', 'gamma', 'beta', 'alpha']) policy.set(name);
  policy.machineView = { ...policy.machineView, failed: ['alpha', 'beta', 'delta'] };
  const one = await client();
  const { services } = await one.ask({ command: 'list' });
  t.strictSame(
    services.map(({ service }: { service: string }) => service),
    ['alpha', 'gamma'],
  );
  t.strictSame((await one.ask({ command: 'machine-status' }))['failed'], ['alpha']);
});

t.test('CTL-017 a connection without credentials is closed without a byte', async (t) => {
  const { client } = openControlRoom(t, {}, -107);
  const one = await client();
  one.send({ command: 'list' });
  t.equal(await one.end(), '');
});

t.test('without a twin the kernel says who connected', async (t) => {
  const seen: unknown[] = [];
  const { client } = openControlRoom(t, { shutdown: (_type, reason) => void seen.push(reason) }, null);
  const one = await client();
  const answer = await one.ask({ command: 'shutdown', type: 'halt' });
  if (process.getuid?.() === 0) {
    t.equal(answer['status'], 'ok');
    t.match(seen[0], `process ${process.pid}`);
  } else t.equal(answer['code'], 'ACCESS_DENIED');
});

/** Grants by right; the mask that fails makes the evaluation fail. */
function judgeBy(allowed: number, broken = false): Access {
  const judge = (rights: number): AccessVerdict => (broken ? 'failed' : (rights & ~allowed) === 0 ? 'granted' : 'denied');
  return {
    admit: () => ({ pid: 5, uid: 5, sid: 'S-1-5-21-5', isSystem: false }),
    hasStanding: () => true,
    toService: (_caller, _service, rights) => judge(rights),
    toMachine: (_caller, rights) => judge(rights),
  };
}

t.test('SEC-005 restart needs both rights, and the record says which one was there', async (t) => {
  const { client, policy, control } = openControlRoom(t, { access: judgeBy(0x4) });
  policy.set('web');
  const one = await client();
  t.equal((await one.ask({ command: 'restart', service: 'web' }))['code'], 'ACCESS_DENIED');
  const [record] = control.journal.after(0).entries;
  t.strictSame(JSON.parse(record!.line)['payload'], {
    caller: 'S-1-5-21-5 (process 5)',
    target: 'web',
    rights: ['SERVICE_STOP', 'SERVICE_START'],
    requested: 6,
    granted: 4,
  });
});

t.test('SEC-005 each right that was there is in the record, whichever it is', async (t) => {
  for (const granted of [0x2, 0x4]) {
    const { client, policy, control } = openControlRoom(t, { access: judgeBy(granted | 0x1) });
    policy.set('web');
    t.equal((await (await client()).ask({ command: 'restart', service: 'web' }))['code'], 'ACCESS_DENIED');
    const [record] = control.journal.after(0).entries;
    t.equal(JSON.parse(record!.line)['payload'].granted, granted);
  }
});

t.test('WIRE-024 a descriptor that cannot be evaluated is INTERNAL_ERROR, and nothing is done', async (t) => {
  const { client, policy } = openControlRoom(t, { access: judgeBy(0xf, true) });
  policy.set('web');
  const one = await client();
  for (const command of ['start', 'stop', 'status'])
    t.match(await one.ask({ command, service: 'web' }), {
      code: 'INTERNAL_ERROR',
      message: /descriptor of service web cannot be evaluated/,
    });
  t.same(policy.events, []);
  t.same((await one.ask({ command: 'list' }))['services'], []);
});
