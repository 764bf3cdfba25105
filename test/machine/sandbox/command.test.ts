import { join } from 'node:path';
import t from 'tap';
import { until } from '../../support/wait.ts';
import type { Running } from './sandbox.ts';
import { cannotRun, enter, freshName, list, listed, project, slowRuntime, standInRuntime, start } from './sandbox.ts';

/** A signal, the status it gives, and the request that PID 1 hears. */
const beforeCommand = [
  ['SIGINT', 130, 'SIGINT'],
  ['SIGTERM', 143, 'SIGTERM'],
  ['SIGHUP', 129, 'SIGTERM'],
] as const;

t.test('COMMAND in a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const run = (words: readonly string[], command: readonly string[] = ['true'], options = {}): Running =>
    start(t, ['--runtime', runtime, '--project', project, '--no-base', ...words, '--', ...command], options);

  t.test('runs after the machine has settled, and power-off is requested after it', async (t) => {
    const { status, stderr } = await run(['--console'], ['sh', '-c', 'echo command >&2']).ended;
    t.equal(status, 0);
    const lines = stderr.split('\n').filter((line) => /^(request|command)/.test(line));
    t.strictSame(lines, [
      'request {"command":"machine-status","wait":true}',
      'command',
      'request {"command":"shutdown","type":"poweroff"}',
    ]);
  });

  t.test('its exit status is the status: 0, 7, 128+n for a signal, 127 when there is none, 126 when it cannot be executed', async (t) => {
    const statusOf = async (...command: string[]) => (await run([], command).ended).status;
    t.equal(await statusOf('true'), 0);
    t.equal(await statusOf('sh', '-c', 'exit 7'), 7);
    t.equal(await statusOf('sh', '-c', 'kill -TERM $$'), 128 + 15);
    t.equal(await statusOf('/etc/passwd'), 126);
    const missing = await run([], ['no-such-program']).ended;
    t.match(missing, { status: 127, stderr: /cannot run no-such-program inside: No such file or directory/ });
  });

  t.test('its input, output and errors are those of the launcher, and the console is not among them', async (t) => {
    const { stdout, stderr } = await run([], ['sh', '-c', 'cat; echo error >&2'], { input: 'through\n' }).ended;
    t.equal(stdout, 'through\n');
    t.equal(stderr, 'error\n');
  });

  t.test('runs as root in the cgroup @exec with a clean environment and no descriptors but its three', async (t) => {
    const { stdout } = await run([], ['sh', '-c', 'id -u; grep 0:: /proc/self/cgroup; ls /proc/self/fd | wc -l; env | sort'], {
      env: { PATH: process.env['PATH'], TERM: 'vt100', LANG: 'C.UTF-8', SECRET: 'x' },
    }).ended;
    const [uid, cgroup, descriptors, ...environment] = stdout.trim().split('\n');
    t.equal(uid, '0');
    t.equal(cgroup, '0::/@exec');
    t.equal(descriptors, '4', 'ls itself opens one');
    t.strictSame(
      environment.filter((line) => !line.startsWith('PWD=')),
      [
        'HOME=/root',
        'LANG=C.UTF-8',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'TERM=vt100',
        'container=peinit-sandbox',
      ],
    );
  });

  t.test('services that failed or wait for a restart are named, and COMMAND runs all the same', async (t) => {
    const { status, stdout, stderr } = await run(['--cmdline', 'failed=web,db'], ['echo', 'ran']).ended;
    t.match({ status, stdout }, { status: 0, stdout: 'ran\n' });
    t.equal(stderr, 'peinit-sandbox: the machine has settled, but these services failed: web, db\n');
    t.equal((await run([], ['true']).ended).stderr, '');
    t.equal(
      (await run(['--cmdline', 'restarting=app'], ['true']).ended).stderr,
      'peinit-sandbox: the machine has settled, but these services went wrong and wait to be started again: app\n',
    );
  });

  t.test('when the machine does not settle in time, who is late is named and COMMAND runs all the same', async (t) => {
    const { status, stdout, stderr } = await run(['--cmdline', 'phase=never', '--settle-timeout', '1'], ['echo', 'ran']).ended;
    t.equal(stdout, 'ran\n');
    t.equal(status, 0);
    t.match(stderr, /the machine has not settled after 1 s, waiting for: slow-one, slow-two; going on\n/);
  });

  t.test('O-17 Recovery, a machine that ends and one without a control socket give 125, say why, and show the console', async (t) => {
    for (const [words, message] of [
      [['--cmdline', 'phase=recovery'], /the machine is in recovery: as asked/],
      [['--cmdline', 'phase=stopping'], /the machine is shutting down: as asked/],
      [['--cmdline', 'end=0'], /booted [\s\S]*the machine ended before COMMAND was run/],
      [['--cmdline', 'end=125'], /booted [\s\S]*the machine ended before COMMAND was run/],
      [['--init', '/bin/sleep', '--init-arg', '1000', '--settle-timeout', '0'], /control socket did not appear within 0 s/],
    ] as const) {
      const { status, stdout, stderr } = await run(words, ['echo', 'ran']).ended;
      t.equal(status, 125, words.join(' '));
      t.equal(stdout, '');
      t.match(stderr, message);
    }
  });

  t.test('a machine that refuses the shutdown request gets SIGTERM', async (t) => {
    const { status, stderr } = await run(['--console', '--cmdline', 'refuse=1'], ['sh', '-c', 'exit 3']).ended;
    t.equal(status, 3);
    t.match(stderr, /request \{"command":"shutdown","type":"poweroff"\}\ngot SIGTERM\n/);
  });

  t.test('a signal before COMMAND ends the machine with 128 and its number', async (t) => {
    for (const [signal, status, heard] of beforeCommand) {
      const machine = run(['--console', '--cmdline', 'phase=never']);
      await until('it waits', () => machine.stderr().includes('request'));
      machine.process.kill(signal);
      const { stderr, ...ended } = await machine.ended;
      t.match(ended, { status }, signal);
      t.match(stderr, `got ${heard}`);
      t.notMatch(stderr, /peinit-sandbox: /);
    }
  });

  t.test('a signal before PID 1 listens ends the machine the same way, and COMMAND is not run', async (t) => {
    const slow = slowRuntime(t);
    for (const [signal, status, heard] of beforeCommand) {
      const name = freshName();
      const machine = start(t, ['--runtime', slow, '--console', '--name', name, '--', 'echo', 'ran']);
      await until('there is a keeper', () => list().some((entry) => entry.name === name && entry.keeper_pid !== 0));
      machine.process.kill(signal);
      const { stderr, ...ended } = await machine.ended;
      t.match(ended, { status, stdout: '' }, signal);
      t.match(stderr, `got ${heard}`);
      t.notMatch(stderr, /cannot enter/);
    }
  });

  t.test('it runs where the standard streams are closed', async (t) => {
    const closed = (words: readonly string[]) => start(t, words, { through: ['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh'] }).ended;
    t.match(await closed(['--runtime', runtime, '--no-base', '--', 'sh', '-c', 'exit 7']), { status: 7 });
    const wrapper = ['sh', '-c', 'shift; exec "$@" 2>&-', 'sh'];
    const { status, stdout } = await start(t, [join(project, 'bin/peinit-sandbox'), '--', 'echo', 'ran'], { through: wrapper }).ended;
    t.match({ status, stdout }, { status: 0, stdout: 'ran\n' });
  });

  t.test('signals to the launcher reach COMMAND while it runs; SIGTERM also ends the machine', async (t) => {
    const script = 'trap "echo int" INT; trap "echo term; exit 4" TERM; echo up; while :; do sleep 0.05; done';
    const machine = run(['--console'], ['sh', '-c', script]);
    await until('COMMAND runs', () => machine.stdout().includes('up'));
    machine.process.kill('SIGINT');
    await until('it hears SIGINT', () => machine.stdout().includes('int'));
    machine.process.kill('SIGTERM');
    const { status, stdout, stderr } = await machine.ended;
    t.match(stdout, /^up\nint\n/);
    t.match(stderr, /got SIGTERM/);
    t.ok(status === 4 || status === 137, `its own status, or killed with the machine: ${status}`);
    t.notMatch(stderr, /got SIGINT/);
  });

  t.test('a COMMAND killed together with the machine gives 137', async (t) => {
    const name = freshName();
    const machine = run(['--name', name], ['sh', '-c', 'echo up; sleep 1000']);
    await until('COMMAND runs', () => machine.stdout().includes('up'));
    process.kill((await listed(name)).pid, 'SIGKILL');
    t.match(await machine.ended, {
      status: 137,
      stderr: /booted[\s\S]*the machine ended while COMMAND ran; above is what its console said/,
    });
  });

  t.test('--reboot boots again until COMMAND has begun, and not after', async (t) => {
    const { status, stdout } = await run(['--reboot', '--cmdline', 'reboots=2'], ['sh', '-c', 'cat /boots; kill -INT 1; sleep 1000']).ended;
    t.equal(stdout, '3');
    t.equal(status, 137);
  });
});

