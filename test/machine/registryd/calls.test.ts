import t from 'tap';
import { errnoOf, startDaemon } from './daemon.ts';

const machine = 'Machine';
const services = 'Machine\\System\\Services';

t.test('BOOT-017 BOOT-018 once READY=1 is sent a new store answers at once, with SchemaVersion 1 as a DWORD', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  t.match(await registry.query({ path: services, name: 'SchemaVersion' }), { type: 'DWORD', data: 1 });
  t.same((await registry.enum({ path: 'Machine\\System' })).names, ['Boot', 'Init', 'Services']);
  t.same((await registry.enum({ path: 'Users' })).names, []);
});

t.test('values of every type come back as they were set', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const values = [
    ['SZ', 'text with "quotes", \\ and ünïcödé 😀'],
    ['SZ', ''],
    ['EXPAND_SZ', '$HOME/x'],
    ['MULTI_SZ', ['one', 'two with "quotes"', 'drei\n']],
    ['MULTI_SZ', []],
    ['DWORD', 0],
    ['DWORD', 4294967295],
    ['QWORD', '18446744073709551615'],
    ['QWORD', '0'],
    ['BINARY', Buffer.from([0, 1, 254, 255]).toString('base64')],
    ['NONE', ''],
    ['DWORD_BE', 'AAAAAQ=='],
    ['LINK', 'TWFjaGluZQ=='],
  ] as const;
  for (const [index, [type, data]] of values.entries()) {
    const name = `value ${index}`;
    const { sequence } = await registry.set({ path: machine, name, type, data });
    t.match(await registry.query({ path: machine, name }), { type, data, sequence }, `${type} ${JSON.stringify(data)}`);
  }
  const { values: all } = await registry.queryAll({ path: machine });
  t.equal(all.length, values.length);
  const { nodes } = await registry.readTree({ path: machine, depth: 0 });
  for (const [index, [type, data]] of values.entries()) {
    t.match(
      nodes[0]?.values.find(({ name }) => name === `value ${index}`),
      { type, data },
      `in a tree: ${type}`,
    );
  }
});

t.test('data that is not of the form of its type is EINVAL and changes nothing', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const wrong = [
    ['SZ', 5],
    ['SZ', 'a\0b'],
    ['MULTI_SZ', 'text'],
    ['MULTI_SZ', ['a', '']],
    ['MULTI_SZ', ['a', 1]],
    ['DWORD', -1],
    ['DWORD', 4294967296],
    ['DWORD', 1.5],
    ['DWORD', '1'],
    ['QWORD', 1],
    ['QWORD', '01'],
    ['QWORD', '18446744073709551616'],
    ['BINARY', 'AA='],
    ['BINARY', '!!!!'],
  ] as const;
  for (const [type, data] of wrong) {
    t.equal(await errnoOf(registry.set({ path: machine, name: 'x', type, data })), 'EINVAL', `${type} ${JSON.stringify(data)}`);
  }
  t.equal(await errnoOf(registry.query({ path: machine, name: 'x' })), 'ENOENT');
});

t.test('names are compared without case by Unicode folding and keep the spelling they were created with', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  t.equal((await registry.create({ path: 'Machine\\Straße Σ' })).created, true);
  t.equal(
    (await registry.create({ path: 'MACHINE/STRAßE ς' })).created,
    false,
    'final sigma folds to sigma; the sharp s has no simple folding',
  );
  t.equal((await registry.create({ path: 'Machine\\STRASSE Σ' })).created, true);
  await registry.set({ path: 'machine\\strasse σ', name: 'Name', type: 'DWORD', data: 1 });
  await registry.set({ path: 'machine\\strasse σ', name: 'NAME', type: 'DWORD', data: 2 });
  const { values } = await registry.queryAll({ path: 'Machine\\Strasse Σ' });
  t.equal(values.length, 1);
  t.match(values[0], { name: 'Name', data: 2 });
  t.same((await registry.enum({ path: 'Machine' })).names, ['STRASSE Σ', 'Straße Σ', 'System']);
});

