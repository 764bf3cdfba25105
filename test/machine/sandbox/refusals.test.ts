import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { until } from '../../support/wait.ts';
import type { Listed } from './sandbox.ts';
import { cannotRun, freshName, isAlive, launcher, list, listed, project, standInRuntime, start, temporaryDirectory } from './sandbox.ts';

const userId = 54_321;
const asUser = ['setpriv', `--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'];

t.test('usage errors end with 2 and say what is wrong', async (t) => {
  for (const [words, message] of [
    [['--no-such-option'], /unknown option --no-such-option/],
    [['--name'], /--name needs a value/],
    [['--name', '../up'], /\.\.\/up is no name for a sandbox/],
    [['--settle-timeout', '1.5'], /--settle-timeout takes whole seconds, not 1\.5/],
    [['--cmdline', 'a="b'], /a double quote is not closed/],
    [['--'], /COMMAND is missing/],
    [['exec', 'name'], /usage: peinit-sandbox exec NAME -- COMMAND/],
    [['list', '--yaml'], /usage: peinit-sandbox list \[--json\]/],
    [['--root', '/etc/passwd'], /--root \/etc\/passwd is no directory/],
    [['--layer', '/etc/passwd'], /--layer \/etc\/passwd is no directory/],
    [['--project', '/etc/passwd'], /--project \/etc\/passwd is no directory/],
    [['--root', '/no/such/root'], /--root \/no\/such\/root: No such file or directory/],
  ] as const) {
    const { status, stderr } = await start(t, words).ended;
    t.equal(status, 2, words.join(' '));
    t.match(stderr, message);
  }
});

t.test('--help goes to standard output with 0 and lists every option', async (t) => {
  const { status, stdout, stderr } = await start(t, ['--help']).ended;
  t.equal(status, 0);
  t.equal(stderr, '');
  for (const option of [
    '--registry',
    '--no-base',
    '--cmdline',
    '--root',
    '--name',
    '--keep',
    '--container',
    '--cgroupns',
    '--reboot',
    '--settle-timeout',
    '--init',
    'exec NAME',
    'list [--json]',
  ])
    t.ok(stdout.includes(option), option);
});

t.test('an incomplete runtime is named before anything is made', async (t) => {
  const runtime = temporaryDirectory(t);
  t.match(await start(t, ['--runtime', runtime]).ended, {
    status: 125,
    stderr: /the runtime .* is incomplete: base\.yaml.*Run bin\/build-runtime/,
  });
  t.match(await start(t, ['--runtime', runtime, '--no-base']).ended, { status: 125, stderr: /is incomplete: node: / });
});

t.test('bin/peinit-sandbox works from any directory, through a link, and with any node first on PATH', { skip: cannotRun }, async (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync(join(project, 'bin/peinit-sandbox'), join(directory, 'sandbox'));
  writeFileSync(join(directory, 'node'), '#!/bin/sh\necho wrong node >&2\nexit 99\n', { mode: 0o755 });
  const runtime = standInRuntime(t);
  const output = execFileSync(
    join(directory, 'sandbox'),
    ['--runtime', runtime, '--no-base', '--', 'node', '-p', '"inside " + process.version'],
    {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: `${directory}:/usr/bin:/bin` },
    },
  );
  t.equal(output, `inside ${process.version}\n`);
});

t.test(
  'O-69 where privileges are missing, the status is 3, and where no cgroup can be made, a note says so; both name the remedy',
  { skip: cannotRun },
  async (t) => {
    const runtime = standInRuntime(t);
    chmodSync(runtime, 0o755);
    const words = ['--runtime', runtime, '--no-base', '--', 'true'];
    const ran = async (through: readonly string[], env: NodeJS.ProcessEnv = {}) =>
      start(t, words, { through, env: { ...process.env, ...env } }).ended;
    t.match(await ran(['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin']), {
      status: 3,
      stderr: /root lacks CAP_SYS_ADMIN here\. In a container, start it with: docker run --privileged --cgroupns=private/,
    });
    const records = temporaryDirectory(t);
    chownSync(records, userId, userId);
    t.match(await ran(asUser, { XDG_RUNTIME_DIR: records }), {
      status: 0,
      stderr: new RegExp(
        String.raw`note: cannot make a cgroup below .*: Permission denied\. The machine runs without cgroups\. ` +
          'One must be delegated to you: systemd-run --user --scope -p Delegate=yes bin/peinit-sandbox',
      ),
    });
    const readOnly = `mount -o bind,remount,ro "$0" && shift 0 && exec "$@"`;
    const mount = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))!
      .split(' ')[4]!;
    t.match(await ran(['unshare', '-m', 'sh', '-c', readOnly, mount]), {
      status: 0,
      stderr: /Read-only file system\. The machine runs without cgroups\. In a container, start it with: docker run --privileged/,
    });
    t.match(await ran(['unshare', '-m', 'sh', '-c', 'umount "$0" && exec "$@"', mount]), {
      status: 0,
      stderr: /no cgroup2 file system is mounted/,
    });
  },
);

t.test('an ordinary user with a delegated cgroup', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  chmodSync(runtime, 0o755);
  const records = temporaryDirectory(t);
  chownSync(records, userId, userId);
  const delegated = await delegatedCgroup(t, runtime);
  const joined = ['sh', '-c', `echo $$ > ${delegated}/cgroup.procs && exec "$0" "$@"`, ...asUser];
  const env = { ...process.env, XDG_RUNTIME_DIR: records };
  const run = (words: readonly string[]) =>
    start(t, ['--runtime', runtime, '--project', project, '--no-base', ...words], { through: joined, env });

  await t.test('boots a machine in a user namespace: root inside, the host programs there, nothing lasts', async (t) => {
    const { status, stdout, stderr } = await run([
      '--',
      'sh',
      '-c',
      'id -u; grep 0:: /proc/self/cgroup; touch /etc/new /usr/bin/new /var/lib/new && ls /usr/bin/env; echo x > /proc/sys/kernel/panic',
    ]).ended;
    t.equal(stdout, '0\n0::/@exec\n/usr/bin/env\n', stderr);
    t.match(stderr, /panic: (Read-only file system|Permission denied)/);
    t.equal(status, 2);
  });

  await t.test('list says so where there is no sandbox', async (t) => {
    const { status, stdout, stderr } = await start(t, ['list'], { through: asUser, env }).ended;
    t.strictSame({ status, stdout, stderr }, { status: 0, stdout: '', stderr: 'peinit-sandbox: no sandbox is running\n' });
  });

  await t.test('boots on a host that has a peinit of its own, whose directories only root may enter', async (t) => {
    const words = ['--runtime', runtime, '--project', project, '--no-base'];
    const write = ['--', 'sh', '-c', 'echo x > /.peinit/probe && ls -A /.peinit /var/lib/registryd'];
    const { status, stdout, stderr } = await start(t, [...words, ...write], { through: [...hostWithPeinit, ...joined], env }).ended;
    t.match({ status, stdout }, { status: 0, stdout: '/.peinit:\nprobe\n\n/var/lib/registryd:\n' }, stderr);
  });

  await t.test('its record is in XDG_RUNTIME_DIR, exec enters it, and killing launcher and keeper leaves nothing', async (t) => {
    const name = freshName();
    const machine = run(['--name', name]);
    const own = (): readonly Listed[] =>
      JSON.parse(execFileSync(asUser[0]!, [...asUser.slice(1), launcher, 'list', '--json'], { encoding: 'utf8', env })).sandboxes;
    await until('it is listed', () => own().some((entry) => entry.name === name && entry.pid !== null));
    const { pid, keeper_pid, launcher_pid, cgroup } = own()[0]!;
    t.equal(dirname(cgroup), delegated);
    t.strictSame(
      list().filter((entry) => entry.name === name),
      [],
      'root has a list of its own',
    );
    const entered = await start(t, ['exec', name, '--', 'sh', '-c', 'id -u; grep CapEff /proc/self/status'], { through: joined, env })
      .ended;
    t.match(entered.stdout, /^0\nCapEff:\t[0-9a-f]+\n$/, entered.stderr);
    process.kill(launcher_pid, 'SIGSTOP');
    process.kill(keeper_pid, 'SIGKILL');
    await until('PID 1 dies with the keeper', () => !isAlive(pid!));
    process.kill(launcher_pid, 'SIGKILL');
    await machine.ended;
    t.strictSame(own(), []);
  });
});

t.test('a sandbox can run inside a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const name = freshName();
  const outer = start(t, ['--runtime', runtime, '--project', project, '--no-base', '--name', name]);
  await listed(name);
  const script =
    `mount -t cgroup2 none /sys/fs/cgroup && exec ${launcher} --runtime /usr/lib/peinit --project ${project} --no-base -- sh -c ` +
    `'hostname; cat /proc/1/comm'`;
  const { stdout, stderr, status } = await start(t, ['exec', name, '--', 'sh', '-c', script]).ended;
  t.match(stdout, /^sandbox-\d+\nnode/, stderr);
  t.equal(status, 0);
  outer.process.kill('SIGTERM');
  await outer.ended;
});

/** Runs what follows on this host as it would be with peinit installed: its root is covered by one that has more. */
const hostWithPeinit = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-ec',
  `mount -t tmpfs more /mnt
  mkdir -p /mnt/more/.peinit /mnt/more/var/lib/registryd /mnt/root
  chmod 700 /mnt/more/.peinit /mnt/more/var/lib/registryd
  echo theirs | tee /mnt/more/.peinit/file > /mnt/more/var/lib/registryd/machine.db
  mount -t overlay host -o lowerdir=/mnt/more:/ /mnt/root
  for part in $(awk '{ print $5 }' /proc/self/mountinfo | cut -d/ -f2 | sort -u) tmp $(echo ${project} | cut -d/ -f2); do
    test "$part" = mnt || test -z "$part" || mount --rbind "/$part" "/mnt/root/$part"
  done
  cd /mnt/root
  pivot_root . mnt
  umount -l /mnt
  exec "$0" "$@"`,
];

/** A cgroup that belongs to the ordinary user, below the one of this process. */
async function delegatedCgroup(t: import('tap').Test, runtime: string): Promise<string> {
  const name = freshName();
  const probe = start(t, ['--runtime', runtime, '--no-base', '--name', name]);
  const directory = join(dirname((await listed(name)).cgroup), `${name}-delegated`);
  probe.process.kill('SIGTERM');
  await probe.ended;
  mkdirSync(directory);
  for (const part of ['.', 'cgroup.procs', 'cgroup.subtree_control']) chownSync(join(directory, part), userId, userId);
  t.teardown(() => until('the delegated cgroup is empty', () => removed(directory)));
  return directory;
}

function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
