import type { Test } from 'tap';
import t from 'tap';
import { aclOf } from '../../../src/security/acl.ts';
import { descriptorOf, encodeDescriptor } from '../../../src/security/descriptor.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Client, Registry } from './caller.ts';
import { createRegistry, systemToken, userToken } from './caller.ts';
import { createStore } from './store.ts';

const user = 'S-1-22-1-1000';

interface Granted {
  readonly sid: string;
  readonly mask: number;
  readonly flags?: number;
  readonly type?: 'allow' | 'deny';
}

/** A descriptor owned by SYSTEM, in base64. */
function descriptor(entries: readonly Granted[], owner = 'S-1-5-18'): string {
  const aces = entries.map(
    ({ sid, mask, flags = 0, type = 'allow' }) => ({ kind: 'known', type, flags, mask, sid, object: null, data: null }) as const,
  );
  const parts = descriptorOf({ owner, group: owner, sacl: null, dacl: aclOf(aces) });
  return Buffer.from(encodeDescriptor(parts)).toString('base64');
}

function start(t: Test): { readonly registry: Registry; readonly system: Client } {
  const { store, second } = createStore(t);
  const registry = createRegistry(store, second);
  return { registry, system: registry.client(systemToken, 0) };
}

/** Every right that a key has, as PSD-005 3.1 numbers them. */
const rights = {
  KEY_QUERY_VALUE: 0x1,
  KEY_SET_VALUE: 0x2,
  KEY_CREATE_SUB_KEY: 0x4,
  KEY_ENUMERATE_SUB_KEYS: 0x8,
  KEY_NOTIFY: 0x10,
  KEY_CREATE_LINK: 0x20,
  DELETE: 0x1_0000,
  READ_CONTROL: 0x2_0000,
  WRITE_DAC: 0x4_0000,
  WRITE_OWNER: 0x8_0000,
} as const;
type Right = keyof typeof rights;

const path = 'Machine\\K';
const dacl = descriptor([{ sid: 'S-1-5-18', mask: 0xf003f }]);
const owner = descriptor([{ sid: 'S-1-5-18', mask: 0xf003f }], user);

/** Every call and the rights it takes on its key. */
const calls: readonly (readonly [
  what: string,
  needs: readonly Right[],
  act: (client: Client, at: { path: string; handle?: number }) => unknown,
])[] = [
  ['query', ['KEY_QUERY_VALUE'], (c, at) => c.call('query', { ...at, name: 'v' })],
  ['query-all', ['KEY_QUERY_VALUE'], (c, at) => c.call('query-all', at)],
  ['info', ['KEY_QUERY_VALUE'], (c, at) => c.call('info', at)],
  ['read-tree', ['KEY_QUERY_VALUE', 'KEY_ENUMERATE_SUB_KEYS'], (c, at) => c.call('read-tree', at)],
  ['enum', ['KEY_ENUMERATE_SUB_KEYS'], (c, at) => c.call('enum', at)],
  ['set', ['KEY_SET_VALUE'], (c, at) => c.call('set', { ...at, name: 'v', type: 'DWORD', data: 2 })],
  ['delete-value', ['KEY_SET_VALUE'], (c, at) => c.call('delete-value', { ...at, name: 'v' })],
  ['watch', ['KEY_NOTIFY'], (c, at) => c.call('watch', { ...at, subtree: true })],
  ['create', ['KEY_CREATE_SUB_KEY'], (c, at) => c.call('create', { ...at, path: at.path === '' ? 'new' : `${at.path}\\new` })],
  ['security-get', ['READ_CONTROL'], (c, at) => c.call('security-get', at)],
  ['security-set, DACL', ['WRITE_DAC'], (c, at) => c.call('security-set', { ...at, security: dacl, parts: ['dacl'] })],
  ['security-set, owner', ['WRITE_OWNER'], (c, at) => c.call('security-set', { ...at, security: owner, parts: ['owner'] })],
  [
    'security-set, both',
    ['WRITE_DAC', 'WRITE_OWNER'],
    (c, at) => c.call('security-set', { ...at, security: owner, parts: ['owner', 'dacl'] }),
  ],
  ['delete-key', ['DELETE'], (c, at) => c.call('delete-key', at)],
];

