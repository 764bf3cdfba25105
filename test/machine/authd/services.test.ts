/** Services of each kind of identity on a real machine: what the kernel knows of them, and what they can do to each other. */
import t from 'tap';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, said, shell, withServices } from '../../support/machine.ts';
import { perl } from '../../support/perl.ts';

const skip = cannotRun;
const sleeper = { ImagePath: '/bin/sleep', Arguments: ['1000'], Readiness: 'Alive', Triggers: ['boot'] };
const authority = 'Machine\\System\\Authority';

const registry = {
  ...withServices({
    one: { ...sleeper, Identity: 'LocalService', RuntimeDirectories: ['own'] },
    two: { ...sleeper, Identity: '' },
    net: { ...sleeper, Identity: 'NetworkService' },
    app: { ...sleeper, Identity: 'app', RuntimeDirectories: ['app'] },
    tells: { ...shell('env | sort'), Type: 'Oneshot', Identity: 'app', AccountEnvironment: true },
    more: { ...sleeper, Identity: 'app' },
    www: { ...sleeper, Identity: 'www-data' },
    port: { ...sleeper, Identity: 'LocalService' },
    asks: {
      ...perl(
        'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un("/run/authd/authd.sock")) or die; ' +
          'syswrite $s, qq({"identity":"LocalService","service":"one"}\\n); sysread $s, my $answer, 999; print $answer',
      ),
      Type: 'Oneshot',
      RequiredPrivileges: ['SeRestorePrivilege'],
      Requires: ['authd'],
    },
    reduced: { ...sleeper, Identity: 'SYSTEM', RequiredPrivileges: [] },
    broken: { ...sleeper, Identity: 'broken' },
    nobody: { ...sleeper, Identity: 'nobody-at-all', RestartPolicy: 'Never' },
    root: { ...sleeper, Identity: 'unix:root', RestartPolicy: 'Never' },
  }),
  [`${authority}\\Accounts`]: {},
  [`${authority}\\Accounts\\app`]: { Groups: ['team'], FullName: 'the application' },
  [`${authority}\\Accounts\\broken`]: { Groups: ['nothing'] },
  [`${authority}\\Groups`]: {},
  [`${authority}\\Groups\\team`]: {},
  [`${authority}\\Privileges`]: {},
  [`${authority}\\Privileges\\service:port`]: { Privileges: ['SeBindPrivilegedPortPrivilege'] },
};

interface Ids {
  readonly uid: string;
  readonly gid: string;
  readonly groups: readonly string[];
  readonly capabilities: string;
  readonly noNewPrivileges: string;
}

async function idsOf(machine: Machine, service: string): Promise<Ids> {
  const pid = (await (await machine.client()).status({ service })).current_job?.pid;
  const { stdout } = await machine.run('cat', `/proc/${pid}/status`);
  const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  const [uid = ''] = line('Uid').split('\t');
  const [gid = ''] = line('Gid').split('\t');
  const groups = line('Groups').trim().split(' ');
  return {
    uid,
    gid,
    groups: groups.filter((each) => Number(each) < 0x5000_0000),
    capabilities: line('CapEff'),
    noNewPrivileges: line('NoNewPrivs'),
  };
}

