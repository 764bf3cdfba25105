/** What a machine meets in a container without privileges: `--container` sets the same limits as the runtimes do by default. */
import t from 'tap';
import { cannotRun, enter, freshName, listed, standInRuntime, start } from './sandbox.ts';

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

  t.test('O-69 docker: PID 1 has the capabilities, the mounts and the filter of a plain docker run', async (t) => {
    const { status, stdout, stderr } = await start(t, [
      ...words,
      '--container',
      'docker',
      '--init',
      '/bin/sh',
      '--init-arg',
      '-c',
      '--init-arg',
      script,
    ]).ended;
    t.strictSame(answers(stdout), expected, stderr);
    t.equal(status, 0);
  });

  t.test('O-69 what runs in it from outside is bound by the same', async (t) => {
    const name = freshName();
    start(t, [...words, '--container', 'docker', '--name', name]);
    await listed(name);
    const { stdout, stderr } = await enter(t, name, ['sh', '-c', script]);
    t.strictSame(answers(stdout), expected, stderr);
  });

  t.test('O-69 with --cgroupns host it sees the path of its cgroup on the host, read-only', async (t) => {
    const look = "sed -n 's/^0:://p' /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2>&1 | grep -o Read-only";
    const { stdout } = await start(t, [
      ...words,
      '--container',
      'docker',
      '--cgroupns',
      'host',
      '--init',
      '/bin/sh',
      '--init-arg',
      '-c',
      '--init-arg',
      look,
    ]).ended;
    t.match(stdout, /^\/.*peinit-sandbox-.*\nRead-only\n$/);
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
