/** Mounts as nodes of the graph: their steps, what fails, the stop, and their place in a shutdown. BOOT-030..BOOT-036, O-139..O-142. */
import t from 'tap';
import { decodeDefinitions } from '../../../../src/policy/definition/decode.ts';
import type { Decoded } from '../../../../src/policy/definition/set.ts';
import { matchEach, ofKind } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';
import type { Values } from '../definition/raw.ts';
import { raw } from '../definition/raw.ts';

const entry = (point: string, values: Values = {}) => raw(point, { MountPoint: point, Device: 'tmpfs', FsType: 'tmpfs', ...values });
const mounts = (...entries: readonly ReturnType<typeof entry>[]): readonly Decoded[] => decodeDefinitions([], [], entries).services;
const disk: Values = { Device: '/dev/vdb', FsType: 'ext4', Fsck: 1 };

/** Starts it and has each of its steps end with that code. */
function ends(rig: Rig, point: string, ...codes: readonly number[]): void {
  const name = `mount:${point}`;
  const isDisk = rig.view(name).definition?.mount?.device.startsWith('/dev/') === true;
  const origins = [...(isDisk ? [`${name}//wait`, `${name}//fsck`] : []), name];
  codes.forEach((code, index) => {
    if (origins[index] === name) rig.empties(name);
    rig.ends(origins[index] as string, code);
  });
  rig.empties(name);
}

const booted = (entries: readonly ReturnType<typeof entry>[], services: Readonly<Record<string, Fields>> = {}): Rig =>
  createRig([...mounts(...entries), ...Object.entries(services).map(([name, fields]) => define(name, fields))]);

const boot = { triggers: [{ type: 'boot' }] } as const;
const shutdown = (rig: Rig, forced = false) => rig.send({ kind: 'shutdown', type: 'poweroff', forced, reason: 'test' });
const verb = (rig: Rig, service: string) => rig.spawned(service).argv[1];

t.test('BOOT-031 BOOT-033 the device is waited for, fsck ends, then it is mounted, and dependents start afterwards', async (t) => {
  const rig = booted([entry('/data', disk)], { app: { ...boot, requires: ['mount:/data'] } });
  t.strictSame(rig.spawned('mount:/data//wait').argv, ['peinit-helper', 'wait', '/dev/vdb']);
  t.equal(rig.spawned('mount:/data//wait').identity, 'SYSTEM');
  rig.ends('mount:/data//wait', 0);
  t.strictSame(rig.spawned('mount:/data//fsck').argv, ['peinit-helper', 'fsck', 'ext4', '/dev/vdb']);
  rig.ends('mount:/data//fsck', 3);
  t.equal(rig.spawns('mount:/data'), 0, 'what fsck left behind is gone first');
  rig.empties('mount:/data');
  t.strictSame(rig.spawned('mount:/data').argv, ['peinit-helper', 'mount', '/dev/vdb', '/data', 'ext4', '0', '']);
  t.equal(rig.spawned('mount:/data').tree, 'mount%3A%2Fdata');
  t.equal(rig.spawns('app'), 0);
  rig.ends('mount:/data', 0);
  t.equal(rig.view('mount:/data').state, 'completed');
  t.equal(rig.spawns('app'), 1);
  matchEach(
    t,
    ofKind(rig.effects, 'report').map(({ text }) => text),
    [/fsck of \/dev\/vdb mended the filesystem \(exit code 3\); it is mounted\./],
  );
});

t.test(
  'BOOT-031 BOOT-034 O-173 a step that fails says which, what the status means and what to do, and dependents fail with it',
  async (t) => {
    const rows: readonly (readonly [readonly number[], string, RegExp])[] = [
      [[13], 'mount_failure', /looking for \/dev\/vdb failed: EACCES \(permission denied\)/],
      [
        [0, 4],
        'mount_failure',
        /fsck of \/dev\/vdb exited with code 4 \(errors were left uncorrected\)\. Run fsck\.ext4 \/dev\/vdb by hand, then/,
      ],
      [[0, 12], 'mount_failure', /code 12 \(errors were left uncorrected, it could not do its work\)/],
      [[0, 201], 'mount_failure', /it is to be checked, and there is no program fsck\.ext4\. Install it, or set Fsck to 0\.$/],
      [[0, 202], 'mount_failure', /\/dev\/vdb is the root filesystem, which peinit does not check/],
      [[0, 203], 'mount_failure', /fsck\.ext4 cannot be run/],
      [[0, 0, 22], 'mount_failure', /mounting \/dev\/vdb at \/data as ext4 failed: EINVAL .*\. See that the device holds a filesystem/],
      [
        [0, 0, 1],
        'mount_failure',
        /EPERM \(not permitted\)\. Where this machine is a container, it needs CAP_SYS_ADMIN to mount, then start mount:\/data\.$/,
      ],
      [[0, 0, 170], 'mount_failure', /its mount point \/data cannot be made: EROFS \(read-only\)/],
      [
        [0, 0, 180],
        'mount_failure',
        /the way to its mount point \/data leads through a symbolic link that others than root may have put there/,
      ],
      [[0, 0, 199], 'mount_failure', /its mount point \/data cannot be made\. Make that directory/],
      [[0, 0, 200], 'mount_failure', /something else is mounted at \/data already/],
      [[0, 0, 204], 'mount_failure', /its mount point \/data is a symbolic link\. Name the path that it leads to, or remove it\.$/],
      [[0, 0, 99], 'mount_failure', /errno 99/],
    ];
    for (const [codes, cause, wanted] of rows) {
      const rig = booted([entry('/data', disk)], { app: { ...boot, requires: ['mount:/data'] } });
      ends(rig, '/data', ...codes);
      t.equal(rig.is('mount:/data'), `failed / ${cause}`, String(codes));
      t.match(rig.view('mount:/data').detail, wanted);
      t.equal(rig.is('app'), 'failed / dependency_failure');
    }
  },
);