t.test('each call refuses what cannot be done with its errno', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const long = 'n'.repeat(255);
  await registry.create({ path: `Machine\\${long}` });
  const deep = Array.from({ length: 512 }, () => 'k').join('\\');
  const cases: readonly (readonly [string, Promise<unknown>])[] = [
    ['ENOENT', registry.open({ path: 'Machine\\None' })],
    ['ENOENT', registry.query({ path: 'Machine\\None', name: '' })],
    ['ENOENT', registry.query({ path: machine, name: 'none' })],
    ['ENOENT', registry.set({ path: 'Machine\\None', name: 'x', type: 'DWORD', data: 1 })],
    ['ENOENT', registry.create({ path: 'Machine\\None\\Below' })],
    ['ENOENT', registry.create({ path: 'Other' })],
    ['ENOENT', registry.deleteValue({ path: machine, name: 'none' })],
    ['ENOENT', registry.deleteKey({ path: 'Machine\\None' })],
    ['ENOENT', registry.watch({ path: 'Machine\\None' })],
    ['ENOENT', registry.readTree({ path: 'Machine\\None' })],
    ['EINVAL', registry.open({ path: '' })],
    ['EINVAL', registry.open({ path: 'Machine\\System\\' })],
    ['EINVAL', registry.open({ path: '\\Machine' })],
    ['EINVAL', registry.open({ path: 'Machine\\\\System' })],
    ['EINVAL', registry.create({ path: 'Machine\\a\0b' })],
    ['EINVAL', registry.open({ path: `Machine\\${deep}` })],
    ['EINVAL', registry.open({ path: machine, access: 0 })],
    ['EINVAL', registry.open({ path: machine, access: 0x80 })],
    ['EINVAL', registry.deleteKey({ path: 'Machine', recursive: true })],
    ['ENAMETOOLONG', registry.create({ path: `Machine\\${long}n` })],
    ['ENAMETOOLONG', registry.set({ path: machine, name: `${long}n`, type: 'DWORD', data: 1 })],
    ['ENAMETOOLONG', registry.open({ path: `Machine\\${`${'n'.repeat(200)}\\`.repeat(82)}x` })],
    ['ENOTEMPTY', registry.deleteKey({ path: 'Machine\\System' })],
    ['ENOSPC', registry.set({ path: machine, name: 'x', type: 'SZ', data: 'x'.repeat(1_048_576) })],
    ['ENOSPC', registry.set({ path: machine, name: 'x', type: 'SZ', data: '\u0001'.repeat(690_000) })],
    ['EBADF', registry.query({ path: '', name: 'x', handle: 99 })],
    ['EBADF', registry.close({ handle: 99 })],
    ['EBADF', registry.commit({ transaction: 99 })],
    ['EBADF', registry.abort({ transaction: 99 })],
    ['EBADF', registry.unwatch({ watch: 99 })],
    ['EINVAL', registry.securitySet({ path: machine, security: 'AQAEgA==' })],
    ['EINVAL', registry.securitySet({ path: machine, security: '!' })],
  ];
  for (const [index, [errno, call]] of cases.entries()) t.equal(await errnoOf(call), errno, `case ${index}: ${errno}`);
});

t.test('a value may have 1 MiB with its terminator, also of characters that JSON escapes, and comes back whole', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  for (const character of ['x', '"', '\\', 'ü']) {
    const data = character.repeat(1_048_575 / Buffer.byteLength(character));
    await registry.set({ path: machine, name: 'big', type: 'SZ', data });
    t.equal((await registry.query({ path: machine, name: 'big' })).data === data, true, character);
    const { nodes } = await registry.readTree({ path: machine, depth: 0 });
    t.equal(nodes[0]?.values[0]?.data === data, true, `${character} in a tree`);
  }
});