t.test('exec and list', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const name = freshName();
  const machine = start(t, ['--runtime', runtime, '--project', project, '--no-base', '--name', name]);
  const record = await listed(name);

  await t.test('exec passes input, output, status and working directory through, in the cgroup @exec', async (t) => {
    const result = await enter(t, name, ['sh', '-c', 'pwd; grep 0:: /proc/self/cgroup; cat; exit 9'], { input: 'in\n' });
    t.match(result, { status: 9, stdout: `${project}\n0::/@exec\nin\n`, stderr: '' });
    t.match(await enter(t, name, ['pwd'], { cwd: '/proc/self' }), { stdout: '/\n' }, 'or / when it is not there inside');
  });

  await t.test('exec gives 127 for a missing program and 2 for an unknown sandbox', async (t) => {
    t.equal((await enter(t, name, ['no-such-program'])).status, 127);
    t.match(await enter(t, 'no-such-sandbox', ['true']), { status: 2, stderr: /no sandbox named no-such-sandbox is running/ });
  });

  await t.test('a signal to exec reaches its command; killing exec ends the command', async (t) => {
    const first = start(t, ['exec', name, '--', 'sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.05; done']);
    await until('it runs', () => first.stdout().includes('up'));
    first.process.kill('SIGTERM');
    t.equal((await first.ended).status, 5);
    const second = start(t, ['exec', name, '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    await until('it runs', () => second.stdout().includes('\n'));
    second.process.kill('SIGKILL');
    await second.ended;
    // PID 1 here does not reap: dead is what is gone or a zombie.
    const inside = second.stdout().trim();
    const look = ['sh', '-c', `cat /proc/${inside}/stat || true`];
    let state = '';
    for (let tries = 0; tries < 200 && (tries === 0 || !/^$| Z /.test(state)); tries++) state = (await enter(t, name, look)).stdout;
    t.match(state, /^$| Z /);
  });

  await t.test('list shows running sandboxes as a table and as JSON', async (t) => {
    t.match(record, { name, launcher_pid: machine.process.pid, root: '/', keep: null, started_at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/ });
    const table = await start(t, ['list']).ended;
    t.match(table.stdout, new RegExp(`^NAME +PID +STARTED +ROOT\n[\\s\\S]*^${name} +${record.pid} +\\S+ \\S+  /$`, 'm'));
  });

  await t.test('a name is taken by one sandbox at a time', async (t) => {
    const second = await start(t, ['--runtime', runtime, '--no-base', '--name', name]).ended;
    t.match(second, { status: 2, stderr: new RegExp(`a sandbox named ${name} is running`) });
  });

  machine.process.kill('SIGTERM');
  t.equal((await machine.ended).status, 0);
});