/** OWNER RIGHTS takes nothing from anyone here; SYSTEM may do everything. */
const givenTo = (mask: number): string =>
  descriptor([
    { sid: 'S-1-5-18', mask: 0xf003f },
    { sid: user, mask },
  ]);

for (const way of ['by its path', 'by a handle with that right', 'by a handle opened with all the others'] as const)
  t.test(`SEC-001 each call takes exactly its rights on the key, ${way}`, async (t) => {
    const { registry, system } = start(t);
    const refused: string[] = [];
    const expected: string[] = [];
    for (const [what, needs, act] of calls) {
      for (const right of Object.keys(rights) as Right[]) {
        system.call('delete-key', { path, recursive: true });
        system.call('create', { path });
        system.call('set', { path, name: 'v', type: 'DWORD', data: 1 });
        const others = Object.entries(rights).reduce((mask, [name, bit]) => (name === right ? mask : mask | bit), 0);
        const client = registry.client(userToken(1000), 1000);
        let at: { path: string; handle?: number } = { path };
        if (way === 'by its path') system.call('security-set', { path, security: givenTo(others), parts: ['dacl'] });
        else {
          system.call('security-set', { path, security: givenTo(0xf003f), parts: ['dacl'] });
          const opened = client.call('open', { path, access: way === 'by a handle with that right' ? 0xf003f : others });
          if (typeof opened === 'string') throw new Error(`open: ${opened}`);
          at = { path: '', handle: opened.handle };
          // What the handle was opened with stays, whatever becomes of the descriptor.
          system.call('security-set', { path, security: givenTo(way === 'by a handle with that right' ? 0 : 0xf003f), parts: ['dacl'] });
        }
        const outcome = act(client, at);
        if (outcome === 'EACCES') refused.push(`${what} without ${right}`);
        else if (typeof outcome === 'string') refused.push(`${what} without ${right}: ${outcome}`);
        if (needs.includes(right) && way !== 'by a handle with that right') expected.push(`${what} without ${right}`);
        client.session.end();
      }
    }
    t.strictSame(refused, expected);
  });

t.test('SEC-001 a refusal names the caller, the key, the right and the next step, and is told once a second', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  const client = registry.client(userToken(1000), 1000);
  t.equal(
    client.refusal('set', { path, name: 'v', type: 'DWORD', data: 1 }),
    'EACCES S-1-22-1-1000 (uid 1000) may not open the key Machine\\K with KEY_SET_VALUE; an administrator sees and changes who may with ' +
      '`peiosctl registry security Machine/K`',
  );
  for (let count = 0; count < 100; count += 1) client.call('set', { path, name: 'v', type: 'DWORD', data: 1 });
  t.strictSame(registry.denials, ['access denied to S-1-22-1-1000 (uid 1000), process 7: KEY_SET_VALUE on Machine\\K']);
});

