import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { withServices } from '../support/machine.ts';
import { cannotBoot, directory, needsRecovery, runInVm, seedFile, startVm } from '../support/vm.ts';

const skip = cannotBoot();
t.setTimeout(600_000);

const report = `
cat /proc/mounts | sed 's/^/mount /'
echo year $(date -u +%Y) of-registryd $(date -u -r /run/registry/registry.sock +%Y)
echo machine-id $(cat /etc/machine-id)
ls /var/lib/peinit | sed 's/^/kept /'
ls /.peinit | sed 's/^/probe /'
for name in critical normal; do
  pid=$(cat /sys/fs/cgroup/peinit/$name/main/cgroup.procs)
  echo oom-$name $(cat /proc/$pid/oom_score_adj)
  echo limit-$name $(grep 'open files' /proc/$pid/limits)
done
echo peinit-main $(cat /sys/fs/cgroup/peinit/registryd/main/cgroup.procs | wc -l)
mkdir -p /mnt/outer && mount -t tmpfs none /mnt/outer && mkdir /mnt/outer/inner && mount -t tmpfs none /mnt/outer/inner
exit 5
`;

/** What a machine has left on its disk image. */
function leftOn(image: string): { readonly id: string; readonly seed: string } {
  const file = (path: string): Buffer => spawnSync('debugfs', ['-R', `cat ${path}`, image]).stdout;
  return { id: file('/etc/machine-id').toString(), seed: file('/var/lib/peinit/random-seed').toString('hex') };
}

/** The kernel sets its clock from the RTC as well, so it is set wrong before peinit starts. */
const wrongClock = 'init=/bin/sh -- -c "date -s 2001-02-03; exec /usr/bin/peinit"';

t.test('a machine of its own boots on a real kernel, and what it keeps is there at the next boot', { skip }, async (t) => {
  const image = join(directory(t), 'disk.img');
  const service = { ImagePath: '/bin/sleep', Arguments: ['1000'], Readiness: 'Alive', Triggers: ['boot'] };
  const seed = seedFile(t, withServices({ critical: { ...service, ErrorControl: 'Critical', LimitNOFILE: 1_000_000 }, normal: service }));
  const rtc = ['--qemu=-rtc base=2031-05-06T07:08:09', '--cmdline', wrongClock];
  const first = await runInVm(t, ['--registry', seed, '--keep', image, ...rtc], report);
  const unfinished = needsRecovery(image);
  const left = leftOn(image);

  t.test('SIG-007 peinit-vm ends with the status of the command, and SIGPWR has the machine power off in order', async (t) => {
    t.equal(first.status, 5, first.console);
    t.match(first.console, /for poweroff: SIGPWR[\s\S]*normal: stopped[\s\S]*registryd: stopped[\s\S]*power off[\s\S]*Power down/);
  });
  t.test('SHUT-014 SHUT-015 mounts of services are gone at the end, and the disk is left clean', async (t) => {
    t.match(first.output, /^mount \S+ \/ ext4 rw/m);
    t.notMatch(first.console, /warning: (?:unmounting|remounting)/);
    t.notOk(unfinished);
  });
  t.test('BOOT-007 the read-only root is writable before registryd starts, and the probe file is gone', async (t) => {
    t.match(first.output, /^mount \S+ \/ ext4 rw/m);
    t.match(first.console, /root is writable[\s\S]*registryd: starting/);
    t.notMatch(first.output, /^probe probe-/m);
  });
  t.test('BOOT-009 BOOT-010 each virtual filesystem is there once, with its flags', async (t) => {
    const flags: Readonly<Record<string, RegExp>> = {
      '/proc proc': /nosuid,nodev,noexec/,
      '/sys sysfs': /nosuid,nodev,noexec/,
      '/sys/fs/cgroup cgroup2': /nosuid,nodev,noexec/,
      '/run tmpfs': /nosuid,nodev,/,
      '/dev/shm tmpfs': /nosuid,nodev,/,
      '/dev/pts devpts': /nosuid,noexec/,
      '/dev devtmpfs': /nosuid,/,
    };
    const lines = first.output.split('\n').filter((line) => line.startsWith('mount '));
    for (const [target, wanted] of Object.entries(flags)) {
      const found = lines.filter((line) => line.includes(` ${target} `));
      t.equal(found.length, 1, target);
      t.match(found[0], wanted);
    }
  });
  t.test('BOOT-012 the clock is set from the real-time clock before registryd is started', async (t) => {
    t.match(first.output, /^year 2031 of-registryd 2031$/m);
    t.match(first.console, /Feb +3 00:00:00 UTC 2001[\s\S]*clock: set from the real-time clock[\s\S]*registryd: starting/);
  });
  t.test('EXEC-021 EXEC-022 a critical service is protected from the OOM killer, and a limit above the inherited one is set', async (t) => {
    t.match(first.output, /^oom-critical -1000$/m);
    t.match(first.output, /^oom-normal 0$/m);
    t.match(first.output, /^limit-critical Max open files +1000000 +1000000/m);
  });

  const second = startVm(t, ['--keep', image]);
  await second.shows(/settled:/);
  second.process.kill('SIGINT');
  t.test('SIG-003 Ctrl-Alt-Del is a reboot request: services stop in order and the machine restarts', async (t) => {
    t.equal(await second.ends(), 0, 'peinit-vm without a command');
    t.match(second.output(), /SIGINT \(Ctrl-Alt-Del\)[\s\S]*normal: stopped[\s\S]*registryd: stopped/);
  });
  t.test('BOOT-076 the machine id is made once and kept', async (t) => {
    t.match(first.output, /^machine-id [0-9a-f]{32}$/m);
    t.equal(left.id, `${/^machine-id (.*)$/m.exec(first.output)?.[1]}\n`);
    t.equal(leftOn(image).id, left.id);
  });
  t.test('SHUT-024 BOOT-075 the first boot goes on without a seed, and an orderly end saves a fresh one', async (t) => {
    t.notMatch(first.output, /^kept random-seed/m);
    for (const { seed } of [left, leftOn(image)]) t.match(seed, /^[0-9a-f]{1024}$/);
    t.not(leftOn(image).seed, left.seed);
  });
});