t.test(
  'BOOT-034 a mount that is not Critical is failed at once; a critical one has its restarts, and then the machine reboots',
  async (t) => {
    const rig = booted([entry('/data', { ErrorControl: 1 })]);
    for (let restart = 0; restart < 5; restart++) {
      ends(rig, '/data', 5);
      t.equal(rig.view('mount:/data').state, 'backoff');
      rig.pass(2 ** restart + 1);
    }
    ends(rig, '/data', 5);
    t.equal(rig.is('mount:/data'), 'failed / restart_budget_exhausted');
    t.equal(ofKind(rig.effects, 'critical-failure').length, 1);
  },
);

t.test('BOOT-031 what takes longer than StartTimeout is killed and told by what had not come', async (t) => {
  const late = booted([entry('/data', { ...disk, StartTimeout: 5 })]);
  late.runs('mount:/data//wait');
  late.pass(5);
  late.exits('mount:/data//wait', null, 9);
  t.equal(late.is('mount:/data'), 'failed / readiness_timeout');
  t.match(
    late.view('mount:/data').detail,
    /its device \/dev\/vdb had not appeared 5 seconds after the start \(StartTimeout 5 s\)\. See that it is there/,
  );

  const hangs = booted([entry('/data', { ...disk, Fsck: 0, StartTimeout: 5 })]);
  hangs.ends('mount:/data//wait', 0);
  hangs.empties('mount:/data');
  hangs.runs('mount:/data');
  hangs.pass(5);
  t.equal(ofKind(hangs.effects, 'kill-cgroup').at(-1)?.tree, 'mount%3A%2Fdata');
  hangs.pass(5);
  t.equal(hangs.is('mount:/data'), 'abandoned / process_unkillable');
  t.strictSame(
    hangs.view('mount:/data').leaks.map(({ path, type }) => `${path} ${type}`),
    ['peinit/mount%3A%2Fdata service_tree'],
  );
});

t.test('BOOT-031 O-140 a stop unmounts while the mount is completed; what is busy fails that stop and stays', async (t) => {
  const rig = booted([entry('/data')], { app: { requires: ['mount:/data'] } });
  ends(rig, '/data', 0);
  const busy = rig.accepted('stop', 'mount:/data');
  t.strictSame([verb(rig, 'mount:/data'), rig.view('mount:/data').state], ['umount', 'completed']);
  rig.ends('mount:/data', 16);
  rig.empties('mount:/data');
  t.match(rig.view('mount:/data'), { state: 'completed', detail: /\/data is busy, so it stays mounted/ });
  t.match(rig.policy.operation(busy), { state: 'failed', error: /\/data is busy, so it stays mounted\. Stop what uses it/ });
  const id = rig.accepted('stop', 'mount:/data');
  rig.ends('mount:/data', 0);
  t.equal(rig.is('mount:/data'), 'inactive / explicit_stop');
  t.match(rig.policy.operation(id), { state: 'completed', result: 'inactive' });
  rig.empties('mount:/data');
  rig.command('start', 'mount:/data');
  t.equal(verb(rig, 'mount:/data'), 'mount', 'it can be mounted again');
});

t.test('O-140 a start of what needs it waits for the unmount, and goes on whichever way it ends', async (t) => {
  for (const code of [16, 0]) {
    const rig = booted([entry('/data')], { app: { requires: ['mount:/data'] } });
    ends(rig, '/data', 0);
    rig.command('stop', 'mount:/data');
    rig.command('start', 'app');
    t.equal(rig.spawns('app'), 0);
    rig.ends('mount:/data', code);
    rig.empties('mount:/data');
    if (code === 0) {
      t.equal(verb(rig, 'mount:/data'), 'mount');
      ends(rig, '/data', 0);
    }
    t.equal(rig.spawns('app'), 1, String(code));
  }
});

