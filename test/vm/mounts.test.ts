/** Mounts on a real kernel: ext4 with its fsck, a device that comes late, and one that is suspended, whose helper cannot be killed. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settingDefaults } from '../../gen/settings/facts.ts';
import type { Registry } from '../support/machine.ts';
import { shell, withServices } from '../support/machine.ts';
import { cannotBoot, directory, runInVm, seedFile } from '../support/vm.ts';

const lacks = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0;
const skip = cannotBoot() || (lacks('dmsetup') || lacks('mkfs.ext4') ? 'dmsetup or mkfs.ext4 is not installed' : false);
t.setTimeout(600_000);

/** What PSD-007 8.1 gives processes after SIGKILL. */
const postKillSeconds = 5;
const bytes = 32 << 20;
const sectors = bytes / 512;

/** A disk with an ext4 in each of its parts. */
function disk(into: string, name: string, parts: number): string {
  const path = join(into, name);
  const images = Array.from({ length: parts }, (_, index) => {
    const part = `${path}.${index}`;
    writeFileSync(part, '');
    for (const words of [
      ['truncate', '-s', String(bytes), part],
      ['mkfs.ext4', '-q', part],
    ]) {
      const { status, stderr } = spawnSync(words[0] as string, words.slice(1), { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
    }
    return readFileSync(part);
  });
  writeFileSync(path, Buffer.concat(images));
  return path;
}

const added = (file: string, id: string, slot: number): string =>
  `--qemu=-drive file=${file},format=raw,if=none,id=${id} -device virtio-blk-pci,drive=${id},addr=0x${slot.toString(16)}`;

const mapping = (name: string, from: number): string =>
  `dmsetup create --noudevsync ${name} --table "0 ${sectors} linear /dev/vdc ${from}"`;

const registry: Registry = {
  ...Object.fromEntries(
    Object.entries({
      data: { MountPoint: '/data', Device: '/dev/vdb', Fsck: 1, Options: ['noatime'], StartTimeout: 120 },
      late: { MountPoint: '/late', Device: '/dev/mapper/late', StartTimeout: 120 },
      dead: { MountPoint: '/dead', Device: '/dev/mapper/dead', StartTimeout: 4, Requires: ['mapper'] },
    }).map(([name, values]) => [`Machine\\System\\Boot\\Mounts\\${name}`, { FsType: 'ext4', ...values }]),
  ),
  ...withServices({
    mapper: {
      ...shell(
        [
          'export DM_DISABLE_UDEV=1; modprobe dm_mod && sleep 2',
          mapping('late', 0),
          mapping('dead', sectors),
          // A filesystem that was asked first would be frozen, and refuse the mount at once.
          'dmsetup suspend --noflush --nolockfs dead',
        ].join(' && '),
      ),
      Type: 'Oneshot',
      RemainAfterExit: 1,
      StartTimeout: 120,
      Triggers: ['boot'],
      Description: 'names the programs that the image needs',
      ExecStartPre: ['/usr/sbin/dmsetup version', '/usr/sbin/fsck.ext4 -V'],
    },
    app: {
      ImagePath: '/bin/sleep',
      Arguments: ['1000'],
      WorkingDirectory: '/data',
      Readiness: 1,
      Triggers: ['boot'],
      Requires: ['mount:/data', 'mount:/late'],
    },
    // It ignores SIGTERM, on the machine on which something else cannot be killed at all.
    stubborn: { ...shell('trap "" TERM; while :; do sleep 1; done'), Readiness: 1, Triggers: ['boot'], StopTimeout: 3 },
    needy: { ImagePath: '/bin/sleep', Arguments: ['1000'], Readiness: 1, Triggers: ['boot'], Requires: ['mount:/dead'] },
  }),
};

const report = `
sed 's/^/mount /' /proc/mounts
for name in data late dead; do peiosctl status mount:/$name | sed "s/^/$name: /"; done
peiosctl list | sed 's/^/list /'
for pid in $(cat /sys/fs/cgroup/peinit/mount%3A%2Fdead/main/cgroup.procs); do echo helper $(cut -d' ' -f3 /proc/$pid/stat); done
`;

t.test('mounts on a real kernel', { skip }, async (t) => {
  const into = directory(t);
  const disks = [added(disk(into, 'data.img', 1), 'data', 5), added(disk(into, 'mapped.img', 2), 'mapped', 6)];
  const { output, console } = await runInVm(t, ['--registry', seedFile(t, registry), ...disks], report);

  t.test('BOOT-031 BOOT-033 ext4 is checked and mounted on its device before what requires it', async (t) => {
    t.match(output, /^mount \/dev\/vdb \/data ext4 rw,noatime/m);
    t.match(output, /^data: .*clean, \d+\/\d+ files/m);
    t.match(output, /^list app +active/m);
  });
  t.test('BOOT-031 a device that comes late is mounted when it is there', async (t) => {
    t.match(output, /^late: .*waiting for \/dev\/mapper\/late to appear/m);
    t.match(output, /^mount \/dev\/(?:mapper\/late|dm-0) \/late ext4 rw/m);
  });
  t.test(
    'BOOT-031 BOOT-034 a device that hangs holds its helper in D state: the mount fails at StartTimeout, and the leak is listed',
    async (t) => {
      t.match(output, /^helper D/m);
      t.match(output, /^dead: .*abandoned/m);
      t.match(output, /^dead: .*peinit\/mount%3A%2Fdead/m);
      t.match(output, /^list needy +failed +dependency_failure/m);
    },
  );
  t.test('SHUT-013 SHUT-014 BOOT-035 the machine ends all the same, and what can be unmounted is', async (t) => {
    t.match(console, /app: stopped[\s\S]*power off/);
    // The kernel writes past what the terminal still holds.
    t.match(console, /Power down/);
    t.match(console, /a device\s+or\s+a\s+network\s+hangs/);
    t.notMatch(console, /warning: unmounting \/(?:data|late)/);
    t.match(console, /stubborn\s+did\s+not\s+end\s+within\s+3\s+seconds\s+after\s+SIGTERM/);
    const at = (what: string): number => Number(console.match(new RegExp(`\\[ *([\\d.]+)\\] [^\\n]*${what}`))?.[1]);
    const seconds = at('power off') - at('going down');
    t.ok(seconds <= settingDefaults.shutdownTimeout + postKillSeconds, `from the request to the end ${seconds} s`);
  });
});
