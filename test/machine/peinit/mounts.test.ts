/** Mounts on a real kernel: tmpfs and binds, fsck programs that say what they are told to, busy targets, and a container without rights. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { Machine, Registry } from '../../support/machine.ts';
import { bootSettled, cannotRun, launch, said, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const entries = (mounts: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Registry =>
  Object.fromEntries(
    Object.entries(mounts).map(([name, values]) => [
      `Machine\\System\\Boot\\Mounts\\${name}`,
      { Device: 'tmpfs', FsType: 'tmpfs', ...values },
    ]),
  );
const tableOf = (machine: Machine): string => readFileSync(`/proc/${machine.pid}/mountinfo`, 'utf8');
const boot = { Triggers: ['boot'], Readiness: 'Alive' };
/** Makes a program of the machine. */
const makes = (path: string, script: string) => ({
  ...shell(`printf '%s\\n' '#!/bin/sh' '${script}' > ${path}; chmod 755 ${path}`),
  Type: 'Oneshot',
  RemainAfterExit: 1,
});

t.test(
  'BOOT-030 BOOT-031 BOOT-032 BOOT-035 mounts are made with their options before what requires them, and undone after it',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: {
        ...entries({
          One: { MountPoint: '/data', Options: 'nosuid,nodev,x-ignored,size=1m,mode=0750' },
          Two: { MountPoint: '/data/in side' },
          Three: { MountPoint: '/bound', Device: '/usr', FsType: 'none', Options: ['bind', 'ro', 'nosuid'] },
        }),
        ...withServices({
          app: { ...shell('exec sleep 1000'), ...boot, WorkingDirectory: '/data/in side', Requires: ['mount:/data/in side'] },
        }),
      },
    });
    const client = await machine.client();
    t.match(tableOf(machine), / \/data rw,nosuid,nodev,\S+ .*- tmpfs tmpfs rw,size=1024k,mode=750/);
    t.match(tableOf(machine), / \/usr \/bound ro,nosuid,/);
    t.match(tableOf(machine), / \/data\/in\\040side rw/);
    const { services } = await client.list({});
    t.strictSame(
      services.filter(({ service }) => service.startsWith('mount:')).map(({ service, state }) => `${service} ${state}`),
      ['mount:/bound completed', 'mount:/data completed', 'mount:/data/in side completed'],
    );
    t.ok(existsSync(machine.path('/sys/fs/cgroup/peinit/mount%3A%2Fdata')));

    const busy = await machine.run('peiosctl', 'stop', 'mount:/data/in side');
    t.equal(busy.status, 1);
    await machine.shows(/\/data\/in side is busy, so it stays mounted\. Stop what uses it/);
    t.match(await client.status({ service: 'mount:/data/in side' }), { state: 'completed' });
    t.match(await client.stop({ service: 'mount:/bound' }), { state: 'inactive' });
    t.notMatch(tableOf(machine), / \/bound /);
    t.match(await client.start({ service: 'mount:/bound' }), { state: 'completed' });
    const again = await machine.run('peiosctl', 'restart', 'mount:/data');
    t.match(again, { status: 1, stderr: /INVALID_STATE: mount:\/data is a mount: restart is not possible/ });

    const ended = await machine.powerOff();
    t.equal(ended.status, 0);
    t.notMatch(machine.console(), /is going down[\s\S]*(?:busy|counts as mounted|unmounting .* failed)/);
  },
);

