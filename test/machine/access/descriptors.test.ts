/** Descriptors of the registry against callers of a real machine: SYSTEM, users of Linux, nobody. */
import t from 'tap';
import { descriptorWith } from '../../support/identities.ts';
import { only } from '../../support/lists.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const user = 'S-1-22-1-1000';
const group = 'S-1-22-2-2000';
const system = 'S-1-5-18';

const bytes = (entries: Parameters<typeof descriptorWith>[0]): Buffer => Buffer.from(descriptorWith(entries));
const hex = (entries: Parameters<typeof descriptorWith>[0]): { hex: string } => ({ hex: bytes(entries).toString('hex') });
/** As peiosctl registry set takes it. */
const base64 = (entries: Parameters<typeof descriptorWith>[0]): string => bytes(entries).toString('base64');
const whole = { sid: system, mask: 0xf000f };
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };

/** Runs peiosctl as a user of Linux in one more group. */
const asUser = (machine: Machine, ...words: readonly string[]) =>
  machine.run('setpriv', '--reuid=1000', '--regid=1000', '--groups=2000', 'peiosctl', ...words);

const json = async (machine: Machine, ...words: readonly string[]) => {
  const { stdout } = await asUser(machine, ...words, '--json');
  return JSON.parse(stdout);
};

t.test('O-29 SEC-002 SEC-006 PRIN-006 a user of Linux may do what the descriptors say, and learns no more', { skip }, async (t) => {
  const services = {
    // Start and stop only.
    pressed: { ...sleeper, ServiceSecurity: hex([whole, { sid: user, mask: 0x6 }]) },
    // By a group, query only.
    seen: { ...sleeper, ServiceSecurity: hex([whole, { sid: group, mask: 0x1 }]) },
    hidden: { ...sleeper, Triggers: ['boot'] },
    broken: { ...sleeper, ServiceSecurity: { hex: '0102' } },
  };
  const machine = await bootSettled(t, { registry: withServices(services) });
  const { services: rows } = await json(machine, 'list');
  t.strictSame(only(rows, 'service', 'state', 'granted'), [{ service: 'seen', state: 'inactive', granted: ['SERVICE_QUERY_STATUS'] }]);
  t.match((await asUser(machine, 'list')).stdout, /SERVICE +STATE +CAUSE +HEALTH +YOU MAY\nseen +inactive +- +- +-\n/);
  t.match(await asUser(machine, 'status', 'hidden'), {
    status: 1,
    stderr: /ACCESS_DENIED: status needs SERVICE_QUERY_STATUS on service hidden, which S-1-22-1-1000 does not hold\./,
  });
  const started = await json(machine, 'start', 'pressed');
  t.strictSame(started, { status: 'ok', operation_id: '', service: 'pressed', state: 'active', cause: null, warnings: [] });
  t.match(await asUser(machine, 'start', '--no-wait', 'pressed'), { status: 0, stdout: /^pressed: active \(nothing to do\)\n$/ });
  t.match(await asUser(machine, 'stop', '--no-wait', 'pressed'), {
    status: 0,
    stdout: /^pressed: asked for; how it goes on is not yours to see\n$/,
  });
  t.match(await asUser(machine, 'status', 'pressed'), { status: 1, stderr: /ACCESS_DENIED/ });
  t.match(await asUser(machine, 'reload', 'pressed'), { status: 1, stderr: /ACCESS_DENIED: reload needs SERVICE_INTERROGATE/ });
  for (const command of ['status', 'start'])
    t.match(await machine.run('peiosctl', command, 'broken'), {
      status: 1,
      stderr: /INTERNAL_ERROR: the security descriptor of service broken cannot be evaluated, so nothing was done: .*ServiceSecurity is no/,
    });
  t.match(await asUser(machine, 'shutdown', 'poweroff'), {
    status: 1,
    stderr: /ACCESS_DENIED: shutdown needs SYSTEM_SHUTDOWN on the machine/,
  });
  t.match(await machine.run('peiosctl', 'status', 'hidden'), { status: 0 });
});

t.test(
  'DEF-045 SEC-009 SEC-010 GEN-016 a descriptor that is written holds for the next request, also when another definition is wrong',
  { skip },
  async (t) => {
    const services = { web: { ...sleeper, ServiceSecurity: hex([whole]) }, other: sleeper };
    const machine = await bootSettled(t, { registry: withServices(services) });
    const key = (name: string): string => `Machine\\System\\Services\\${name}`;
    const set = (where: string, name: string, type: string, value: string) =>
      machine.run('peiosctl', 'registry', 'set', where, name, value, '--type', type, '--force');
    t.match(await asUser(machine, 'status', 'web'), { status: 1, stderr: /ACCESS_DENIED/ });
    await set(key('other'), 'ImagePath', 'SZ', 'relative');
    await set(key('web'), 'ServiceSecurity', 'BINARY', base64([whole, { sid: user, mask: 0x1 }]));
    t.match(await asUser(machine, 'status', 'web'), { stdout: /state +inactive\n(?:.*\n)*.*you may +only look at it/ });
    await set(
      'Machine\\System\\Init',
      'ControlSecurity',
      'BINARY',
      base64([
        { sid: system, mask: 0xf0003 },
        { sid: user, mask: 0x2 },
      ]),
    );
    t.strictSame((await json(machine, 'whoami'))['granted'], ['SYSTEM_RELOAD_CONFIG']);
    await set(key('web'), 'ServiceSecurity', 'BINARY', base64([whole]));
    t.match(await asUser(machine, 'status', 'web'), { status: 1, stderr: /ACCESS_DENIED/ });
  },
);

t.test(
  'CTL-008 SEC-029 O-87 PRIN-007 SEC-007 whoami tells callers who they are, and a refusal is a record with who it was',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
    const { pid, ...rest } = await json(machine, 'whoami');
    t.type(pid, 'number');
    t.strictSame(only([rest], 'user', 'uid', 'recognised_by', 'integrity', 'privileges', 'token_id', 'granted'), [
      { user, uid: 1000, recognised_by: 'linux_user', integrity: 'medium', privileges: [], token_id: null, granted: [] },
    ]);
    t.strictSame(
      rest.groups.map(({ sid }: { sid: string }) => sid),
      ['S-1-22-2-1000', group, 'S-1-1-0', 'S-1-5-11'],
    );
    t.match(
      (await machine.run('peiosctl', 'whoami')).stdout,
      /^SYSTEM \(S-1-5-18\)\n {2}known by +uid 0, which counts as SYSTEM on this machine\n/,
    );
    t.match((await asUser(machine, 'stop', 'web')).status, 1);
    const turnedBack =
      'use Socket; $) = "1000 1000"; $> = 1000; socket(my $s, AF_UNIX, SOCK_STREAM, 0); ' +
      'connect($s, pack_sockaddr_un("/run/peinit/control.sock")) or die; $> = 0; ' +
      'syswrite $s, qq({"command":"whoami"}\n); sysread $s, my $answer, 9999; print $answer';
    t.match(
      JSON.parse((await machine.run('perl', '-e', turnedBack)).stdout),
      { user, uid: 1000, recognised_by: 'linux_user' },
      'as it was when it connected',
    );
    for await (const line of (await machine.client()).subscribe({ events: ['access.denied'], since: 0 })) {
      if (line.event !== 'access.denied' || line.payload.target !== 'web') continue;
      t.match(line.payload, { target: 'web', requested: 4, granted: 0, sid: user, token_id: null });
      break;
    }
  },
);
