import t from 'tap';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'], Identity: 'SYSTEM' };
const systemSid = 'S-1-5-18';

/** A line of /proc/PID/status of the main process. */
async function statusLine(machine: Machine, service: string, key: string): Promise<string> {
  const { current_job: job } = await (await machine.client()).status({ service });
  const { stdout } = await machine.run('cat', `/proc/${job?.pid}/status`);
  return stdout.match(new RegExp(`^${key}:\t(.*)$`, 'm'))?.[1]?.trim() ?? '';
}

const marks = (groups: string): readonly number[] =>
  groups
    .split(' ')
    .map(Number)
    .filter((group) => group >= 0x50000000);

const tokenFiles = async (machine: Machine): Promise<readonly string[]> =>
  (await machine.run('ls', '/run/peinit/tokens')).stdout.split('\n').filter((name) => name !== '');

t.test('services of SYSTEM', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      one: { ...sleeper, RuntimeDirectories: ['one'] },
      two: sleeper,
      port: { ...sleeper, RequiredPrivileges: ['SeBindPrivilegedPortPrivilege', 'SeChangeNotifyPrivilege'] },
      nothing: { ...sleeper, RequiredPrivileges: [] },
      wrong: { ...sleeper, RequiredPrivileges: ['SeEverythingPrivilege'] },
      hooked: {
        ...sleeper,
        ExecStartPre: ['/bin/sh -c "grep CapEff /proc/self/status; grep CapEff /proc/self/status"'],
        HookIdentity: 'SYSTEM',
        RequiredPrivileges: ['SeShutdownPrivilege'],
      },
    }),
  });
  const client = await machine.client();

  t.test('ID-001 PRIN-009 BOOT-003 BOOT-005 BOOT-014 each has a mark of its own, and the SID of its service', async (t) => {
    const found = await Promise.all(['registryd', 'one', 'two'].map(async (name) => marks(await statusLine(machine, name, 'Groups'))));
    t.strictSame(
      found.map(({ length }) => length),
      [1, 1, 1],
    );
    t.equal(new Set(found.flat()).size, 3);
    const own = marks((await machine.run('sh', '-c', 'grep Groups /proc/1/status')).stdout.replace('Groups:', ''));
    t.strictSame(own, [], 'process 1 has none');
    for (const [service, sid] of [
      ['registryd', 'S-1-5-80-3593071732-1666014828-967506459-673618303-1085857884'],
      ['one', serviceSid('one')],
    ] as const) {
      const { current_job: job, token, uid } = await client.status({ service, token: true });
      t.strictSame([job?.identity, token?.user, token?.service_sid, token?.integrity, uid], ['SYSTEM', systemSid, sid, 'system', 0]);
      t.ok((token?.privileges.length ?? 0) > 30);
    }
  });

  t.test('DEF-008 ID-010 ID-011 PRIN-004 what is not in RequiredPrivileges is gone from its process, for good', async (t) => {
    const bits = async (service: string, set: string): Promise<bigint> => BigInt(`0x${await statusLine(machine, service, set)}`);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
      t.equal(await bits('port', set), 1n << 10n, set);
      t.equal(await bits('nothing', set), 0n, set);
    }
    t.strictSame([await statusLine(machine, 'port', 'NoNewPrivs'), await statusLine(machine, 'one', 'NoNewPrivs')], ['1', '0']);
    t.ok((await bits('one', 'CapEff')) > 1n << 10n);
    const { token } = await client.status({ service: 'port', token: true });
    t.strictSame(token?.privileges, ['SeChangeNotifyPrivilege', 'SeBindPrivilegedPortPrivilege']);
  });

  t.test('DEF-008 D-20 a privilege that there is not fails the start and is named', async (t) => {
    const { cause, detail } = await client.status({ service: 'wrong' });
    t.equal(cause, 'parent_setup_failure');
    t.match(detail, /RequiredPrivileges names SeEverythingPrivilege, which is no privilege; correct it/);
  });

  t.test('ID-015 ID-018 hooks under HookIdentity keep all privileges, the service itself does not', async (t) => {
    const { output } = await client.status({ service: 'hooked', lines: 10 });
    const [hook] = output.filter(({ process }) => process === 'ExecStartPre[0]').map(({ text }) => text);
    t.ok(BigInt(`0x${hook?.split('\t')[1] ?? 0}`) > 1n << 22n);
    t.equal(BigInt(`0x${await statusLine(machine, 'hooked', 'CapEff')}`) & ~(1n << 22n), 0n);
  });

  t.test('a token is told to the daemons as long as it lives, and to nobody else', async (t) => {
    const [mark] = marks(await statusLine(machine, 'two', 'Groups'));
    t.ok((await tokenFiles(machine)).includes(String(mark)));
    t.match((await machine.run('stat', '-c', '%a %U', `/run/peinit/tokens/${mark}`)).stdout, /^600 root$/m);
    t.match((await machine.run('stat', '-c', '%a %U', '/run/peinit/tokens')).stdout, /^700 root$/m);
    await client.stop({ service: 'two', wait: true });
    await until('the token is dead', async () => !(await tokenFiles(machine)).includes(String(mark)));
    await client.start({ service: 'two', wait: true });
    const [next] = marks(await statusLine(machine, 'two', 'Groups'));
    t.not(next, mark, 'the next start has another one');
  });

  t.test('DEF-059 its runtime directory is its own', async (t) => {
    t.match((await machine.run('stat', '-c', '%a %u:%g', '/run/one')).stdout, /^770 0:0$/m);
  });

  t.test('the machine says that identities are whole here', async (t) => {
    t.equal((await client.machineStatus()).identity_mode, 'full');
  });
});
