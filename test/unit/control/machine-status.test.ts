import t from 'tap';
import { beginBoot } from '../../../src/boot/machine-state.ts';
import { inCgroups, openControlRoom } from '../../support/control-room.ts';
import { momentAt } from '../../support/fake-policy.ts';
import { until } from '../../support/wait.ts';

t.test(
  'BOOT-092 O-169 machine-status tells mode, phase, reason, boot id, when it settled, what failed, ' +
    'what is waited for, when its steps were done and the version of the protocol',
  async (t) => {
    const room = openControlRoom(t, {
      machineInfo: () => ({
        mode: 'safe',
        reason: null,
        bootId: 'the-boot',
        identityMode: 'single_uid',
        times: { ...beginBoot({ ...momentAt(0), realtime: 1n }, true), registryReady: 2_000_000_000n },
        warnings: ['the clock may not be set here'],
        attempts: { attempt: 1, limit: 3, ends: [] },
        containment: { mode: 'process_tree', mark: 'group', weaker: ['much'] },
      }),
    });
    const { client, policy } = room;
    policy.machineView = {
      ...policy.machineView,
      phase: 'booting',
      settledAt: null,
      failed: ['db'],
      restarting: ['app'],
      waitingFor: ['web'],
      shuttingDown: false,
      zone: 'UTC',
    };
    const one = await client();
    t.strictSame(await one.ask({ command: 'machine-status' }), {
      status: 'ok',
      mode: 'safe',
      phase: 'booting',
      reason: null,
      boot_id: 'the-boot',
      settled_at: null,
      failed: ['db'],
      waiting_for: ['web'],
      warnings: ['the clock may not be set here'],
      times: {
        started_at: '1970-01-01T00:00:00.000000001Z',
        registry_started_at: null,
        registry_ready_at: '1970-01-01T00:00:02.000000000Z',
        definitions_read_at: null,
        definitions_loaded_at: null,
      },
      restarting: ['app'],
      settled_seconds: null,
      identity_mode: 'single_uid',
      containment: { mode: 'process_tree', mark: 'group', weaker: ['much'] },
      protocol: { major: 1, minor: 1 },
    });
    policy.machineView = { ...policy.machineView, phase: 'settled', settledAt: momentAt(0), waitingFor: [] };
    room.uptime = 5_999_999_999n;
    const settled = await one.ask({ command: 'machine-status', wait: true });
    t.strictSame([settled['settled_at'], settled['settled_seconds']], ['2026-06-01T12:34:56.123456789Z', 5]);
  },
);

t.test('BOOT-092 wait ends when the machine has settled', async (t) => {
  const { client, policy, control } = openControlRoom(t);
  policy.machineView = { ...policy.machineView, phase: 'booting' };
  const clients = await Promise.all(Array.from({ length: 5 }, () => client()));
  for (const one of clients) one.send({ command: 'machine-status', wait: true }, { command: 'list' });
  const other = await client();
  t.equal((await other.ask({ command: 'machine-status', wait: false }))['phase'], 'booting');
  control.onPhaseChanged();
  t.equal((await other.ask({ command: 'machine-status' }))['phase'], 'booting');
  t.ok(clients.every((one) => !one.hasLine));
  clients[4]!.close();
  policy.machineView = { ...policy.machineView, phase: 'settled', settledAt: momentAt(0) };
  control.onEffect({ kind: 'settled' });
  for (const one of clients.slice(0, 4)) {
    t.equal((await one.answer())['phase'], 'settled');
    t.ok('services' in (await one.answer()));
  }
});

t.test('BOOT-092 wait ends with a shutdown and with recovery', async (t) => {
  for (const phase of ['stopping', 'recovery'] as const) {
    let mode: 'full' | 'recovery' = 'full';
    const { client, policy, control } = openControlRoom(t, {
      machineInfo: () => ({
        mode,
        reason: 'because',
        bootId: 'b',
        identityMode: 'full',
        times: beginBoot(momentAt(0), true),
        warnings: [],
        attempts: { attempt: 1, limit: 3, ends: [] },
        containment: inCgroups,
      }),
    });
    policy.machineView = { ...policy.machineView, phase: 'booting' };
    const one = await client();
    one.send({ command: 'machine-status', wait: true });
    const other = await client();
    await other.ask({ command: 'list' });
    if (phase === 'stopping') policy.machineView = { ...policy.machineView, phase, shuttingDown: true };
    else mode = 'recovery';
    control.onPhaseChanged();
    await until('the answer', () => one.hasLine);
    t.match(await one.answer(), { phase, reason: 'because', mode });
  }
});

t.test('SEC-013 what is wrong with definitions is told to those who may have them read again, and to nobody else', async (t) => {
  const refusal = 'nothing was changed: service web: Type is 9';
  const remedy = 'Look at the names in list, or define the service.';
  const told = async (uid: number): Promise<readonly unknown[]> => {
    const { client } = openControlRoom(t, { refusedChanges: () => refusal }, { pid: 4711, uid, gid: uid });
    const one = await client();
    const { warnings } = await one.ask({ command: 'machine-status' });
    return [warnings, (await one.ask({ command: 'status', service: 'nope' }))['message']];
  };
  t.strictSame(await told(0), [
    [`changes of the registry are not taken over: ${refusal}`],
    `no service "nope" is defined (what stands in the registry now is not in force: ${refusal}). ${remedy}`,
  ]);
  t.strictSame(await told(1001), [
    ['changes of the registry are not taken over: who may reload the configuration sees why'],
    `no service "nope" is defined (what stands in the registry now is not in force). ${remedy}`,
  ]);
});

t.test('a registryd that is not up is a warning with a remedy', async (t) => {
  const { client, policy } = openControlRoom(t);
  const one = await client();
  const warnings = async () => (await one.ask({ command: 'machine-status' }))['warnings'];
  policy.set('registryd', { state: 'active' });
  t.strictSame(await warnings(), []);
  policy.set('registryd', { state: 'inactive' });
  t.strictSame(await warnings(), [
    'registryd is inactive: the registry cannot be read or changed until it is up; `peiosctl start registryd` starts it',
  ]);
});