t.test('O-140 an unmount that hangs fails its stop after 10 s; a helper that outlives SIGKILL leaks its tree', async (t) => {
  const rig = booted([entry('/data')]);
  ends(rig, '/data', 0);
  const id = rig.accepted('stop', 'mount:/data');
  rig.runs('mount:/data');
  rig.pass(10);
  t.equal(ofKind(rig.last, 'kill-cgroup').length, 1);
  t.equal(rig.policy.operation(id)?.state, 'running');
  rig.pass(5);
  t.match(rig.policy.operation(id), { state: 'failed', error: /unmounting \/data had not ended after 10 seconds; it counts as mounted/ });
  t.equal(rig.view('mount:/data').state, 'completed');
  t.equal(rig.view('mount:/data').leaks.length, 1);
  const again = rig.accepted('stop', 'mount:/data');
  t.equal(rig.spawned('mount:/data').tree, 'mount%3A%2Fdata@gen1');
  rig.runs('mount:/data');
  rig.pass(10);
  rig.exits('mount:/data', null, 9);
  t.equal(rig.policy.operation(again)?.state, 'failed', 'one that could be killed fails at once');
});

t.test('O-140 start of what is mounted finds nothing to do; restart and reload are refused, also of what is not mounted', async (t) => {
  const rig = booted([entry('/data')]);
  for (const command of ['restart', 'reload'] as const)
    t.match(rig.command(command, 'mount:/data'), { kind: 'refused', code: 'INVALID_STATE', message: /is a mount: .* is not possible/ });
  ends(rig, '/data', 0);
  t.strictSame(rig.command('start', 'mount:/data'), { kind: 'settled' });
  t.match(rig.policy.explain('mount:/data'), { outcome: 'nothing' });
  t.match(rig.command('restart', 'mount:/data'), { kind: 'refused', code: 'INVALID_STATE' });
  t.match(rig.command('reset', 'mount:/data'), { kind: 'refused', code: 'INVALID_STATE' });
});

t.test('O-140 an entry that is removed or changed while it is mounted is undone as it was mounted, and discarded then', async (t) => {
  const removed = booted([entry('/data'), entry('/other')]);
  ends(removed, '/data', 0);
  ends(removed, '/other', 0);
  const answer = removed.load([...mounts(entry('/other', { Device: 'else' }))]);
  const { marked_removed: marked, discarded } = answer.kind === 'loaded' ? answer.summary : { marked_removed: null, discarded: null };
  t.strictSame([marked, discarded], [['mount:/data'], []]);
  t.match(removed.view('mount:/data'), { state: 'completed', definitionRemoved: true });
  removed.command('stop', 'mount:/data');
  removed.ends('mount:/data', 16);
  removed.empties('mount:/data');
  t.equal(removed.view('mount:/data').state, 'completed');
  removed.command('stop', 'mount:/data');
  t.strictSame(removed.spawned('mount:/data').argv, ['peinit-helper', 'umount', '/data']);
  removed.ends('mount:/data', 0);
  t.equal(removed.policy.service('mount:/data'), null);

  const early = booted([entry('/data')]);
  early.load([define('web')]);
  early.ends('mount:/data', 0);
  t.match(early.view('mount:/data'), { state: 'completed', definitionRemoved: true }, 'one that was removed while it was being mounted');
});

t.test('O-140 an entry that is new after the boot is mounted when it is started or required', async (t) => {
  const rig = booted([], { app: { requires: ['mount:/data'] }, web: {} });
  rig.load([...mounts(entry('/data')), define('app', { requires: ['mount:/data'] }), define('web')]);
  t.equal(rig.view('mount:/data').state, 'inactive');
  rig.command('start', 'app');
  t.equal(verb(rig, 'mount:/data'), 'mount');
});

