/** Mount entries: what they become, which are refused and why, and the order that their paths make. */
import t from 'tap';
import { decodeDefinitions } from '../../../../src/policy/definition/decode.ts';
import { mountOf } from '../../../../src/policy/definition/decode-mounts.ts';
import { mountArgumentsOf } from '../../../../src/policy/definition/mount-options.ts';
import { parseMountPoint } from '../../../../src/policy/definition/mount-point.ts';
import type { Decoded } from '../../../../src/policy/definition/set.ts';
import type { Values } from './raw.ts';
import { raw, refusal } from './raw.ts';

const data: Values = { MountPoint: '/data', Device: '/dev/vdb', FsType: 'ext4' };
const decoded = (entries: Readonly<Record<string, Values>>): readonly Decoded[] =>
  decodeDefinitions(
    [],
    [],
    Object.entries(entries).map(([name, values]) => raw(name, values)),
  ).services;
const one = (values: Values): Decoded => decoded({ Some: { ...data, ...values } })[0] as Decoded;
const messages = (values: Values): readonly string[] => one(values).findings.map(({ message }) => message);

t.test('BOOT-030 KEY-005 D-13 an entry becomes a service with the name of its mount point, whatever its key is called', async (t) => {
  const [service] = decoded({
    'Any Name': { ...data, Options: ['ro', 'nosuid', 'data=journal'], Fsck: 1, StartTimeout: 90, Requires: ['udev'] },
  });
  t.strictSame(service?.findings, []);
  const { name, type, remainAfterExit, identity, triggers, requires, startTimeout, errorControl, restartPolicy, mount } =
    service?.definition ?? {};
  t.strictSame(
    { name, type, remainAfterExit, identity, triggers, requires, startTimeout, errorControl, restartPolicy, mount },
    {
      name: 'mount:/data',
      type: 'Oneshot',
      remainAfterExit: true,
      identity: 'SYSTEM',
      triggers: [{ type: 'boot' }],
      requires: ['udev'],
      startTimeout: 90,
      errorControl: 'Normal',
      restartPolicy: 'Never',
      mount: {
        point: '/data',
        device: '/dev/vdb',
        type: 'ext4',
        options: ['ro', 'nosuid', 'data=journal'],
        flags: 3,
        data: 'data=journal',
        fsck: true,
      },
    },
  );
  t.strictSame(
    [service?.definition?.execStartPre, service?.definition?.imagePath, service?.definition?.arguments],
    [
      [
        ['peinit-helper', 'wait', '/dev/vdb'],
        ['peinit-helper', 'fsck', 'ext4', '/dev/vdb'],
      ],
      'peinit-helper',
      ['mount', '/dev/vdb', '/data', 'ext4', '3', 'data=journal'],
    ],
  );
  t.match(one({ ErrorControl: 1 }).definition, { errorControl: 'Critical', restartPolicy: 'OnFailure', startTimeout: 30 });
});

t.test('BOOT-030 options are a list, or one text with commas', async (t) => {
  const planOf = (values: Values) => one(values).definition?.mount;
  t.strictSame(planOf({ Options: 'noatime,size=1m' }), planOf({ Options: ['noatime', 'size=1m'] }));
  t.strictSame(planOf({ Options: '' }), planOf({}));
  t.strictSame(refusal(one({ Options: 'ro,,rw' })), { definition: null, findings: ['Options invalid'] });
});

t.test('D-13 words become flags, the later one holds; words for others are left out, and the rest is for the filesystem', async (t) => {
  const rows: readonly (readonly [readonly string[], number, string])[] = [
    [[], 0, ''],
    [['defaults', 'ro'], 1, ''],
    [['ro', 'rw'], 0, ''],
    [['nosuid', 'nodev', 'noexec', 'suid'], 12, ''],
    [['bind', 'ro'], 4097, ''],
    [['rbind'], 20480, ''],
    [['strictatime', 'noatime'], 1024, ''],
    [['noatime', 'relatime'], 1 << 21, ''],
    [['sync', 'dirsync', 'nodiratime', 'lazytime', 'silent', 'nosymfollow'], 16 | 128 | 2048 | (1 << 25) | 32768 | 256, ''],
    [['x-systemd.automount', 'nofail', 'noauto', '_netdev', 'user', 'comment=x'], 0, ''],
    [['size=1m', 'mode=0700', 'ro', 'huge'], 1, 'size=1m,mode=0700,huge'],
  ];
  for (const [words, flags, text] of rows) t.strictSame(mountArgumentsOf(words), { flags, data: text }, words.join());
});

