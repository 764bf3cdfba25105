/** What a machine meets in a container without privileges: `--container` sets the same limits as the runtimes do by default. */
import { chmodSync, chownSync } from 'node:fs';
import t from 'tap';
import { cannotRun, enter, freshName, listed, standInRuntime, start, temporaryDirectory } from './sandbox.ts';

/** Asks a number of x86-64's system calls, and says how it is answered. */
const call = (...words: readonly number[]): string =>
  `perl -e 'print syscall(${words.join(', ')}) == -1 ? $!{ENOSYS} ? "ENOSYS" : $!{EPERM} ? "EPERM" : $! : "done"'`;
const newUts = 0x0400_0000;
const sigchld = 17;
const chr = 0o020_666;
const fifo = 0o010_666;

/** Docker's default set: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD,
 * AUDIT_WRITE, SETFCAP. */
const capabilities = '00000000a80425fb';
const none = '0000000000000000';

const facts: readonly (readonly [what: string, command: string, answer: string])[] = [
  [
    'inheritable, permitted, effective, bounding, ambient',
    "sed -n 's/^Cap...:.//p' /proc/self/status | paste -sd' '",
    [none, capabilities, capabilities, capabilities, none].join(' '),
  ],
  ['no_new_privs is off, a filter is on', "sed -n 's/^NoNewPrivs:.//p; s/^Seccomp:.//p' /proc/self/status | paste -sd' '", '0 2'],
  ['its own cgroup is the root', "sed -n 's/^0:://p' /proc/self/cgroup", '/'],
  ['cgroup2 is read-only', 'mkdir /sys/fs/cgroup/x 2>&1 | grep -o Read-only; stat -fc %T /sys/fs/cgroup', 'Read-only\ncgroup2fs'],
  [
    '/proc/sys and /sys are read-only',
    "sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\(.proc.sys\\|.sys\\) \\(r.\\),.*/\\1 \\2/p' /proc/self/mountinfo | sort",
    '/proc/sys ro\n/sys ro',
  ],
  ['what tells of the host is empty', 'cat /proc/keys /proc/timer_list /proc/interrupts; ls -A /sys/firmware', ''],
  ['without a terminal there is no console', 'test -e /dev/console || echo none', 'none'],
  ['every port may be bound', 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start', '0'],
  ['clone3', call(435, 0, 0), 'ENOSYS'],
  ['clone into a namespace', call(56, newUts | sigchld, 0, 0, 0, 0), 'EPERM'],
  ['unshare', call(272, newUts), 'EPERM'],
  ['setns', call(308, 0, 0), 'EPERM'],
  ['mount', call(165, 0, 0, 0, 0, 0), 'EPERM'],
  ['umount2', call(166, 0, 0), 'EPERM'],
  ['pivot_root', call(155, 0, 0), 'EPERM'],
  ['reboot', call(169, 0, 0, 0, 0), 'EPERM'],
  ['sethostname', call(170, 0, 0), 'EPERM'],
  ['kcmp', call(312, 1, 1, 0, 0, 0), 'EPERM'],
  ['keyctl', call(250, 0, 0, 0, 0, 0), 'EPERM'],
  ['io_uring_setup', call(425, 0, 0), 'EPERM'],
  ['what is younger than the filter', call(500), 'ENOSYS'],
  ['a socket to the hypervisor', call(41, 40, 1, 0), 'EPERM'],
  ['a fifo', `perl -e 'my $path = "/tmp/a"; print syscall(133, $path, ${fifo}, 0)'`, '0'],
  ['a device', `perl -e 'my $path = "/tmp/b"; print syscall(133, $path, ${chr}, 0x103) == -1 && $!{EPERM}'`, '1'],
];

const script = facts.map(([, command], index) => `printf '\\n%d:' ${index}; ${command}`).join('\n');

/** What the script said, fact by fact. */
function answers(stdout: string): readonly (readonly [string, string])[] {
  return facts.map(([what], index) => {
    const begin = stdout.indexOf(`\n${index}:`) + `\n${index}:`.length;
    const end = stdout.indexOf(`\n${index + 1}:`);
    return [what, stdout.slice(begin, end < 0 ? undefined : end).trim()];
  });
}

const expected = facts.map(([what, , answer]) => [what, answer]);

t.test('--container', { skip: cannotRun || (process.arch === 'x64' ? false : 'numbers of x86-64') }, async (t) => {
  const runtime = standInRuntime(t);
  const words = ['--runtime', runtime, '--no-base'];

  const boot = (kind: string, command: string, ...more: readonly string[]) =>
    start(t, [...words, '--container', kind, ...more, '--init', '/bin/sh', '--init-arg', '-c', '--init-arg', command]).ended;

  for (const kind of ['docker', 'rootless']) {
    t.test(`O-69 ${kind}: PID 1 has the capabilities, the mounts and the filter of a plain container`, async (t) => {
      const { status, stdout, stderr } = await boot(kind, script);
      t.strictSame(answers(stdout), expected, stderr);
      t.equal(status, 0);
    });

    t.test(`O-69 ${kind}: what runs in it from outside is bound by the same`, async (t) => {
      const name = freshName();
      start(t, [...words, '--container', kind, '--name', name]);
      await listed(name);
      const { stdout, stderr } = await enter(t, name, ['sh', '-c', script]);
      t.strictSame(answers(stdout), expected, stderr);
    });

    t.test(`O-69 ${kind}: with --cgroupns host it sees the path of its cgroup on the host, and can make none`, async (t) => {
      const look = "sed -n 's/^0:://p' /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2>&1 | grep -o Read-only";
      t.match((await boot(kind, look, '--cgroupns', 'host')).stdout, /^\/.*peinit-sandbox-.*\nRead-only\n$/);
    });
  }

  t.test('O-69 rootless: there are 65537 ids, and groups can be set', async (t) => {
    const look = 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; setpriv --groups 65536 id -G';
    t.equal((await boot('rootless', look)).stdout, ' 0 0 65537\n 0 0 65537\n0 65536\n');
  });

  t.test('O-69 rootless, for a user without subordinate ids, has one and says so', async (t) => {
    const userId = 54_322;
    const records = temporaryDirectory(t);
    chownSync(records, userId, userId);
    chmodSync(runtime, 0o755);
    const look = 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; setpriv --groups 0 true || echo none';
    const { stdout, stderr } = await start(
      t,
      [...words, '--container', 'rootless', '--init', '/bin/sh', '--init-arg', '-c', '--init-arg', look],
      {
        through: ['setpriv', `--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'],
        env: { ...process.env, XDG_RUNTIME_DIR: records },
      },
    ).ended;
    t.match(stdout, new RegExp(` 0 ${userId} 1\n 0 ${userId} 1\n.*none\n$`, 's'));
    t.match(stderr, /note: no subordinate ids: the machine has uid 0 and gid 0 alone/);
  });

  for (const [wrong, message] of [
    [['--container', 'lxc'], /--container takes docker or rootless, not lxc/],
    [['--container', 'docker', '--cgroupns', 'own'], /--cgroupns takes private or host, not own/],
    [['--cgroupns', 'host'], /--cgroupns is for --container/],
  ] as const) {
    t.test(`${wrong.join(' ')} is refused`, async (t) => {
      const { status, stderr } = await start(t, wrong).ended;
      t.equal(status, 2);
      t.match(stderr, message);
    });
  }
});
