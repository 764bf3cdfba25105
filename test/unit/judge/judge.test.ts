import t from 'tap';
import { judgeRegistry, newObjections } from '../../../src/judge/judge.ts';
import { encodeDescriptor } from '../../../src/security/descriptor.ts';
import { parseSddl } from '../../../src/security/sddl.ts';
import { matchEach, only } from '../../support/lists.ts';

type Node = Parameters<typeof judgeRegistry>[0][number];

const version: Node = { path: 'Services', values: [{ name: 'SchemaVersion', type: 'DWORD', data: 1 }] };
const service = (name: string, values: Readonly<Record<string, string | number | readonly string[]>>): Node => ({
  path: `Services\\${name}`,
  values: Object.entries(values).map(([each, data]) => ({
    name: each,
    type: typeof data === 'string' ? 'SZ' : typeof data === 'number' ? 'DWORD' : 'MULTI_SZ',
    data,
  })),
});
const web = { ImagePath: '/bin/true' };
const judged = (...nodes: readonly Node[]) => only(judgeRegistry([version, ...nodes]), 'weight', 'path', 'name');
const of = (name: string): string => `Machine\\System\\Services\\${name}`;

t.test('what is sound is not objected to', async (t) => {
  t.strictSame(judgeRegistry([version, service('web', web)]), []);
});

t.test('definitions, graph and settings are judged as the daemon judges them, with the place of each', async (t) => {
  t.strictSame(judged(service('web', { ImagePath: 'true' })), [{ weight: 'refused', path: of('web'), name: 'ImagePath' }]);
  t.strictSame(judged(service('web', { ...web, Requires: ['none'] })), [{ weight: 'refused', path: of('web'), name: 'Requires' }]);
  t.strictSame(judged(service('web', { ...web, HealthCheck: '/bin/true', HealthCheckInterval: 60 })), [
    { weight: 'refused', path: of('web'), name: 'HealthCheckRetries' },
  ]);
  t.strictSame(judged({ path: 'Init', values: [{ name: 'MaxRequestSize', type: 'SZ', data: 'big' }] }), [
    { weight: 'refused', path: 'Machine\\System\\Init', name: 'MaxRequestSize' },
  ]);
  t.strictSame(judged(service('web', { ...web, Conditions: ['file:etc/x'] })), [
    { weight: 'warning', path: of('web'), name: 'Conditions' },
  ]);
});

t.test('BOOT-082 a provisioned path that cannot be told is a warning, and Recovery where the machine needs it', async (t) => {
  const entry = (name: string, values: Readonly<Record<string, string | number>>): Node => ({
    ...service(name, values),
    path: `Init\\ProvisionedPaths\\${name}`,
  });
  const sound = entry('sound', { Kind: 'directory', Path: '/srv/web', Required: 1 });
  const bad = { Kind: 'directory', Path: 'srv/web' };
  t.strictSame(judged(sound, entry('loose', bad), entry('strict', { ...bad, Required: 1 }), entry('half', { Path: '/srv' })), [
    { weight: 'warning', path: 'Machine\\System\\Init\\ProvisionedPaths\\loose', name: null },
    { weight: 'recovery', path: 'Machine\\System\\Init\\ProvisionedPaths\\strict', name: null },
    { weight: 'warning', path: 'Machine\\System\\Init\\ProvisionedPaths\\half', name: null },
  ]);
});

t.test('a required field that is missing is incomplete', async (t) => {
  t.strictSame(judged(service('web', { Type: 1 })), [{ weight: 'incomplete', path: of('web'), name: 'ImagePath' }]);
});

t.test('what a boot would end in Recovery of is told as that', async (t) => {
  t.strictSame(judgeRegistry([]), [
    {
      weight: 'recovery',
      path: 'Machine\\System\\Services',
      name: 'SchemaVersion',
      message: 'Machine\\System\\Services\\SchemaVersion is missing. Set it: REG_DWORD. As it is, a boot ends in Recovery.',
    },
  ]);
  t.strictSame(judged({ path: 'Boot', values: [{ name: 'MaxParallelStarts', type: 'DWORD', data: 0 }] }), [
    { weight: 'recovery', path: 'Machine\\System\\Boot', name: 'MaxParallelStarts' },
  ]);
  const piece = 'x'.repeat(1024 * 1024 - 100);
  const heap = (count: number): Node => ({
    path: 'Heap',
    values: Array.from({ length: count }, (_, number) => ({ name: `${number}`, type: 'SZ', data: piece })),
  });
  t.strictSame(judged(heap(64)), []);
  matchEach(t, judgeRegistry([version, heap(65)]), [
    { weight: 'recovery', message: /^Machine\\System would hold 65 MiB, and a boot with more than 64 ends in Recovery\./ },
  ]);
});

t.test('a change is judged by what it adds', async (t) => {
  const before = judgeRegistry([version, service('web', { ...web, Requires: ['none'] })]);
  const after = judgeRegistry([version, service('web', { ...web, Requires: ['none'] }), service('db', { ImagePath: 'db' })]);
  t.strictSame(only(newObjections(before, after), 'path'), [{ path: of('db') }]);
  t.strictSame(newObjections(after, after), []);
});

t.test('SEC-028 a descriptor that cannot be evaluated is unusable, one that lets everybody in is warned of', async (t) => {
  const binary = (name: string, bytes: Uint8Array) => ({ name, type: 'BINARY' as const, data: Buffer.from(bytes).toString('base64') });
  const descriptor = (sddl: string) => {
    const read = parseSddl(sddl);
    if ('problem' in read) throw new Error(read.problem);
    return encodeDescriptor(read);
  };
  const guarded = (bytes: Uint8Array) => {
    const { path, values } = service('web', web);
    return judgeRegistry([version, { path, values: [...values, binary('ServiceSecurity', bytes)] }]);
  };
  const until = (about: string) => `Until it is corrected or removed, every request about ${about} fails with INTERNAL_ERROR.`;
  const value = `${of('web')}\\ServiceSecurity`;
  const unusable = { weight: 'unusable', path: of('web'), name: 'ServiceSecurity' };
  t.strictSame(guarded(descriptor('O:SYD:(A;;0xf;;;BA)')), []);
  const short = 'the descriptor is to have 20 bytes from byte 0 on, but only 3 are there';
  t.strictSame(guarded(Uint8Array.of(1, 2, 3)), [
    {
      ...unusable,
      message: `${value} is no security descriptor: ${short}. ${until('web')}`,
    },
  ]);
  t.strictSame(guarded(descriptor('D:(A;;0xf;;;BA)')), [
    { ...unusable, message: `${value} cannot be evaluated: the descriptor has no owner. ${until('web')}` },
  ]);
  t.strictSame(guarded(descriptor('O:SY')), [
    {
      ...unusable,
      weight: 'warning',
      message: `${value} has no DACL, so everybody may do everything. An empty one (D:) lets nobody.`,
    },
  ]);
  const shared = { path: 'Services', values: [...version.values, binary('ServiceSecurity', new Uint8Array())] };
  const control = { path: 'Init', values: [binary('controlsecurity', new Uint8Array())] };
  t.strictSame(only(judgeRegistry([shared, control]), 'weight', 'path', 'name'), [
    { weight: 'unusable', path: 'Machine\\System\\Services', name: 'ServiceSecurity' },
    { weight: 'unusable', path: 'Machine\\System\\Init', name: 'ControlSecurity' },
  ]);
  t.match(judgeRegistry([shared])[0]?.message, until('a service without one of its own'));
});