t.test('BOOT-035 SHUT-009 at shutdown a mount is undone after what requires it, and what it lies on after it', async (t) => {
  const rig = booted([entry('/data'), entry('/data/in')], { app: { ...boot, requires: ['mount:/data/in'] }, free: boot });
  ends(rig, '/data', 0);
  ends(rig, '/data/in', 0);
  for (const name of ['app', 'free']) rig.runs(name);
  const before = rig.effects.length;
  shutdown(rig);
  const umounts = () => ofKind(rig.effects.slice(before), 'spawn').map(({ argv }) => argv.slice(1).join(' '));
  t.strictSame(umounts(), []);
  for (const name of ['app', 'free']) {
    rig.exits(name, 0);
    rig.empties(name);
  }
  t.strictSame(umounts(), ['umount /data/in']);
  rig.ends('mount:/data/in', 0);
  t.strictSame(umounts(), ['umount /data/in', 'umount /data']);
  t.strictSame(ofKind(rig.effects, 'services-stopped'), []);
  rig.ends('mount:/data', 16);
  t.equal(ofKind(rig.effects, 'services-stopped').length, 1, 'what is busy holds nothing up');
  t.strictSame([rig.is('mount:/data/in'), rig.view('mount:/data').state], ['inactive / shutdown_wave', 'completed']);
});

t.test('BOOT-035 what was killed while it was starting is gone before its mount is undone, or is given up', async (t) => {
  const begun = () => {
    const rig = booted([entry('/data')], { app: { ...boot, readiness: 'Notify', requires: ['mount:/data'] } });
    ends(rig, '/data', 0);
    rig.runs('app');
    shutdown(rig);
    t.strictSame([rig.is('app'), verb(rig, 'mount:/data')], ['failed / shutdown_wave', 'mount']);
    return rig;
  };
  const gone = begun();
  gone.exits('app', null, 9);
  gone.empties('app');
  t.equal(verb(gone, 'mount:/data'), 'umount');

  const stuck = begun();
  stuck.pass(5);
  t.strictSame([stuck.view('app').state, verb(stuck, 'mount:/data')], ['abandoned', 'umount']);
});

t.test('BOOT-035 O-142 a mount that a daemon of the platform needs is undone after all of them, with what it needs', async (t) => {
  const rig = booted([entry('/var/log', { Requires: ['net'] })], {
    net: boot,
    eventd: { ...boot, requires: ['mount:/var/log'] },
    registryd: boot,
  });
  rig.runs('net');
  ends(rig, '/var/log', 0);
  for (const name of ['registryd', 'eventd']) rig.runs(name);
  shutdown(rig);
  for (const name of ['eventd', 'registryd']) {
    t.equal(verb(rig, 'mount:/var/log'), 'mount', `before the end of ${name}`);
    rig.exits(name, 0);
    rig.empties(name);
  }
  t.equal(verb(rig, 'mount:/var/log'), 'umount');
  t.equal(rig.view('net').state, 'active');
  rig.ends('mount:/var/log', 0);
  t.equal(rig.view('net').state, 'stopping');
});

t.test(
  'SHUT-003 SHUT-013 what is mounted when all is killed is left to the end; an unmount that hangs is killed and holds up no longer',
  async (t) => {
    const forced = booted([entry('/data')]);
    ends(forced, '/data', 0);
    shutdown(forced, true);
    t.equal(verb(forced, 'mount:/data'), 'mount');
    t.equal(ofKind(forced.effects, 'services-stopped').length, 1);

    const hangs = booted([entry('/data')]);
    ends(hangs, '/data', 0);
    shutdown(hangs);
    hangs.runs('mount:/data');
    t.equal(verb(hangs, 'mount:/data'), 'umount');
    hangs.send({ kind: 'shutdown', type: 'poweroff', forced: true, reason: 'again' });
    t.equal(ofKind(hangs.last, 'kill-cgroup').length, 1);
    hangs.pass(5);
    t.equal(ofKind(hangs.effects, 'services-stopped').length, 1);
  },
);

t.test('O-142 D-12 in Safe mode a mount takes part that is critical or that a member needs, and no other', async (t) => {
  const rig = createRig();
  rig.load([
    ...mounts(entry('/needed'), entry('/vital', { ErrorControl: 1 }), entry('/free'), entry('/through')),
    define('ssh', { ...boot, safeMode: true, requires: ['mount:/needed'], wants: ['left'] }),
    define('left', { ...boot, requires: ['mount:/through'] }),
  ]);
  rig.send({ kind: 'boot', maxParallelStarts: 10, safe: true });
  t.strictSame(
    ['/needed', '/vital', '/free', '/through'].map((point) => rig.view(`mount:${point}`).state),
    ['starting', 'starting', 'inactive', 'inactive'],
  );
  t.equal(rig.spawns('ssh'), 0);
  ends(rig, '/needed', 0);
  t.equal(rig.spawns('ssh'), 1);
});

t.test('BOOT-036 a cycle of services and mounts is found before anything of it starts', async (t) => {
  const rig = booted([entry('/data', { Requires: ['net'] }), entry('/free')], { net: { ...boot, requires: ['mount:/data'] } });
  t.strictSame([rig.is('mount:/data'), rig.is('net')], ['failed / cycle_detected', 'failed / cycle_detected']);
  t.equal(rig.view('mount:/free').state, 'starting');
});
