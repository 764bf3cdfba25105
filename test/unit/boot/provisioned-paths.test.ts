import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import { encodeDescriptor } from '../../../src/security/descriptor.ts';
import { parseSddl } from '../../../src/security/sddl.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import type { Tree, Value, Values } from '../../support/fake-registryd.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, helperProgram, service } from '../../support/simulated-peinit.ts';

const pathsKey = 'Machine\\System\\Init\\ProvisionedPaths';
const directory = (path: string, more: Values = {}): Values => ({ Kind: 'directory', Path: path, ...more });
const file = (path: string, more: Values = {}): Values => ({ Kind: 'file', Path: path, ...more });

function sddl(text: string): Value {
  const parsed = parseSddl(text);
  if (!('control' in parsed)) throw new Error(`${text} is no descriptor`);
  return { type: 'BINARY', data: Buffer.from(encodeDescriptor(parsed)).toString('base64') };
}

/** A machine with these entries and a service of the boot. */
function sceneOf(entries: Readonly<Record<string, Values>>, options: SceneOptions = {}): Scene {
  const tree: Tree = {
    [`${servicesKey}\\app`]: service('/bin/app', { Triggers: ['boot'] }),
    [pathsKey]: {},
    ...Object.fromEntries(Object.entries(entries).map(([name, values]) => [`${pathsKey}\\${name}`, values])),
    ...options.tree,
  };
  const scene = createScene({ shells: ['/bin/sh'], ...options, tree });
  scene.program('/bin/app', () => undefined);
  return scene;
}

/** What is there: kind, mode, owner and group; null: nothing. */
function at(scene: Scene, path: string): readonly [string, number, number, number] | null {
  const node = scene.tree.lookup(path);
  return typeof node === 'number' ? null : [node.kind, node.mode, node.uid, node.gid];
}

t.test(
  'BOOT-006 BOOT-080 KEY-017 what the entries ask for is there before the first service, parents before what is in them',
  async (t) => {
    const scene = sceneOf({
      a: directory('/srv/web/cache/'),
      b: file('/srv/web/log'),
      c: directory('/srv/web'),
      d: directory('/srv'),
      e: directory('/etc'),
    });
    let seen: unknown = null;
    scene.onSpawn = ({ path }) => {
      if (path === '/bin/app') seen = ['/srv', '/srv/web', '/srv/web/cache', '/srv/web/log'].map((each) => at(scene, each)?.[0] ?? null);
    };
    scene.boot();
    t.strictSame(seen, ['directory', 'directory', 'directory', 'file']);
    t.match(scene.console, /registryd is ready\n[^\n]*provisioned paths: 4 made, 1 were there\n[^\n]*app: starting/);
    t.notMatch(scene.console, /warning/);
    expectSound(t, scene);
  },
);

t.test('BOOT-083 without Security what is made is open to all for reading, and what was there stays whose it is', async (t) => {
  const scene = sceneOf({ d: directory('/d'), f: file('/f'), there: file('/there') });
  scene.tree.place('/there', Object.assign(fileNode('kept', 0o600), { uid: 7, gid: 8 }));
  scene.boot();
  t.strictSame(at(scene, '/d'), ['directory', 0o755, 0, 0]);
  t.strictSame(at(scene, '/f'), ['file', 0o644, 0, 0]);
  t.strictSame(at(scene, '/there'), ['file', 0o600, 7, 8]);
  t.equal(Buffer.from(scene.kernel.readFile('/there', 100) as Uint8Array).toString(), 'kept');
});

t.test('BOOT-080 Security becomes owner, group and mode, also of what was there already', async (t) => {
  const scene = sceneOf(
    {
      own: directory('/own', { Security: sddl('O:S-1-22-1-1000G:S-1-22-2-50D:(A;;FA;;;S-1-22-1-1000)(A;;FRFX;;;S-1-22-2-50)') }),
      account: directory('/account', { Security: sddl('O:S-1-5-21-1-2-3-1000G:S-1-5-21-1-2-3-1001D:(A;;FA;;;S-1-5-21-1-2-3-1000)') }),
      service: directory('/service', { Security: sddl(`O:SYG:${serviceSid('web')}D:(A;;FA;;;SY)(A;;FRFWFX;;;${serviceSid('web')})`) }),
      there: file('/there', { Security: sddl('O:SYG:SYD:(A;;FR;;;WD)(A;;FRFW;;;SY)') }),
    },
    {
      tree: {
        'Machine\\System\\Authority': { MachineSid: 'S-1-5-21-1-2-3' },
        'Machine\\System\\Authority\\Accounts\\web': { Rid: 1000, Uid: 3000 },
        'Machine\\System\\Authority\\Groups\\pages': { Rid: 1001 },
        'Machine\\System\\Authority\\Ids': { 'S-1-5-21-1-2-3-1001': 40_001, 'service:web': 40_002 },
      },
    },
  );
  scene.tree.place('/there', Object.assign(fileNode('kept', 0o666), { uid: 7, gid: 8 }));
  scene.boot();
  t.strictSame(at(scene, '/own'), ['directory', 0o750, 1000, 50]);
  t.strictSame(at(scene, '/account'), ['directory', 0o700, 3000, 40_001]);
  t.strictSame(at(scene, '/service'), ['directory', 0o1770, 0, 40_002]);
  t.strictSame(at(scene, '/there'), ['file', 0o644, 0, 0]);
  t.notMatch(scene.console, /warning/);
});

