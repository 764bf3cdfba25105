import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../support/wait.ts';
import {
  cannotRun,
  enter,
  freshName,
  hostMounts,
  isAlive,
  list,
  listed,
  machineCgroups,
  project,
  slowRuntime,
  standInRuntime,
  start,
  temporaryDirectory,
} from './sandbox.ts';

const runsIn = (cgroup: string, program: string): boolean =>
  readFileSync(`${cgroup}/cgroup.procs`, 'utf8')
    .split('\n')
    .some((pid) => pid !== '' && existsSync(`/proc/${pid}/comm`) && readFileSync(`/proc/${pid}/comm`, 'utf8') === `${program}\n`);

t.test('the end of a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const run = (words: readonly string[]) => start(t, ['--runtime', runtime, '--project', project, '--no-base', ...words]);

  t.test(
    "O-17 O-54 without COMMAND: 0 for power-off and reboot, 125 after a critical failure, PID 1's status else, 128+n when killed",
    async (t) => {
      for (const [end, status] of [
        [0, 0],
        [133, 0],
        [132, 125],
        [125, 125],
        [42, 42],
      ] as const)
        t.equal((await run(['--cmdline', `end=${end}`]).ended).status, status, `PID 1 exits with ${end}`);
      const name = freshName();
      const killed = run(['--name', name]);
      process.kill((await listed(name)).pid, 'SIGABRT');
      process.kill((await listed(name)).pid, 'SIGKILL');
      t.equal((await killed.ended).status, 128 + 9);
    },
  );

  t.test('O-17 reboot(2) in the namespace counts as power-off, halt or reboot', async (t) => {
    const directory = temporaryDirectory(t);
    const source =
      '#include <stdlib.h>\n#include <sys/reboot.h>\nint main(int c, char **v) { (void)c; return reboot((int)strtoul(v[1], 0, 0)); }\n';
    writeFileSync(join(directory, 'reboot.c'), source);
    execFileSync('gcc', ['-o', join(directory, 'reboot'), join(directory, 'reboot.c')]);
    const init = ['--runtime', runtime, '--project', directory, '--init', join(directory, 'reboot'), '--init-arg'];
    for (const [what, command] of [
      ['power-off', '0x4321fedc'],
      ['halt', '0xcdef0123'],
      ['reboot', '0x01234567'],
    ] as const)
      t.equal((await start(t, [...init, command]).ended).status, 0, what);
  });

  t.test('SIGINT asks PID 1 for a reboot, which ends the sandbox also with --reboot; SIGTERM and SIGHUP ask for power-off', async (t) => {
    for (const [signal, heard] of [
      ['SIGINT', 'SIGINT'],
      ['SIGTERM', 'SIGTERM'],
      ['SIGHUP', 'SIGTERM'],
    ] as const) {
      const machine = run(['--reboot']);
      await until('PID 1 is up', () => machine.stdout().includes('ready'));
      machine.process.kill(signal);
      const { status, stdout } = await machine.ended;
      t.equal(status, 0, signal);
      t.match(stdout, new RegExp(`got ${heard}\n$`));
    }
  });

  t.test('a request that comes before PID 1 listens is not lost', async (t) => {
    const name = freshName();
    const machine = run(['--name', name]);
    await listed(name);
    machine.process.kill('SIGTERM');
    t.match(await machine.ended, { status: 0, stdout: /got SIGTERM\n$/ });
  });

  t.test('neither is one that comes before there is a PID 1', async (t) => {
    const slow = slowRuntime(t);
    for (const [signal, words] of [
      ['SIGINT', []],
      ['SIGINT', ['--reboot']],
      ['SIGTERM', []],
    ] as const) {
      const name = freshName();
      const machine = start(t, ['--runtime', slow, '--project', project, '--name', name, ...words]);
      await until('there is a keeper', () => list().some((entry) => entry.name === name && entry.keeper_pid !== 0));
      machine.process.kill(signal);
      t.match(await machine.ended, { status: 0, stdout: new RegExp(`got ${signal}\n$`) }, signal);
    }
  });

  t.test('three times SIGINT forces the end of a machine that does not react', async (t) => {
    const machine = run(['--cmdline', 'deaf=1']);
    await until('PID 1 is up', () => machine.stdout().includes('ready'));
    for (let times = 1; times <= 3; times++) {
      machine.process.kill('SIGINT');
      await until(`PID 1 heard ${times}`, () => machine.stdout().split('got SIGINT').length > times);
    }
    t.match(await machine.ended, { status: 128 + 9, stderr: /the machine does not react to the request to end; it is killed\n$/ });
  });

  t.test('--reboot boots again, after a critical failure too, on the same root, in a fresh cgroup, with the record kept', async (t) => {
    const name = freshName();
    const machine = run(['--reboot', '--name', name, '--cmdline', 'reboots=2:132']);
    await until('the third boot is up', () => machine.stdout().includes('ready'));
    t.equal(machine.stdout().match(/^booted/gm)?.length, 3);
    t.equal((await enter(t, name, ['cat', '/boots'])).stdout, '3');
    machine.process.kill('SIGTERM');
    t.equal((await machine.ended).status, 0);
    t.strictSame(
      machineCgroups().filter((cgroup) => cgroup.includes(name)),
      [],
    );
  });

  for (const victim of ['launcher', 'keeper', 'PID 1'] as const) {
    t.test(`killing the ${victim} leaves no process, mount, cgroup or record behind`, async (t) => {
      const mounts = hostMounts();
      const name = freshName();
      const machine = run(['--name', name]);
      const { pid, keeper_pid, launcher_pid, cgroup } = await listed(name);
      await until('PID 1 is up', () => machine.stdout().includes('ready'));
      // Processes with cgroups of their own, one that ignores every signal and one that entered from outside.
      await enter(t, name, [
        'sh',
        '-c',
        'mount -t cgroup2 none /mnt && mkdir -p /mnt/a/b && (echo 0 > /mnt/a/b/cgroup.procs; trap "" TERM INT HUP; ' +
          'sleep 1000 >/dev/null 2>&1 & )',
      ]);
      const entered = start(t, ['exec', name, '--', 'sleep', '1000']);
      await until('both sleep', () => ['a/b', '@exec'].every((below) => runsIn(`${cgroup}/${below}`, 'sleep')));
      process.kill({ launcher: launcher_pid, keeper: keeper_pid, 'PID 1': pid }[victim], 'SIGKILL');
      const { status, signal } = await machine.ended;
      t.equal(signal ?? status, victim === 'launcher' ? 'SIGKILL' : 128 + 9);
      await until('all is gone', () => !isAlive(pid) && !isAlive(keeper_pid) && !isAlive(launcher_pid) && !existsSync(cgroup));
      t.equal((await entered.ended).status, 137);
      t.strictSame(
        list().filter((entry) => entry.name === name),
        [],
      );
      t.notOk(existsSync(`/run/peinit-sandbox/${name}`));
      t.equal(hostMounts(), mounts);
    });
  }

  for (const isSame of [true, false]) {
    const which = isSame ? 'of its name' : 'of another name';
    t.test(`once a launcher was killed the next sandbox ${which} on the same --keep waits for the end of the first`, async (t) => {
      const keep = join(temporaryDirectory(t), 'kept');
      const name = freshName();
      const machine = run(['--name', name, '--keep', keep]);
      const { keeper_pid, launcher_pid } = await listed(name);
      await until('PID 1 is up', () => machine.stdout().includes('ready'));
      // Else the machine may be gone before anybody looks.
      process.kill(keeper_pid, 'SIGSTOP');
      t.teardown(() => isAlive(keeper_pid) && process.kill(keeper_pid, 'SIGCONT'));
      process.kill(launcher_pid, 'SIGKILL');
      await until('the launcher is gone', () => machine.process.signalCode !== null);
      const next = run(['--name', isSame ? name : freshName(), '--keep', keep, '--cmdline', 'end=0']);
      const waits = (): boolean => {
        const children = readFileSync(`/proc/${next.process.pid}/task/${next.process.pid}/children`, 'utf8').split(' ');
        const processes = [String(next.process.pid), ...children].filter((pid) => pid.trim() !== '');
        return processes.some((pid) => readFileSync(`/proc/${pid}/wchan`, 'utf8').includes('nanosleep'));
      };
      await until('it waits', () => next.process.exitCode !== null || waits());
      process.kill(keeper_pid, 'SIGCONT');
      const { status } = await next.ended;
      t.equal(status, 0);
      await machine.ended;
    });
  }

  t.test('killing launcher and keeper at once takes PID 1 with them', async (t) => {
    const name = freshName();
    const machine = run(['--name', name]);
    const { pid, keeper_pid, launcher_pid, cgroup } = await listed(name);
    // Stopped first, so that the launcher cannot clean up after the keeper.
    process.kill(launcher_pid, 'SIGSTOP');
    process.kill(keeper_pid, 'SIGKILL');
    await until('PID 1 is dead', () => !isAlive(pid));
    process.kill(launcher_pid, 'SIGKILL');
    await machine.ended;
    list();
    t.notOk(existsSync(cgroup), 'list sweeps as well');
    t.notOk(existsSync(`/run/peinit-sandbox/${name}`));
  });

  t.test('killing all three at once: what is left is swept by the next run, and a living sandbox is not touched', async (t) => {
    const [name, other] = [freshName(), freshName()];
    const machine = run(['--name', name]);
    const living = run(['--name', other]);
    const { pid, keeper_pid, launcher_pid, cgroup } = await listed(name);
    const { pid: livingPid } = await listed(other);
    // Stopped first, so that none can clean up after another.
    for (const stopped of [launcher_pid, keeper_pid]) process.kill(stopped, 'SIGSTOP');
    for (const victim of [launcher_pid, keeper_pid, pid]) process.kill(victim, 'SIGKILL');
    await machine.ended;
    await until('they are dead', () => !isAlive(pid) && !isAlive(keeper_pid));
    t.ok(existsSync(cgroup), 'nobody was left to remove it');
    t.ok(existsSync(`/run/peinit-sandbox/${name}`));
    t.equal((await run(['--cmdline', 'end=0']).ended).status, 0);
    t.notOk(existsSync(cgroup));
    t.notOk(existsSync(`/run/peinit-sandbox/${name}`));
    t.ok(isAlive(livingPid));
    t.equal((await enter(t, other, ['true'])).status, 0);
    living.process.kill('SIGTERM');
    t.equal((await living.ended).status, 0);
  });
});