t.test('ID-002 ID-006 DEF-007 BOOT-045 O-31 O-32 services have the identity that they name', { skip }, async (t) => {
  const machine = await bootSettled(t, { authority: true, registry });
  const run = async (...words: readonly string[]): Promise<string> => (await machine.run(...words)).stdout.trim();
  const client = await machine.client();
  const state = async (service: string): Promise<string> => (await client.status({ service })).state;
  for (const service of ['one', 'two', 'net', 'app', 'more', 'www', 'port', 'authd']) t.equal(await state(service), 'active', service);

  const ids = new Map<string, Ids>();
  for (const service of ['one', 'two', 'net', 'app', 'more', 'www', 'port']) ids.set(service, await idsOf(machine, service));
  const of = (service: string): Ids => ids.get(service) as Ids;
  t.equal(new Set(['one', 'two', 'net', 'app', 'www', 'port'].map((service) => of(service).uid)).size, 6, 'a uid each');
  t.equal(of('app').uid, of('more').uid, 'an account has one for all its services');
  t.equal(of('www').uid, await run('id', '-u', 'www-data'));
  for (const service of ['one', 'two', 'net', 'app', 'www'])
    t.match(of(service), { capabilities: '0000000000000000', noNewPrivileges: '1' }, service);
  t.equal(of('port').capabilities, '0000000000000400', 'CAP_NET_BIND_SERVICE alone');

  t.equal(
    await run('getent', 'passwd', of('one').uid),
    `ls-one:!peinit:${of('one').uid}:${of('one').gid}:LocalService of one:/:/usr/sbin/nologin`,
  );
  t.match(await run('getent', 'passwd', of('net').uid), /^ns-net:!peinit:/);
  t.match(await run('getent', 'passwd', 'app'), `app:!peinit:${of('app').uid}:${of('app').uid}:the application:/:/usr/sbin/nologin`);
  t.match(await run('getent', 'group', 'team'), /^team:!peinit:\d+:app$/);
  const team = (await run('getent', 'group', 'team')).split(':')[2] ?? '';
  t.ok(of('app').groups.includes(team), 'the groups of its account');
  t.equal((await run('getent', 'group', of('one').gid)).split(':')[0], 'svc-one');
  t.match(await run('head', '-1', '/etc/passwd'), /^root:/);

  const show = JSON.parse(await run('peiosctl', 'principal', 'show', 'LocalService', '--service', 'one', '--json'));
  t.match(show, { user: 'S-1-5-19', uid: Number(of('one').uid), gid: Number(of('one').gid), integrity: 'medium' });
  t.ok(show.groups.includes(serviceSid('one')) && !show.groups.includes(serviceSid('two')));

  const kill = async (service: string, other: string): Promise<string> => {
    const pid = (await client.status({ service: other })).current_job?.pid;
    const { uid, gid } = of(service);
    return (await machine.run('setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', 'kill', '-0', `${pid}`)).stderr;
  };
  t.match(await kill('one', 'two'), /Operation not permitted/);
  t.match(await kill('one', 'net'), /Operation not permitted/);
  t.equal(await kill('one', 'one'), '');

  t.test('DEF-059 O-28 its runtime directories belong to an identity, and its account is in its environment', async (t) => {
    const owner = (path: string): Promise<string> => run('stat', '-c', '%a %u %g', path);
    t.equal(await owner('/run/own'), `770 ${of('one').uid} ${of('one').gid}`);
    t.equal(await owner('/run/app'), `770 ${of('app').uid} ${of('app').gid}`);
    await client.start({ service: 'tells', wait: true });
    const variables = said(await client.status({ service: 'tells', lines: 100 }));
    t.strictSame(
      variables.filter((each) => /^(HOME|USER|LOGNAME|SHELL)=/.test(each)),
      ['HOME=/', 'LOGNAME=app', 'SHELL=/usr/sbin/nologin', 'USER=app'],
    );
  });

  t.test('ID-003 PRIN-010 process 1 stays what it is, whatever it starts', async (t) => {
    const own = (): Promise<string> => run('grep', '-E', '^(Uid|Gid|Groups|Cap.*|NoNewPrivs):', '/proc/1/status');
    const before = await own();
    t.match(before, /^Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n/);
    t.match(before, /^NoNewPrivs:\t0$/m);
    for (const service of ['one', 'app', 'port', 'reduced']) await client.restart({ service, wait: true });
    t.equal(await own(), before);
  });

  t.test('SEC-022 PRIN-005 uid 0 alone gets nobody a token of others', async (t) => {
    await client.start({ service: 'asks', wait: true });
    t.match(said(await client.status({ service: 'asks' })).join(), /"code":"DENIED".*only SYSTEM with SeTcbPrivilege/);
    t.match(said(await client.status({ service: 'authd' })).join(), /tokens of others are refused to S-1-5-18 \(uid 0, process \d+\)/);
  });

  for (const [service, message] of [
    ['broken', /Accounts\\broken\\Groups names "nothing", which is no group.*IDENTITY_BROKEN/],
    ['nobody', /no account in the registry and no user in \/etc\/passwd called "nobody-at-all".*IDENTITY_NOT_FOUND/],
    ['root', /root has no token.*DENIED/],
  ] as const) {
    const status = await client.status({ service });
    t.match(status, { cause: 'parent_setup_failure' }, service);
    t.match(JSON.stringify(status).replaceAll('\\\\', '\\').replaceAll('\\"', '"'), message);
  }
});

