import t from 'tap';
import type { Conversion } from '../../../clients/peiosctl/import/conversion.ts';
import { keysOf } from '../../../clients/peiosctl/import/seed.ts';
import { convert } from './support.ts';

const change = ['SeChangeNotifyPrivilege'];

/** What a unit with these lines of [Service] becomes. */
const unit = (...lines: readonly string[]): Conversion =>
  convert('systemd', [{ name: 'web.service', text: `[Service]\nExecStart=/bin/web\n${lines.join('\n')}\n` }]);

/** What a Compose service with these keys becomes. */
const composed = (...lines: readonly string[]): Conversion =>
  convert('compose', [
    { name: 'c.yaml', text: `services:\n  web:\n    command: /bin/web\n${lines.map((line) => `    ${line}\n`).join('')}` },
  ]);

const fieldsOf = ({ services }: Conversion) => services[0]?.fields ?? {};
const grantsOf = ({ services }: Conversion) => services[0]?.grants;
const told = ({ remarks }: Conversion, word: string): string =>
  remarks
    .filter((remark) => remark.word === word)
    .map(({ kind, text }) => `${kind}: ${text}`)
    .join('\n');

t.test('PRIN-011 a user of a unit is the Identity, root and none are SYSTEM, a dynamic user is LocalService', async (t) => {
  for (const [lines, identity, account] of [
    [[], 'SYSTEM', undefined],
    [['User=root'], 'SYSTEM', true],
    [['User=0'], 'SYSTEM', true],
    [['User='], 'SYSTEM', undefined],
    [['User=www-data'], 'www-data', true],
    [['User=1000'], 'S-1-22-1-1000', true],
    [['User=users'], 'unix:users', true],
    [['DynamicUser=yes'], 'LocalService', true],
    [['User=web', 'DynamicUser=yes'], 'LocalService', true],
    [['DynamicUser=no', 'User=web'], 'web', true],
    [['SetLoginEnvironment=no', 'User=web'], 'web', false],
  ] as const) {
    const { identity: who, accountEnvironment } = fieldsOf(unit(...lines));
    t.strictSame([who, accountEnvironment], [identity, account], lines.join(' '));
  }
  t.match(told(unit('User=web', 'DynamicUser=yes'), 'User'), /LocalService has a user of its own for each service, ls-web/);
  t.match(told(unit('User=web', 'Group=web'), 'Group'), /^needless/);
  t.match(told(unit('User=web', 'Group=adm'), 'Group'), /^lost: groups come with the Identity/);
});