t.test('BOOT-033 BOOT-034 what fsck says decides, and a program that is missing is named', { skip }, async (t) => {
  const disk = { Fsck: 1, StartTimeout: 60 };
  const machine = await bootSettled(t, {
    registry: {
      ...entries({
        good: { ...disk, MountPoint: '/good', Device: 'good', Requires: ['fsck'] },
        bad: { ...disk, MountPoint: '/bad', Device: 'bad', Requires: ['fsck'] },
        none: { ...disk, MountPoint: '/none', FsType: 'ramfs' },
      }),
      ...withServices({
        fsck: makes(
          '/usr/local/sbin/fsck.tmpfs',
          'echo checked $*; grep -c " /good " /proc/self/mountinfo; [ $2 = bad ] && exit 4; exit 1',
        ),
        app: { ...shell('exec sleep 1000'), ...boot, Requires: ['mount:/bad'] },
      }),
    },
  });
  const client = await machine.client();
  const good = await client.status({ service: 'mount:/good' });
  t.strictSame([good.state, said(good)], ['completed', ['checked -a good', '0']]);
  t.strictSame(
    good.output.map(({ process }) => process),
    ['fsck', 'fsck'],
  );
  const facts = { mount_point: '/good', device: 'good', fs_type: 'tmpfs', options: [], fsck: true, mounted: true };
  t.strictSame(good.mount, facts);
  const logs = await machine.run('peiosctl', 'logs', 'mount:/good', '--json');
  t.match(logs, { status: 0, stdout: /"origin":"mount:\/good\/\/fsck"/ });
  const bad = await client.status({ service: 'mount:/bad' });
  t.match(bad, { state: 'failed', cause: 'mount_failure', detail: /fsck of bad exited with code 4 \(errors were left uncorrected\)/ });
  t.match(await client.status({ service: 'app' }), { state: 'failed', cause: 'dependency_failure' });
  t.match(await client.status({ service: 'mount:/none' }), { state: 'failed', detail: /there is no program fsck\.ramfs/ });
  await machine.shows(/fsck of good mended the filesystem \(exit code 1\); it is mounted/);
});

t.test(
  'BOOT-031 what is there already is taken where it is the same, and refused where it is not; a late device is waited for',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: {
        ...entries({ any: { MountPoint: '/any' }, other: { MountPoint: '/other', FsType: 'ramfs' } }),
      },
    });
    const client = await machine.client();
    for (const name of ['any', 'other']) t.match(await client.stop({ service: `mount:/${name}` }), { state: 'inactive' });
    const made = await machine.run('sh', '-c', 'mount -t tmpfs tmpfs /any && mount -t tmpfs tmpfs /other');
    t.equal(made.status, 0, made.stderr);
    t.match(await client.start({ service: 'mount:/any' }), { state: 'completed' });
    t.equal((tableOf(machine).match(/ \/any /g) ?? []).length, 1);
    t.match(await client.start({ service: 'mount:/other' }), { state: 'failed' });
    t.match(await client.status({ service: 'mount:/other' }), { detail: /something else is mounted at \/other already/ });
    const seed = machine.path('/run/late.json');
    writeFileSync(seed, JSON.stringify(entries({ late: { MountPoint: '/late', Device: '/dev/late', FsType: 'ext4' } })));
    t.match(await machine.run('peiosctl', 'registry', 'import', '/run/late.json'), { status: 0 });
    t.match(await client.reloadConfig({}), { status: 'ok' });
    await client.start({ service: 'mount:/late', wait: false });
    await machine.reaches('mount:/late', (status) => said(status).includes('waiting for /dev/late to appear'));
    writeFileSync(machine.path('/dev/late'), '');
    const { detail } = await machine.reaches('mount:/late', ({ state }) => state === 'failed');
    t.match(detail, /mounting \/dev\/late at \/late as ext4 failed/);
  },
);

t.test('O-139 a container that may not mount says so', { skip }, async (t) => {
  const machine = await launch(t, {
    words: ['--container', 'docker'],
    registry: entries({ any: { MountPoint: '/any', Device: 'tmpfs' } }),
  });
  const told =
    /mounting tmpfs at \/any as tmpfs failed: EPERM \(not permitted\)\. Where this machine is a container, it needs CAP_SYS_ADMIN/;
  await machine.shows(told);
  t.match(machine.console(), told);
});
