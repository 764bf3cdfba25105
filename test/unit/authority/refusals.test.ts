/** Who gets no token, and what is said. */
import t from 'tap';
import { machineSid, World } from './support.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/:/bin/sh\n';
const group = 'root:x:0:\nwww:x:33:\nssl:x:110:\nmarked:x:50000:\n';
const authority = 'Machine\\System\\Authority';

t.test('nobody, SYSTEM, root, groups and disabled accounts get no token', async (t) => {
  const world = new World({ 'Accounts\\off': { Disabled: 1 }, 'Groups\\ops': { Rid: 1005 } }, passwd, group);
  world.ask('LocalService', 'web');
  const codes = Object.fromEntries(
    [
      ...['SYSTEM', 'S-1-5-18', 'root', 'unix:root', 'S-1-22-1-0', 'Everyone', 'Administrators', 'ops', `${machineSid}-1005`, 'off'],
      ...['S-1-22-1-40000', 'S-1-5-7', 'nobody-at-all', 'unix:off', `${machineSid}-1006`, 'S-1-5-21-9-9-9-1005', 'S-1-5-80-1-2-3-4-5', ''],
    ].map((identity) => [identity, world.refusal(identity, 'x')?.code]),
  );
  t.strictSame(codes, {
    SYSTEM: 'DENIED',
    'S-1-5-18': 'DENIED',
    root: 'DENIED',
    'unix:root': 'DENIED',
    'S-1-22-1-0': 'DENIED',
    Everyone: 'DENIED',
    Administrators: 'DENIED',
    ops: 'DENIED',
    [`${machineSid}-1005`]: 'DENIED',
    off: 'DENIED',
    'S-1-22-1-40000': 'DENIED',
    'S-1-5-7': 'DENIED',
    'nobody-at-all': 'IDENTITY_NOT_FOUND',
    'unix:off': 'IDENTITY_NOT_FOUND',
    [`${machineSid}-1006`]: 'IDENTITY_NOT_FOUND',
    'S-1-5-21-9-9-9-1005': 'IDENTITY_NOT_FOUND',
    'S-1-5-80-1-2-3-4-5': 'IDENTITY_NOT_FOUND',
    '': 'IDENTITY_NOT_FOUND',
  });
  t.match(world.refusal('nobody-at-all')?.message, /no account in the registry and no user in \/etc\/passwd called "nobody-at-all"/);
});

t.test('a broken key harms its own principal alone, and is named with its value', async (t) => {
  const keys = {
    'Accounts\\a': { Groups: 'ops' },
    'Accounts\\b': { Uid: 33 },
    'Accounts\\c': { Uid: 40_005 },
    'Accounts\\d': { Groups: ['nothing'] },
    'Accounts\\e': { Rid: 1007 },
    'Accounts\\f': { Rid: 1007 },
    'Accounts\\g': { Groups: ['unix:root'] },
    'Accounts\\h': { Groups: ['S-1-22-2-50000'] },
    'Accounts\\i': { Uid: 50_001 },
    'Accounts\\Bad Name': {},
    'Accounts\\www': {},
    'Accounts\\j': { Groups: ['S-1-5-80-1-2-3-4-5'] },
    'Accounts\\k': { Groups: ['ssl'] },
    'Accounts\\good': {},
    'Groups\\ssl': {},
    'Privileges\\service:bad': { Privileges: ['SeNothingPrivilege'] },
    'Privileges\\service:tcb': { Privileges: ['SeTcbPrivilege'] },
    Ids: { 'LocalService/typed': 'x' },
  };
  const world = new World(keys, passwd, group);
  t.equal(world.refusal('good', 'web'), null);
  t.equal(world.refusal('LocalService', 'web'), null);
  const rows: readonly (readonly [identity: string, service: string | null, key: string])[] = [
    ['a', null, 'Accounts\\a\\Groups is of type SZ'],
    ['b', null, 'Accounts\\b\\Uid is 33, like that of www'],
    ['c', null, 'Accounts\\c\\Uid is 40005, from the numbers that are given'],
    ['d', null, 'Accounts\\d\\Groups names "nothing", which is no group'],
    ['e', null, `Accounts\\e\\Rid has the Rid of ${authority}\\Accounts\\f`],
    ['f', null, `Accounts\\f\\Rid has the Rid of ${authority}\\Accounts\\e`],
    ['g', null, 'Accounts\\g\\Groups names "unix:root", which is root\'s'],
    ['h', null, 'Accounts\\h\\Groups names "S-1-22-2-50000", which marks processes'],
    ['i', null, 'Accounts\\i\\Uid is 50001, from the groups that mark processes'],
    ['Bad Name', null, 'Accounts\\Bad Name is no name of an account or group'],
    ['www', null, 'Accounts\\www has the name of a user in /etc/passwd, whose uid is 33'],
    ['j', null, 'Accounts\\j\\Groups names "S-1-5-80-1-2-3-4-5", which is a service'],
    ['k', null, 'Groups\\ssl\\Gid is not 110, which the group ssl of /etc/group has'],
    ['LocalService', 'bad', 'Privileges\\service:bad\\Privileges names "SeNothingPrivilege", which is no privilege'],
    ['LocalService', 'tcb', 'Privileges\\service:tcb\\Privileges names SeTcbPrivilege, which only SYSTEM has'],
    ['LocalService', 'typed', 'Ids\\LocalService/typed is no number that is given to anybody'],
  ];
  for (const [identity, service, text] of rows) {
    const refusal = world.refusal(identity, service);
    t.equal(refusal?.code, 'IDENTITY_BROKEN', identity);
    t.equal(refusal?.message.slice(0, `${authority}\\${text}`.length), `${authority}\\${text}`);
  }
});

t.test('O-79 a number that a stranger took later is not shared with it', async (t) => {
  const world = new World({}, passwd, group);
  world.ask('LocalService', 'web');
  world.passwd += 'late:x:40000:40000::/:/bin/sh\n';
  t.match(world.refusal('LocalService', 'web'), { code: 'IDENTITY_BROKEN', message: /Ids\\LocalService\/web is 40000, and so is late/ });
  t.equal(world.refusal('LocalService', 'db'), null);
});

t.test('a broken state of the authority gives nothing new and takes nothing away', async (t) => {
  const world = new World();
  world.ask('LocalService', 'web');
  Object.assign(world.keys['Ids'] ?? {}, { NextId: 'x' });
  t.equal(world.refusal('LocalService', 'web'), null);
  t.match(world.refusal('LocalService', 'db'), { code: 'IDENTITY_BROKEN', message: /Ids\\NextId is of type SZ/ });
});

t.test(
  'O-78 O-79 what may not be read is not taken for absent: neither that an account is disabled, nor which numbers were given',
  async (t) => {
    const world = new World({ 'Accounts\\db': { Disabled: 1 }, 'Privileges\\service:web': {}, Ids: {} }, passwd, group);
    world.ask('LocalService', 'mail');
    world.denied = ['Accounts\\db', 'Privileges\\service:web'];
    for (const [identity, service, key] of [
      ['db', 'db', 'Accounts\\db'],
      ['LocalService', 'web', 'Privileges\\service:web'],
    ] as const) {
      const refusal = world.refusal(identity, service);
      t.equal(refusal?.code, 'IDENTITY_BROKEN', identity);
      t.match(refusal?.message, `${authority}\\${key} does not let SYSTEM read it`);
    }
    t.equal(world.refusal('LocalService', 'mail'), null, 'others are served');
    world.denied = ['Ids'];
    t.match(world.refusal('LocalService', 'mail')?.message, `${authority}\\Ids does not let SYSTEM read it`);
  },
);