t.test('D-13 a mount point has one form, and is not one that process 1 mounts itself', async (t) => {
  for (const path of ['/data', '/srv/a b', '/.x', '/a..b', '/run/media', '/dev/hugepages']) t.equal(parseMountPoint(path).ok, true, path);
  for (const path of [
    'data',
    '',
    '/',
    '/data/',
    '//data',
    '/a/./b',
    '/a/..',
    '/proc',
    '/sys/fs/cgroup',
    '/run',
    '/a\nb',
    `/${'x'.repeat(1100)}`,
    // What process 1 needs would be hidden.
    '/sys/fs',
    '/run/peinit',
    '/.peinit',
    '/sys/fs/cgroup/peinit',
  ])
    t.equal(parseMountPoint(path).ok, false, path);
});

t.test('D-13 what cannot be is refused by its field, with what to do', async (t) => {
  const rows: readonly (readonly [Values, RegExp])[] = [
    [{ FsType: '' }, /^service mount:\/data: entry "Some": FsType does not name a filesystem\. Write ext4/],
    [{ FsType: 'auto' }, /FsType does not name/],
    [{ Device: 'UUID=12' }, /Device is a tag, which peinit does not look up\. Name the link below \/dev\/disk/],
    [{ Options: ['bind'], Device: 'x' }, /Device is no absolute path/],
    [{ Options: ['bind'], Device: '/x', Fsck: 1 }, /Fsck is set, but what is bound is no filesystem/],
    [{ Options: ['remount'] }, /Options\[0\] "remount" changes what is mounted already/],
    [{ Options: ['loop=/dev/loop0'] }, /needs a loop device/],
    [{ Options: ['shared'] }, /propagation/],
    [{ StartTimeout: 0 }, /StartTimeout is 0, but must be at least 1 s/],
    [{ Fsck: 2 }, /Fsck is 2, but must be 0 or 1/],
    [{ Device: `/${'d'.repeat(4095)}` }, /Device comes to more than 4095 bytes, which mount\(2\) does not take/],
    [{ Options: ['ro', 'a'.repeat(2000), 'b'.repeat(2095)] }, /Options comes to more than 4095 bytes/],
    [{ MountPoint: '/sys/fs' }, /MountPoint "\/sys\/fs" would hide \/sys\/fs\/cgroup, which process 1 needs\. Mount it elsewhere/],
    [{ MountPoint: '/run' }, /^service mount:Some: entry "Some": MountPoint "\/run" is mounted before the registry is read/],
  ];
  for (const [values, wanted] of rows) t.match(messages(values)[0], wanted, JSON.stringify(values));
  t.match(decoded({ Some: { MountPoint: '/data', FsType: 'ext4' } })[0]?.findings[0]?.message, /Device is missing/);
  t.strictSame(one({ Options: ['bind', 'ro'], Device: '/srv', FsType: 'none' }).definition?.mount?.type, '');
});

t.test('D-13 of two entries with one mount point neither is mounted', async (t) => {
  const [both, ...others] = decoded({ One: data, Two: data });
  t.strictSame([both?.definition, others.length], [null, 0]);
  t.match(both?.findings[0]?.message, /its mount point is that of another entry as well, "Two"\. Keep one/);
});

t.test('O-141 a mount needs those above its mount point and its device, the nearest, without naming them', async (t) => {
  const tmp: Values = { Device: 'tmpfs', FsType: 'tmpfs' };
  const all = decoded({
    deep: { ...tmp, MountPoint: '/data/a/b', Requires: ['x'] },
    top: { ...tmp, MountPoint: '/data' },
    like: { ...tmp, MountPoint: '/database' },
    middle: { ...tmp, MountPoint: '/data/a' },
    bound: { MountPoint: '/srv', Device: '/data/a/c', Options: ['bind'] },
  });
  t.strictSame(Object.fromEntries(all.map(({ name, definition }) => [name, definition?.requires])), {
    'mount:/data/a/b': ['x', 'mount:/data/a'],
    'mount:/data': [],
    'mount:/database': [],
    'mount:/data/a': ['mount:/data'],
    'mount:/srv': ['mount:/data/a'],
  });
});

t.test('D-13 the name of an entry is that of its mount point, or of its key where that cannot be used', async (t) => {
  t.equal(mountOf(raw('Key', { MountPoint: '/a' })), 'mount:/a');
  t.equal(mountOf(raw('Key', { MountPoint: 'a' })), 'mount:Key');
  t.equal(mountOf(raw('Key', {})), 'mount:Key');
});

t.test('D-13 a key below Services that has the name of a mount harms it not', async (t) => {
  const { services } = decodeDefinitions([raw('mount:/data', { ImagePath: '/bin/x' })], [], [raw('Some', data)]);
  t.strictSame(
    services.map(({ name, definition }) => [name, definition?.mount?.device]),
    [['mount:/data', '/dev/vdb']],
  );
  t.strictSame(
    services[0]?.findings.map(({ message, kind }) => [message, kind]),
    [['service mount:/data: a key below Services has the name of this mount and counts for nothing. Delete the key.', 'warning']],
  );
});
