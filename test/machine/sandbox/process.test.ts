import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { until } from '../../support/wait.ts';
import { cannotRun, enter, freshName, hasTerminal, launcher, listed, project, standInRuntime, start } from './sandbox.ts';

/** SYS_TIME, SYS_MODULE, SYS_RAWIO, SYSLOG, MAC_ADMIN, MAC_OVERRIDE, MKNOD, WAKE_ALARM. */
const droppedCapabilities = [25, 16, 17, 34, 33, 32, 27, 35];

const capabilitySets = (status: string): readonly bigint[] =>
  [...status.matchAll(/^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s*([0-9a-f]+)$/gm)].map((match) => BigInt(`0x${match[1]}`));

const holdsDropped = (status: string): readonly number[] =>
  droppedCapabilities.filter((bit) => capabilitySets(status).some((set) => (set >> BigInt(bit)) & 1n));

t.test('PID 1 of a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const run = (words: readonly string[], options = {}) =>
    start(t, ['--runtime', runtime, '--project', project, '--no-base', ...words], options);

  t.test(
    'is node with the flags of the daemon, the inherited NOFILE pair, the launcher words and those of --cmdline, and a clean environment',
    async (t) => {
      const machine = run(['--cmdline', 'end=0 a.b="two words"', '--cmdline', 'last=1'], {
        through: ['prlimit', '--nofile=1234:5678'],
        env: { ...process.env, NODE_OPTIONS: '--no-such-flag', SECRET: 'x' },
      });
      const { stdout, status } = await machine.ended;
      t.equal(status, 0);
      t.strictSame(JSON.parse(stdout.replace(/^booted /, '')), {
        pid: 1,
        flags: [
          '--disable-sigusr1',
          '--v8-pool-size=0',
          '--single-threaded-gc',
          '--max-semi-space-size=1',
          '--initial-old-space-size=64',
          '--expose-gc',
        ],
        words: ['--nofile=1234:5678', 'peinit.launcher=1', 'peinit.root-is-system=1', 'end=0', 'a.b=two words', 'last=1'],
        env: { HOME: '/', TERM: 'linux', container: 'peinit-sandbox', UV_THREADPOOL_SIZE: '1' },
      });
    },
  );

  t.test('has namespaces and a cgroup of its own, its name as host name, and only the console as descriptors', async (t) => {
    const name = freshName();
    const machine = run(['--name', name]);
    const { pid, cgroup } = await listed(name);
    for (const namespace of ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup'])
      t.not(readlinkSync(`/proc/${pid}/ns/${namespace}`), readlinkSync(`/proc/self/ns/${namespace}`), namespace);
    t.equal(readFileSync(`${cgroup}/cgroup.procs`, 'utf8').trim(), String(pid));
    await until('PID 1 is up', () => machine.stdout().includes('ready'));
    const inside = await enter(t, name, [
      'sh',
      '-c',
      'hostname; grep 0:: /proc/1/cgroup; readlink /proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2; test -p /dev/console && echo fifo; ' +
        'grep ^Sig[BI] /proc/1/status',
    ]);
    t.equal(inside.stdout.split('\n').slice(0, 6).join('\n'), `${name}\n0::/\n/dev/null\n/dev/console\n/dev/console\nfifo`);
    machine.process.kill('SIGTERM');
    t.equal((await machine.ended).status, 0);
  });

  t.test('lacks the capabilities that reach the host, and so does what exec runs', async (t) => {
    const name = freshName();
    const machine = run(['--name', name]);
    const { pid } = await listed(name);
    t.strictSame(holdsDropped(readFileSync(`/proc/${pid}/status`, 'utf8')), []);
    t.ok((capabilitySets(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]! >> 21n) & 1n, 'CAP_SYS_ADMIN is kept');
    t.strictSame(holdsDropped((await enter(t, name, ['cat', '/proc/self/status'])).stdout), []);
    const tries = await enter(t, name, ['sh', '-c', 'date -s 2001-01-01; mknod /tmp/disk b 7 0; dmesg']);
    t.equal(tries.stderr.match(/Operation not permitted/g)?.length, 3, tries.stderr);
    machine.process.kill('SIGTERM');
    await machine.ended;
  });

  t.test('has the keeper as its parent, which leads a session of its own and holds no mount of the host root', async (t) => {
    const name = freshName();
    run(['--name', name]);
    const { pid, keeper_pid: keeper } = await listed(name);
    const statOf = (of: number) => readFileSync(`/proc/${of}/stat`, 'utf8').split(') ')[1]!.split(' ');
    t.equal(statOf(pid)[1], String(keeper));
    t.equal(statOf(keeper)[3], String(keeper));
    t.equal(readFileSync(`/proc/${keeper}/comm`, 'utf8'), 'peinit-keeper\n');
    t.match(readFileSync(`/proc/${keeper}/mountinfo`, 'utf8'), /^\S+ \S+ \S+ \/ \/ \S+ - tmpfs peinit-sandbox /m);
    t.notMatch(readFileSync(`/proc/${keeper}/mountinfo`, 'utf8'), / - (?:proc|sysfs|cgroup2?) /);
  });

  t.test('the console is a pty when the launcher has a terminal: output comes through, Ctrl-C asks for the end', async (t) => {
    const name = freshName();
    // script(1) gives the launcher a terminal.
    const launcherWords = ['--runtime', runtime, '--project', project, '--no-base', '--name', name];
    const terminal = spawn('script', ['-qec', [launcher, ...launcherWords].join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.teardown(() => terminal.kill('SIGKILL'));
    let output = '';
    terminal.stdout.on('data', (bytes) => {
      output += bytes;
    });
    const ended = new Promise((resolve) => terminal.once('close', resolve));
    await until('PID 1 is up', () => output.includes('ready\r\n'));
    t.match(
      (await enter(t, name, ['sh', '-c', 'test -c /dev/console && readlink /proc/1/fd/0 /proc/1/fd/1'])).stdout,
      /^\/dev\/console\n\/dev\/console\n$/,
    );
    terminal.stdin.write('\x03');
    t.equal(await ended, 0);
    t.match(output, /got SIGINT/);
  });

  t.test('a program that holds the console gets Ctrl-C itself', async (t) => {
    const name = freshName();
    const init = [
      launcher,
      '--name',
      name,
      '--runtime',
      runtime,
      '--project',
      project,
      '--init',
      '/bin/sh',
      '--init-arg',
      '-c',
      '--init-arg',
      "'setsid -wc sh -i; exit 44'",
    ];
    const terminal = spawn('script', ['-qec', init.join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.teardown(() => terminal.kill('SIGKILL'));
    let output = '';
    terminal.stdout.on('data', (bytes) => {
      output += bytes;
    });
    const ended = new Promise((resolve) => terminal.once('close', resolve));
    await until('the shell prompts', () => output.includes('# '));
    terminal.stdin.write('echo begun; sleep 1000\n');
    // The shell has given it the terminal: before, Ctrl-C may hit the shell between two of its own steps.
    const { cgroup } = await listed(name);
    await until('sleep has the terminal', () => output.includes('\nbegun') && hasTerminal(cgroup, 'sleep'));
    terminal.stdin.write('\x03');
    terminal.stdin.write('echo still $((40 + 2)); exit\n');
    t.equal(await ended, 44);
    t.match(output, /still 42/);
  });
});