t.test('compare-and-set succeeds at the present sequence only, and 0 means that there must be no value', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const value = { path: machine, name: 'counter', type: 'DWORD', data: 1 } as const;
  const first = await registry.set({ ...value, expected_sequence: 0 });
  t.equal(await errnoOf(registry.set({ ...value, expected_sequence: 0 })), 'EAGAIN');
  const second = await registry.set({ ...value, data: 2, expected_sequence: first.sequence });
  t.ok(second.sequence > first.sequence);
  t.equal(await errnoOf(registry.set({ ...value, data: 3, expected_sequence: first.sequence })), 'EAGAIN');
  t.equal(await errnoOf(registry.deleteValue({ path: machine, name: 'counter', expected_sequence: first.sequence })), 'EAGAIN');
  t.match(await registry.query({ path: machine, name: 'counter' }), { data: 2, sequence: second.sequence });
  await registry.deleteValue({ path: machine, name: 'counter', expected_sequence: second.sequence });
  const third = await registry.set({ ...value, expected_sequence: 0 });
  t.ok(third.sequence > second.sequence, 'a sequence is never used twice');
});

t.test('handles stand for their key, with the rights they were opened with, and survive nothing but it', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const read = await registry.open({ path: services, access: 0x20019 });
  t.equal(read.granted, 0x20019);
  t.match(await registry.query({ path: '', name: 'schemaversion', handle: read.handle }), { data: 1 });
  const set = { path: '', name: 'x', type: 'DWORD', data: 1, handle: read.handle } as const;
  t.equal(await errnoOf(registry.set(set)), 'EACCES');
  t.equal(await errnoOf(registry.create({ path: 'web', handle: read.handle })), 'EACCES');
  t.equal(await errnoOf(registry.deleteKey({ path: '', handle: read.handle })), 'EACCES');
  const all = await registry.open({ path: services, access: 0x0200_0000 });
  t.equal(all.granted, 0x10f_003f);
  await registry.create({ path: 'web', handle: all.handle });
  const web = await registry.open({ path: 'web', handle: all.handle });
  await registry.deleteKey({ path: `${services}\\WEB` });
  t.equal(await errnoOf(registry.queryAll({ path: '', handle: web.handle })), 'ENOENT');
  await registry.create({ path: `${services}\\web` });
  t.equal(await errnoOf(registry.queryAll({ path: '', handle: web.handle })), 'ENOENT', 'another key of the same name is another key');
  await registry.close({ handle: web.handle });
  t.equal(await errnoOf(registry.queryAll({ path: '', handle: web.handle })), 'EBADF');
});

t.test('info counts subkeys and values and says when the key was written', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const before = Date.now();
  await registry.set({ path: 'Machine\\System', name: 'x', type: 'DWORD', data: 1 });
  const info = await registry.info({ path: 'Machine\\System' });
  t.match(info, { subkeys: 3, values: 1, last_write: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/ });
  t.ok(Date.parse(info.last_write) >= before - 1);
});

t.test('a tree has parents before children, stops at its depth and is whole however large it is', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  await registry.create({ path: 'Machine\\Big' });
  const block = 'b'.repeat(700_000);
  for (let index = 0; index < 6; index += 1) {
    await registry.set({ path: 'Machine\\Big', name: `v${index}`, type: 'SZ', data: block });
    await registry.create({ path: `Machine\\Big\\k${index}` });
    await registry.create({ path: `Machine\\Big\\k${index}\\deep` });
    await registry.set({ path: `Machine\\Big\\k${index}\\deep`, name: 'x', type: 'DWORD', data: index });
  }
  const { nodes } = await registry.readTree({ path: 'Machine\\Big' });
  t.equal(nodes.length, 13);
  t.equal(nodes[0]?.path, '');
  t.same(
    nodes[0]?.values.map(({ name }) => name),
    ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'],
  );
  t.equal(
    nodes[0]?.values.every(({ data }) => data === block),
    true,
  );
  for (const { path } of nodes) {
    const parent = path.includes('\\') ? path.slice(0, path.lastIndexOf('\\')) : '';
    const own = nodes.findIndex((node) => node.path === path);
    t.ok(path === '' || nodes.findIndex((node) => node.path === parent) < own, `${parent} stands before ${path}`);
  }
  t.same(
    (await registry.readTree({ path: 'Machine\\Big', depth: 1 })).nodes.map(({ path }) => path),
    ['', 'k0', 'k1', 'k2', 'k3', 'k4', 'k5'],
  );
  t.equal((await registry.readTree({ path: 'Machine\\Big', depth: 0 })).nodes.length, 1);
});
