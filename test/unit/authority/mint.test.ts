/** Tokens of each kind of principal, whole. */
import t from 'tap';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { decodeTokenSpec, encodeTokenSpec } from '../../../src/security/token-spec.ts';
import { groupsOf, machineSid, privilegesOf, World } from './support.ts';

const everyone = ['S-1-1-0', 'S-1-5-11', 'S-1-2-0'];
const passwd = 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/usr/sbin/nologin\n';
const group = 'root:x:0:\nwww:x:33:\nssl:x:110:www,other\n';

t.test('ID-005 ID-006 O-31 LocalService has a uid for each service, the SID of the service, and no privilege but one', async (t) => {
  const world = new World();
  const web = world.ask('LocalService', 'web');
  t.strictSame(groupsOf(web), [...everyone, 'S-1-5-6', serviceSid('web')]);
  t.strictSame(
    web.spec.token.groups.map(({ attributes }) => attributes),
    [7, 7, 7, 7, 7],
  );
  t.strictSame(privilegesOf(web), ['SeChangeNotifyPrivilege']);
  const { user, type, integrity } = web.spec.token;
  t.strictSame({ user, type, integrity }, { user: 'S-1-5-19', type: 'primary', integrity: 8192 });
  t.strictSame([web.spec.uid, web.spec.gid, web.spec.supplementary], [40_000, 40_001, []]);
  t.strictSame([web.name, web.home, web.shell], ['ls-web', '/', '/usr/sbin/nologin']);
  const others = [world.ask('localservice', 'db'), world.ask('NetworkService', 'WEB'), world.ask('S-1-5-20', 'web')];
  t.strictSame(
    others.map(({ spec }) => [spec.token.user, spec.uid, spec.gid]),
    [
      ['S-1-5-19', 40_002, 40_003],
      ['S-1-5-20', 40_004, 40_001],
      ['S-1-5-20', 40_004, 40_001],
    ],
  );
  t.strictSame(decodeTokenSpec(encodeTokenSpec(web.spec)), web.spec);
});

t.test('a token for no service has neither the SID of one nor that of all', async (t) => {
  const world = new World();
  t.strictSame(groupsOf(world.ask('LocalService')), everyone);
  t.strictSame([world.ask('LocalService').spec.uid, world.ask('LocalService', 'web').spec.uid], [40_000, 40_001]);
});

t.test('O-31 O-78 an account has one uid for all its services, its groups, and a home', async (t) => {
  const keys = {
    'Accounts\\postgres': { Groups: ['db', 'Users', 'unix:ssl'], Home: '/var/lib/postgresql', Shell: '/bin/sh', FullName: 'database' },
    'Groups\\db': {},
  };
  const world = new World(keys, passwd, group);
  const [one, two] = [world.ask('Postgres', 'main'), world.ask('postgres', 'replica')];
  t.strictSame([one.spec.token.user, two.spec.token.user], [`${machineSid}-1000`, `${machineSid}-1000`]);
  t.strictSame(groupsOf(one), [...everyone, `${machineSid}-1001`, 'S-1-5-32-545', 'S-1-22-2-110', 'S-1-5-6', serviceSid('main')]);
  t.strictSame([one.spec.uid, one.spec.gid, one.spec.supplementary], [40_000, 40_000, [40_001, 110, 40_002]]);
  t.strictSame([two.spec.uid, two.spec.gid, two.spec.supplementary], [40_000, 40_000, [40_001, 110, 40_003]]);
  t.strictSame([one.name, one.home, one.shell], ['postgres', '/var/lib/postgresql', '/bin/sh']);
  t.strictSame(world.ask(`${machineSid}-1000`).spec.uid, 40_000);
});

t.test('O-78 a user of /etc/passwd has the SIDs of its numbers and the groups of /etc/group', async (t) => {
  const world = new World({ 'Accounts\\www': { Uid: 33 } }, `${passwd}ann:x:1000:1000::/home/ann:/bin/bash\n`, `${group}ann:x:1000:\n`);
  for (const name of ['unix:www', 'S-1-22-1-33']) {
    const { spec } = world.ask(name);
    t.strictSame([spec.token.user, spec.uid, spec.gid, spec.supplementary], ['S-1-22-1-33', 33, 33, [110]], name);
  }
  t.strictSame(groupsOf(world.ask('ann')), [...everyone, 'S-1-22-2-1000']);
  t.strictSame(world.ask('ann', 'web').spec.supplementary, [40_000]);
  const unknown = world.ask('S-1-22-1-1234');
  t.strictSame(
    [unknown.spec.uid, unknown.spec.gid, unknown.name, groupsOf(unknown)],
    [1234, 65_534, null, [...everyone, 'S-1-22-2-65534']],
  );
  const account = world.ask('www').spec;
  t.strictSame([account.token.user, account.uid, account.gid], [`${machineSid}-1000`, 33, 33], 'the account comes before the user');
});

t.test('O-31 O-81 privileges are those of the principal, of its groups and of the service', async (t) => {
  const keys = {
    'Accounts\\app': { Groups: ['ops'] },
    'Groups\\ops': {},
    'Privileges\\app': { Privileges: ['SeLockMemoryPrivilege'] },
    'Privileges\\OPS': { Privileges: ['SeSystemtimePrivilege'] },
    'Privileges\\service:Web': { Privileges: ['SeBindPrivilegedPortPrivilege'] },
    'Privileges\\S-1-22-1-33': { Privileges: ['SeAuditPrivilege'] },
    'Privileges\\networkservice': { Privileges: ['SeImpersonatePrivilege'] },
  };
  const world = new World(keys, passwd, group);
  const [base, port] = ['SeChangeNotifyPrivilege', 'SeBindPrivilegedPortPrivilege'];
  t.strictSame(privilegesOf(world.ask('app', 'db')), ['SeLockMemoryPrivilege', 'SeSystemtimePrivilege', base]);
  t.strictSame(privilegesOf(world.ask('LocalService', 'web')), [base, port]);
  t.strictSame(privilegesOf(world.ask('LocalService', 'web2')), [base]);
  t.strictSame(privilegesOf(world.ask('www', 'x')), ['SeAuditPrivilege', base]);
  t.strictSame(privilegesOf(world.ask('NetworkService', 'x')), [base, 'SeImpersonatePrivilege']);
});