t.test('O-143 an owner without an id, and principals that files know nothing of, are told; the path is there all the same', async (t) => {
  const scene = sceneOf({
    web: directory('/web', { Required: 1, Security: sddl('O:S-1-5-21-1-2-3-1000G:SYD:(A;;FA;;;S-1-5-21-1-2-3-1000)(A;;FA;;;BA)') }),
  });
  scene.boot();
  t.strictSame(at(scene, '/web'), ['directory', 0o700, 0, 0]);
  const { warnings } = scene.ask({ command: 'machine-status' }) as unknown as { warnings: readonly string[] };
  t.strictSame(
    warnings.filter((text) => /provisioned|Security/.test(text)),
    [
      'the provisioned path web, /web: its owner S-1-5-21-1-2-3-1000 has no user id on this machine yet, ' +
        'so root has its place until a later boot',
      'files know an owner, a group and all others; what Security says of others is not kept: web (Administrators)',
    ],
  );
});

/** Entries that fail, and what is told of each. */
const failing: Readonly<Record<string, readonly [Values, RegExp, ((scene: Scene) => void)?]>> = {
  kind: [
    { Kind: 'pipe', Path: '/x' },
    /failed: Machine\\System\\Init\\ProvisionedPaths\\it\\Kind "pipe" is no kind .*Write directory or file\./,
  ],
  relative: [directory('x'), /ProvisionedPaths\\it\\Path "x" is not an absolute path\. Write it from \/ on\./],
  nameless: [directory('/etc/..'), /Path "\/etc\/\.\." ends in no name/],
  root: [directory('/'), /Path "\/" is the root itself/],
  missing: [{ Kind: 'file' }, /Path is missing\. Where it is\. Set it, or delete the key\./],
  type: [{ Kind: 1, Path: '/x' }, /Kind is of type DWORD, but must be REG_SZ/],
  parent: [
    file('/none/x'),
    /the directory \/none is not there, and parents are not made; make it, or give it an entry of its own \(ENOENT/,
  ],
  file: [file('/etc'), /what is there is no regular file of its own; remove it, or change Kind \(EISDIR/],
  directory: [directory('/a-file'), /what is there is no directory of its own; remove it, or change Kind \(ENOTDIR/],
  descriptor: [
    directory('/x', { Security: { type: 'BINARY', data: 'AAAA' } }),
    /it\\Security is no security descriptor: .*Write a sound one/,
  ],
  owner: [directory('/x', { Security: sddl('D:(A;;FA;;;SY)') }), /it\\Security cannot be evaluated: the descriptor has no owner/],
  hanging: [directory('/hanging/x'), /nothing came of it within 5 s; look for a dead disk or server below it/],
  dead: [directory('/dead/x'), /nothing came of it within 5 s/],
  process: [
    directory('/x'),
    /clone3 failed: EAGAIN.*; see to it that a process can be made/,
    (scene) => scene.faults.add({ call: 'spawn', errno: 11, path: helperProgram }),
  ],
};

for (const [name, [values, told, prepare]] of Object.entries(failing)) {
  const scenes = (required: number): Scene => {
    const scene = sceneOf({ it: { ...values, Required: required }, other: directory('/other') });
    scene.tree.place('/a-file', fileNode('', 0o644));
    prepare?.(scene);
    return scene;
  };

  t.test(`BOOT-081 BOOT-082 an entry that fails (${name}) is told and left out, and the boot goes on`, async (t) => {
    const scene = scenes(0);
    scene.boot();
    t.match(scene.console, told);
    t.match(scene.console, /warning: the provisioned path it/);
    t.equal(scene.state('app'), 'active');
    if (name !== 'process') t.strictSame(at(scene, '/other'), ['directory', 0o755, 0, 0]);
    expectSound(t, scene);
  });

  t.test(`BOOT-081 BOOT-082 where it is required (${name}) the machine ends in Recovery before Phase 2`, async (t) => {
    const scene = scenes(1);
    scene.start();
    scene.shows(/recovery mode\n.*reason: the provisioned path it.* is required and failed: .*\n/);
    t.match(scene.console, told);
    scene.run(1000);
    t.equal(scene.running('/bin/sh').length, 1);
    t.equal(scene.running('/bin/app').length, 0);
    if (name !== 'process') t.strictSame(at(scene, '/other'), ['directory', 0o755, 0, 0], 'the others are made all the same');
    expectSound(t, scene);
  });
}

t.test('BOOT-082 entries that registryd does not deliver lead to Recovery: one of them may be required', async (t) => {
  const scene = sceneOf({});
  scene.registryd.switches.failing.set('read-tree', 'EIO');
  scene.start();
  const told = /recovery mode\n.*reason: registryd did not deliver Machine\\System\\Init\\ProvisionedPaths/;
  scene.shows(told);
  t.match(scene.console, told);
});

t.test('a machine that is asked to end meanwhile is not kept by a path that hangs', async (t) => {
  const scene = sceneOf({ it: directory('/hanging/x', { Required: 1 }) });
  scene.start();
  scene.shows(/registryd is ready/);
  scene.signals.raise(15, 0, 0);
  scene.until('the end', () => scene.over, 20_000);
  t.equal(scene.running('/bin/app').length, 0);
  t.notMatch(scene.console, /recovery mode/);
});