t.test('peiosctl principal adds, shows, grants, revokes and removes', { skip }, async (t) => {
  const machine = await bootSettled(t, { authority: true, registry: withServices({ web: { ...sleeper, Identity: 'LocalService' } }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', 'principal', ...words);
  const added = await run('add', 'app', '--home', '/srv', '--full-name', 'the application');
  t.match(added, { status: 0, stderr: '', stdout: /^account app: S-1-5-21-\d+-\d+-\d+-1000, uid 4\d{4}\n$/ });
  const uid = /uid (\d+)/.exec(added.stdout)?.[1] ?? '';
  t.equal((await machine.run('getent', 'passwd', 'app')).stdout, `app:!peinit:${uid}:${uid}:the application:/srv:/usr/sbin/nologin\n`);
  t.match(await run('add', 'app'), { status: 2, stderr: /Accounts\\app already/ });
  t.match(await run('add', 'No Name'), { status: 2, stderr: /is no name of an account or group/ });
  t.match(await run('add', 'www-data'), { status: 2, stderr: /Set Uid to 33 if the account is that user/ });
  t.match(await run('add', 'lost', '--group', 'nothing'), { status: 2, stderr: /nothing was added: .*names "nothing", which is no group/ });
  t.match(await run('add', 'high', '--uid', '40001'), { status: 2, stderr: /from the numbers that are given/ });
  t.match(await run('add-group', 'team'), { status: 0, stdout: /^group team: S-1-5-21-\d+-\d+-\d+-1001, gid 4\d{4}\n$/ });
  t.match(await run('add-group', 'backup'), { status: 2, stderr: /\/etc\/group has a group backup: with --gid 34 it is that one/ });
  t.match(await run('join', 'app', 'team'), { status: 0, stdout: '' });
  t.match(await run('join', 'app', 'TEAM'), { status: 2, stderr: /is in TEAM already/ });
  t.equal((await machine.run('getent', 'group', 'team')).stdout.split(':')[3], 'app\n');

  const restart = /^counts from the next start: peiosctl restart web\n$/;
  t.match(await run('grant', 'service:web', 'SeBindPrivilegedPort', 'selockmemoryprivilege'), { status: 0, stdout: restart, stderr: '' });
  t.match(await run('grant', 'LocalService', 'SeAudit'), { status: 0, stdout: restart });
  t.match(await run('grant', 'app', 'SeTcb'), { status: 2, stderr: /only SYSTEM has/ });
  t.match(await run('grant', 'app', 'SeNothing'), { status: 2, stderr: /there is no privilege SeNothing/ });
  t.match(await run('grant', 'app', 'cap_net_bind_service'), { status: 2, stderr: /is SeBindPrivilegedPortPrivilege meant\?/ });
  t.match(await run('grant', 'unknown', 'SeAudit'), { status: 2, stderr: /there is nobody called unknown; of a service/ });
  t.match(await run('grant', 'unix:tty', 'SeAudit'), { status: 2, stderr: /the group of Linux is named by its SID: S-1-22-2-5/ });
  t.match(await run('join', 'daemon', 'team'), { status: 2, stderr: /daemon is one of Linux, .*unix:daemon/ });
  const privileges = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse((await run('show', ...words, '--json')).stdout).privileges;
  const all = ['SeLockMemoryPrivilege', 'SeAuditPrivilege', 'SeChangeNotifyPrivilege', 'SeBindPrivilegedPortPrivilege'];
  t.strictSame(await privileges('LocalService', '--service', 'web'), all);
  t.strictSame(await privileges('LocalService', '--service', 'db'), ['SeAuditPrivilege', 'SeChangeNotifyPrivilege']);
  t.match(await run('revoke', 'service:web', 'SeLockMemory'), { status: 0, stdout: restart });
  t.match(await run('revoke', 'service:web', 'SeLockMemory'), { status: 2, stderr: /is not granted to service:web itself/ });
  t.match(await run('revoke', 'app', 'SeChangeNotify'), { status: 2, stderr: /everyone has SeChangeNotifyPrivilege/ });
  t.strictSame(await privileges('service:WEB'), ['SeBindPrivilegedPortPrivilege']);
  const { stdout } = await run('list');
  t.match(stdout, /^NAME +KIND +SID +ID +PRIVILEGES\napp +account +S-1-5-21-\S+ +4\d{4} +-\nteam +group/);
  t.match(stdout, /^service:web +principal +S-1-5-80-\S+ +- +SeBindPrivilegedPortPrivilege$/m);
  t.match(await run('remove', 'team'), { status: 0, stdout: '' });
  t.match(await run('show', 'app', '--json'), { status: 0, stdout: /"groups":\["S-1-1-0","S-1-5-11","S-1-2-0"\]/ });
  t.match(await machine.run('peiosctl', 'registry', 'set', 'Machine/System/Services/web', 'Identity', 'app'), { status: 0 });
  t.match(await run('remove', 'app'), { status: 0, stdout: '', stderr: /warning: app is the Identity of web, which cannot be started/ });
  t.match(await run('show', 'app'), { status: 1, stderr: /IDENTITY_NOT_FOUND: .*; of a service: peiosctl analyze security app tells/ });
  t.match(await run('show', 'ls-web'), { status: 1, stderr: /peiosctl analyze security web tells whom it runs as/ });
  t.match(await run('add', 'daemon', '--uid', '1'), { status: 0, stdout: /^account daemon: S-1-5-21-\S+, uid 1\n$/ });
  const anew = await run('add', 'app');
  t.match(anew.stdout, /-1003, uid 4\d{4}\n$/);
  t.notMatch(anew.stdout, uid, 'an account that is made anew is another one');
  t.match(await machine.run('peiosctl', 'registry', 'set', `${authority}\\Accounts\\app`, 'Grops', 'x'), {
    status: 2,
    stderr: /is Groups meant\?/,
  });
  t.match(await machine.run('peiosctl', 'registry', 'set', `${authority}\\Accounts\\app`, 'Uid', '40000'), {
    status: 2,
    stderr: /nothing was set/,
  });
});