t.test('DEF-008 O-96 the bounding set of root is RequiredPrivileges, and what no privilege stands for is told', async (t) => {
  const kept = (...lines: readonly string[]) => fieldsOf(unit(...lines)).requiredPrivileges;
  t.strictSame(kept('CapabilityBoundingSet='), change);
  t.strictSame(kept('CapabilityBoundingSet=CAP_NET_BIND_SERVICE cap_sys_time'), [
    'SeSystemtimePrivilege',
    ...change,
    'SeBindPrivilegedPortPrivilege',
  ]);
  t.strictSame(kept('CapabilityBoundingSet=CAP_SETUID', 'CapabilityBoundingSet=CAP_SETGID'), [
    'SeCreateTokenPrivilege',
    'SeAssignPrimaryTokenPrivilege',
    ...change,
  ]);
  t.strictSame(kept('CapabilityBoundingSet=CAP_DAC_OVERRIDE'), change, 'never more than was there');
  const wide = kept('CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_SYS_TIME') ?? [];
  t.ok(wide.includes('SeDebugPrivilege') && !wide.includes('SeTcbPrivilege') && !wide.includes('SeSystemtimePrivilege'));
  t.match(
    told(unit('CapabilityBoundingSet=CAP_NET_ADMIN CAP_KILL'), 'CapabilityBoundingSet'),
    /^lost: no privilege stands for CAP_NET_ADMIN, CAP_KILL alone/,
  );
  const user = unit('User=web', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE');
  t.equal(fieldsOf(user).requiredPrivileges, undefined);
  t.match(told(user, 'CapabilityBoundingSet'), /^needless/);
});

t.test('O-81 O-96 ambient capabilities are a grant to the service SID, of none but what may be granted', async (t) => {
  const web = unit('AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_ADMIN CAP_SETUID', 'User=web');
  t.strictSame(grantsOf(web), ['SeBindPrivilegedPortPrivilege']);
  t.match(
    told(web, 'AmbientCapabilities'),
    /^changed: it is granted to the service, as SeBindPrivilegedPortPrivilege:.*\nlost: no privilege.* CAP_SETUID, CAP_NET_ADMIN alone/,
  );
  t.strictSame(keysOf(web.services).at(-1), {
    path: 'Machine\\System\\Authority\\Privileges\\service:web',
    values: [{ name: 'Privileges', type: 'MULTI_SZ', data: ['SeBindPrivilegedPortPrivilege'] }],
  });
  const root = unit('AmbientCapabilities=CAP_NET_BIND_SERVICE');
  t.strictSame([grantsOf(root), keysOf(root.services).length], [[], 1]);
});

t.test('DEF-019 what a unit does as root for its user is done by hooks of SYSTEM, unless others are for the user', async (t) => {
  const state = unit('StateDirectory=web web/cache', 'User=web');
  t.match(fieldsOf(state), { hookIdentity: 'SYSTEM' });
  t.strictSame(fieldsOf(state).execStartPre, ['/usr/bin/install -d -o web /var/lib/web /var/lib/web/cache']);
  t.strictSame(fieldsOf(unit('StateDirectory=web', 'User=1000')).execStartPre, ['/usr/bin/install -d -o 1000 /var/lib/web']);
  t.strictSame(fieldsOf(unit('StateDirectory=web')).execStartPre, ['/bin/mkdir -p /var/lib/web']);
  t.equal(fieldsOf(unit('StateDirectory=web')).hookIdentity, undefined);
  const dynamic = unit('StateDirectory=web', 'DynamicUser=yes');
  t.equal(fieldsOf(dynamic).execStartPre, undefined);
  t.match(told(dynamic, 'StateDirectory'), /^lost: LocalService cannot own files by name/);
  const mixed = unit('User=web', 'ExecStartPre=/bin/own', 'ExecStartPre=+/bin/as-root');
  t.equal(fieldsOf(mixed).hookIdentity, undefined, 'what was for the user does not become root');
  t.match(told(mixed, 'ExecStartPre'), /^lost: only SYSTEM can do that/);
  t.equal(fieldsOf(unit('User=web', 'ExecStartPre=+/bin/as-root')).hookIdentity, 'SYSTEM');
  t.equal(fieldsOf(unit('User=web', 'ExecStartPre=/bin/own')).hookIdentity, undefined);
  t.match(told(unit('User=web', 'ExecStartPre=/bin/own', 'NoNewPrivileges=yes'), 'NoNewPrivileges'), /^needless/);
  t.match(told(unit('NoNewPrivileges=yes'), 'NoNewPrivileges'), /^lost/);
});

t.test('DEF-008 O-81 capabilities of a Compose service go by who it is', async (t) => {
  t.strictSame(fieldsOf(composed('cap_drop: [ALL]', 'cap_add: [NET_BIND_SERVICE]')).requiredPrivileges, [
    ...change,
    'SeBindPrivilegedPortPrivilege',
  ]);
  const less = fieldsOf(composed('cap_drop: [NET_BIND_SERVICE]')).requiredPrivileges ?? [];
  t.ok(less.includes('SeRestorePrivilege') && !less.includes('SeBindPrivilegedPortPrivilege') && !less.includes('SeDebugPrivilege'));
  t.equal(fieldsOf(composed('cap_add: [SYS_TIME]')).requiredPrivileges, undefined);
  const user = composed('user: "1000:20"', 'cap_add: [NET_BIND_SERVICE]', 'cap_drop: [ALL]');
  t.strictSame([fieldsOf(user).identity, grantsOf(user)], ['S-1-22-1-1000', ['SeBindPrivilegedPortPrivilege']]);
  t.match(told(user, 'user'), /^changed: a port below 1024.*\nlost: groups come/);
  t.match(told(composed('privileged: true'), 'privileged'), /^needless/);
  t.match(told(composed('privileged: true', 'user: web'), 'privileged'), /^lost/);
});