t.test('SEC-001 an open grants exactly what was asked for, with MAXIMUM_ALLOWED all there is, and else nothing', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  system.call('security-set', { path, security: givenTo(0x2_0019), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  const granted = (access?: number): unknown => {
    const opened = client.call('open', access === undefined ? { path } : { path, access });
    return typeof opened === 'string' ? opened : opened.granted;
  };
  t.strictSame([1, 0x9, 0x8000_0000, 0x0200_0000, undefined].map(granted), [1, 0x9, 0x2_0019, 0x2_0019, 0x2_0019]);
  const owner = system.call('open', { path, access: 1 });
  t.equal(typeof owner === 'string' ? owner : owner.granted, 1, 'also to an owner with privileges');
  t.strictSame(
    [2, 0x3, 0x4000_0000, 0x1000_0000, 0x0200_0002, 0x0100_0000].map(granted),
    Array.from({ length: 6 }, () => 'EACCES'),
  );
  t.strictSame(
    [0, 0x10_0000, 0x40, 0x0800_0000].map(granted),
    Array.from({ length: 4 }, () => 'EINVAL'),
  );
});

t.test('SEC-001 only the descriptor of the last key counts, and a relative path is opened anew', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  system.call('create', { path: `${path}\\below` });
  system.call('security-set', { path: `${path}\\below`, security: givenTo(0x1), parts: ['dacl'] });
  system.call('security-set', { path, security: givenTo(0x1), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  const opened = client.call('open', { path, access: 1 });
  if (typeof opened === 'string') throw new Error(opened);
  system.call('security-set', { path, security: descriptor([]), parts: ['dacl'] });
  t.strictSame(client.call('query-all', { path: `${path}\\below` }), { values: [] });
  t.equal(client.call('query-all', { path }), 'EACCES');
  t.strictSame(client.call('query-all', { path: '', handle: opened.handle }), { values: [] });
  t.strictSame(client.call('query-all', { path: 'below', handle: opened.handle }), { values: [] });
  system.call('security-set', { path: `${path}\\below`, security: descriptor([]), parts: ['dacl'] });
  t.equal(client.call('query-all', { path: 'below', handle: opened.handle }), 'EACCES');
});

const [backup, restore, takeOwnership, security] = [17n, 18n, 9n, 8n].map((bit) => 1n << bit);

for (const [name, privilege, mask] of [
  ['SeSecurityPrivilege', security, 0x0100_0000],
  ['SeTakeOwnershipPrivilege', takeOwnership, 0x8_0000],
  ['SeBackupPrivilege, which is for those who say that they back up', backup, 0],
  ['SeRestorePrivilege, which is for those who say that they restore', restore, 0],
] as const)
  t.test(`SEC-001 ${name}, is worth what AccessCheck gives it and no more`, async (t) => {
    const { registry, system } = start(t);
    system.call('create', { path });
    system.call('security-set', { path, security: descriptor([]), parts: ['dacl'] });
    const client = registry.client(userToken(1000, { privilegesPresent: privilege ?? 0n, privilegesEnabled: privilege ?? 0n }), 1000);
    const opened = client.call('open', { path });
    t.equal(typeof opened === 'string' ? opened : opened.granted, mask);
  });

t.test('SEC-001 an owner reads and writes the DACL of its key, and makes nobody else the owner without SeRestorePrivilege', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  system.call('security-set', { path, security: descriptor([{ sid: user, mask: 0x4 }]), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  t.strictSame(client.call('create', { path: `${path}\\mine` }), { created: true });
  const mine = `${path}\\mine`;
  t.equal(typeof client.call('security-get', { path: mine }), 'object');
  t.strictSame(client.call('security-set', { path: mine, security: descriptor([{ sid: user, mask: 0xf003f }]), parts: ['dacl'] }), {});
  t.match(client.refusal('security-set', { path: mine, security: descriptor([]), parts: ['owner'] }), /^EPERM .*SeRestorePrivilege/);
  const restorer = registry.client(userToken(1000, { privilegesPresent: restore ?? 0n, privilegesEnabled: restore ?? 0n }), 1000);
  t.strictSame(restorer.call('security-set', { path: mine, security: descriptor([]), parts: ['owner'] }), {});
});

t.test('O-31 O-88 what a service of LocalService makes is its own, and closed to another one that has the same user', async (t) => {
  const { registry, system } = start(t);
  const localService = 'S-1-5-19';
  const of = (name: string, uid: number): Client =>
    registry.client(userToken(uid, { user: localService, groups: [{ sid: serviceSid(name), attributes: 7 }] }), uid);
  system.call('create', { path });
  system.call('security-set', { path, security: descriptor([{ sid: localService, mask: 0x4 }]), parts: ['dacl'] });
  const mine = `${path}\\mine`;
  const [web, db] = [of('web', 40000), of('db', 40001)];
  t.match(web.call('create', { path: mine }), { created: true });
  t.strictSame(web.call('security-set', { path: mine, security: descriptor([]), parts: ['dacl'] }), {}, 'its owner may always');
  t.equal(db.call('security-set', { path: mine, security: descriptor([]), parts: ['dacl'] }), 'EACCES');
});

t.test('SEC-001 a caller of low integrity writes nothing that has no label, whatever the DACL says', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  system.call('security-set', { path, security: givenTo(0xf003f), parts: ['dacl'] });
  const client = registry.client(userToken(1000, { integrity: 4096 }), 1000);
  t.strictSame(client.call('query-all', { path }), { values: [] });
  t.equal(client.call('set', { path, name: 'v', type: 'DWORD', data: 1 }), 'EACCES');
});

t.test('O-89 a tree marks the keys that its reader may not read, and has nothing of them nor of what is below', async (t) => {
  const { registry, system } = start(t);
  for (const below of ['', '\\a', '\\b', '\\b\\c', '\\d']) {
    system.call('create', { path: `${path}${below}` });
    system.call('set', { path: `${path}${below}`, name: 'v', type: 'SZ', data: below });
  }
  system.call('security-set', { path: `${path}\\b`, security: descriptor([{ sid: user, mask: 0x1 }]), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  const tree = (request: object): unknown => {
    const answer = client.call('read-tree', { path, ...request });
    if (typeof answer === 'string') return answer;
    return answer.nodes.map(({ path, values, denied, security }) => [path, values.length, denied, typeof security]);
  };
  t.strictSame(tree({}), [
    ['', 1, undefined, 'undefined'],
    ['a', 1, undefined, 'undefined'],
    ['b', 0, true, 'undefined'],
    ['d', 1, undefined, 'undefined'],
  ]);
  t.strictSame(tree({ security: true }), [
    ['', 1, undefined, 'string'],
    ['a', 1, undefined, 'string'],
    ['b', 0, true, 'undefined'],
    ['d', 1, undefined, 'string'],
  ]);
});

t.test('O-89 a subtree watch tells of keys below only to those who may watch them, also when they go', async (t) => {
  const { registry, system } = start(t);
  for (const below of ['', '\\open', '\\shut', '\\shut\\deep']) system.call('create', { path: `${path}${below}` });
  for (const below of ['\\shut', '\\shut\\deep'])
    system.call('security-set', { path: `${path}${below}`, security: givenTo(0x2_0009), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  const other = registry.client(systemToken, 0);
  for (const each of [client, other]) t.strictSame(each.call('watch', { path, subtree: true }), { watch: 1 });
  for (const below of ['open', 'shut', 'shut\\deep']) system.call('set', { path: `${path}\\${below}`, name: 'v', type: 'DWORD', data: 1 });
  system.call('security-set', { path: `${path}\\open`, security: givenTo(0x10), parts: ['dacl'] });
  system.call('delete-key', { path: `${path}\\shut`, recursive: true });
  await new Promise(setImmediate);
  const told = (events: readonly unknown[]): string[] =>
    events.map((event) => `${(event as { type: string }).type} ${(event as { path: string }).path}`);
  t.strictSame(told(client.events), ['value_set Machine\\K\\open', 'sd_changed Machine\\K\\open', 'subkey_deleted Machine\\K']);
  t.strictSame(told(other.events), [
    'value_set Machine\\K\\open',
    'value_set Machine\\K\\shut',
    'value_set Machine\\K\\shut\\deep',
    'sd_changed Machine\\K\\open',
    'subkey_deleted Machine\\K\\shut',
    'subkey_deleted Machine\\K',
  ]);
});

t.test('O-89 a recursive delete takes DELETE on every key below, and changes nothing without it', async (t) => {
  const { registry, system } = start(t);
  for (const below of ['', '\\a', '\\a\\b']) {
    system.call('create', { path: `${path}${below}` });
    system.call('security-set', { path: `${path}${below}`, security: givenTo(0x1_0008), parts: ['dacl'] });
  }
  system.call('security-set', { path: `${path}\\a\\b`, security: givenTo(0x8), parts: ['dacl'] });
  const client = registry.client(userToken(1000), 1000);
  t.match(client.refusal('delete-key', { path, recursive: true }), /^EACCES .*Machine\\K\\a\\b with DELETE/);
  t.strictSame(system.call('enum', { path: `${path}\\a` }), { names: ['b'] });
  system.call('security-set', { path: `${path}\\a\\b`, security: givenTo(0x1_0008), parts: ['dacl'] });
  t.strictSame(client.call('delete-key', { path, recursive: true }), {});
});

t.test(
  'BOOT-005 O-88 definitions, principals and the global environment are not for ordinary users, whoever makes their keys',
  async (t) => {
    const { registry, system } = start(t);
    const client = registry.client(userToken(1000), 1000);
    const admin = registry.client(
      userToken(1001, { groups: ['S-1-5-32-544', 'S-1-5-11', 'S-1-1-0'].map((sid) => ({ sid, attributes: 7 })) }),
      1001,
    );
    for (const made of ['Services\\web', 'Authority', 'Authority\\Accounts', 'Init\\EnvVars', 'Other'])
      t.strictSame(admin.call('create', { path: `Machine\\System\\${made}` }), { created: true }, made);
    const mayRead = (who: Client, path: string): boolean => typeof who.call('query-all', { path }) === 'object';
    const mayWrite = (who: Client, path: string): boolean => typeof who.call('set', { path, name: 'x', type: 'SZ', data: '' }) === 'object';
    const table = [
      'Machine',
      'Users',
      'Machine\\System\\Services',
      'Machine\\System\\services\\web',
      'Machine\\System\\Authority',
      'Machine\\System\\Authority\\Accounts',
      'Machine\\System\\Init',
      'Machine\\System\\Init\\EnvVars',
      'Machine\\System\\Boot',
      'Machine\\System\\Other',
    ].map((path) =>
      [path, ...[client, admin, system].map((who) => `${mayRead(who, path) ? 'r' : '-'}${mayWrite(who, path) ? 'w' : '-'}`)].join(' '),
    );
    t.strictSame(table, [
      'Machine r- rw rw',
      'Users r- rw rw',
      'Machine\\System\\Services -- rw rw',
      'Machine\\System\\services\\web -- rw rw',
      'Machine\\System\\Authority -- rw rw',
      'Machine\\System\\Authority\\Accounts -- rw rw',
      'Machine\\System\\Init r- rw rw',
      'Machine\\System\\Init\\EnvVars -- r- rw',
      'Machine\\System\\Boot r- rw rw',
      'Machine\\System\\Other r- rw rw',
    ]);
  },
);

t.test('O-89 a key with a broken descriptor lets nobody in, and stops no one else', async (t) => {
  const { store, second } = createStore(t);
  const registry = createRegistry(store, second);
  const system = registry.client(systemToken, 0);
  system.call('create', { path });
  system.call('create', { path: `${path}\\broken` });
  store.database.prepare("UPDATE key SET security = x'0100' WHERE name = 'broken'").run();
  t.match(system.refusal('query-all', { path: `${path}\\broken` }), /^EIO .*broken descriptor.*registryd --import/);
  t.strictSame(system.call('read-tree', { path }), {
    nodes: [
      { path: '', values: [] },
      { path: 'broken', values: [], denied: true },
    ],
    more: false,
  });
});

t.test('O-88 what no key can have as a descriptor is refused, and nothing changes', async (t) => {
  const { system } = start(t);
  const before = system.call('security-get', { path: 'Machine' });
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /broken/],
    ['AQ==', /broken/],
    ['not base64', /base64/],
    [descriptor([{ sid: user, mask: 0x40 }]), /rights that no key has \(0x40\)/],
    [descriptor([{ sid: user, mask: 0x10_0000 }]), /rights that no key has \(0x100000\)/],
  ];
  for (const [given, reason] of wrong) {
    const refusal = system.refusal('security-set', { path: 'Machine', security: given });
    t.match(refusal, /^EINVAL /);
    t.match(refusal, reason);
  }
  const none = Buffer.from(encodeDescriptor(descriptorOf({ owner: null, group: null, sacl: null, dacl: null }))).toString('base64');
  t.match(system.refusal('security-set', { path: 'Machine', security: none }), /^EINVAL .*no part/);
  t.match(system.refusal('security-set', { path: 'Machine', security: none, parts: ['owner'] }), /^EINVAL .*no owner/);
  t.strictSame(system.call('security-get', { path: 'Machine' }), before);
});

t.test('O-90 one user has a limit of handles and watches over all connections, and gets them back', async (t) => {
  const { registry, system } = start(t);
  system.call('create', { path });
  const clients = Array.from({ length: 3 }, () => registry.client(userToken(1000), 1000));
  let watches = 0;
  for (const client of clients)
    for (let count = 0; count < 40; count += 1) if (typeof client.call('watch', { path }) === 'object') watches += 1;
  t.equal(watches, 64);
  let handles = 0;
  for (const client of clients)
    for (let count = 0; count < 1024; count += 1) if (typeof client.call('open', { path }) === 'object') handles += 1;
  t.equal(handles, 2048);
  t.equal(typeof registry.client(userToken(1001), 1001).call('watch', { path }), 'object', 'others are not concerned');
  for (const client of clients) client.session.end();
  t.equal(typeof registry.client(userToken(1000), 1000).call('watch', { path }), 'object');
  for (let count = 0; count < 100; count += 1) t.equal(typeof system.call('watch', { path }), 'object');
});
