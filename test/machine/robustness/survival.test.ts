/** PID 1 outlives what is done to it, costs nothing while nothing happens, and leaves nothing behind when it is killed after all. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { container } from '../../support/in-container.ts';
import { LineClient } from '../../support/line-client.ts';
import { matchEach } from '../../support/lists.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { freshName, hostMounts, isAlive, launcher, list, listed, machineCgroups } from '../sandbox/sandbox.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const descriptors = (machine: Machine): number => readdirSync(`/proc/${machine.pid}/fd`).length;
/** How often PID 1 went to sleep so far. */
const sleeps = (machine: Machine): number =>
  Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${machine.pid}/status`, 'utf8'))?.[1]);

t.test('SIG-001 SIG-005 every other signal changes nothing, and an idle machine does not wake up', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: { ...sleeper, Triggers: ['boot'] } }) });
  // Not the four that peinit listens to, and not what nobody can refuse.
  const caught = new Set([2, 15, 17, 30, 9, 19]);
  const others = Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => !caught.has(signal) && signal !== 32 && signal !== 33,
  );
  await machine.run('sh', '-c', others.map((signal) => `kill -${signal} 1`).join('; '));
  for (let signal = 1; signal <= 31; signal++) if (!caught.has(signal)) process.kill(machine.pid, signal);
  const client = await machine.client();
  t.match(await client.status({ service: 'app' }), { state: 'active', cause: 'explicit_start' });
  t.notMatch(machine.console(), /error:|going down/);
  let before = sleeps(machine);
  await until('the machine is at rest', () => {
    const now = sleeps(machine);
    const rests = now === before;
    before = now;
    return rests;
  });
  await pause(3000);
  t.ok(sleeps(machine) - before <= 1, `woken ${sleeps(machine) - before} times in 3 s`);
});

t.test('SIG-002 a service that kills everything it can reaches neither PID 1 nor the future of the others', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...sleeper, Triggers: ['boot'], RestartDelay: 0 },
      registryd: { RestartDelay: 0 },
      killer: { ...shell('kill -9 -1; kill -STOP 1; kill -9 1; kill -SEGV 1; exec sleep 1000'), Readiness: 'Alive' },
    }),
  });
  const client = await machine.client();
  await client.start({ service: 'killer' });
  for (const service of ['app', 'registryd'])
    await machine.reaches(service, ({ state, cause }) => state === 'active' && cause === 'restart_policy');
  t.match(await client.status({ service: 'killer' }), { state: 'active' });
});

t.test('FDS-011 EXEC-032 hundreds of starts and stops leave no descriptor, no zombie and no cgroup behind', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: sleeper,
      rich: { ...sleeper, ExecStartPre: ['/bin/true'], ExecStartPost: ['/bin/true'], Conditions: ['path:/etc'] },
      once: { ...shell('echo x'), Type: 'Oneshot' },
      broken: { ImagePath: '/nowhere', RestartPolicy: 'Never' },
      failing: { ...sleeper, ExecStartPre: ['/bin/false'], RestartPolicy: 'Never' },
    }),
  });
  const names = ['app', 'rich', 'once', 'broken', 'failing'];
  const clients = await Promise.all(names.map(() => machine.client()));
  const cycles = (count: number): Promise<unknown> =>
    Promise.all(
      names.map(async (service, index) => {
        for (let done = 0; done < count; done++) {
          await clients[index]?.start({ service });
          await clients[index]?.stop({ service });
        }
      }),
    );
  await cycles(2);
  const before = descriptors(machine);
  const cgroups = (): string => (container ? '' : readdirSync(machine.path('/sys/fs/cgroup/peinit')).join());
  const cgroupsBefore = cgroups();
  await cycles(150);
  await until('the descriptors are closed', () => descriptors(machine) <= before, {
    more: () => `${before} before, ${descriptors(machine)} now`,
  });
  t.equal(cgroups(), cgroupsBefore);
  const children = readFileSync(`/proc/${machine.pid}/task/${machine.pid}/children`, 'utf8').trim().split(' ');
  t.equal(children.length, 1, `registryd alone is left: ${children}`);
  t.notMatch(machine.console(), /error:/);
});

t.test('EXEC-017 DEF-065 frozen cgroups hold up their service until its timeout, never PID 1', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...sleeper, StartTimeout: 1, RestartPolicy: 'Never' },
      checked: { ...sleeper, Conditions: ['path:/etc'], PreStartCheckTimeout: 1 },
      other: sleeper,
    }),
  });
  const cgroup = (path: string): string => machine.path(`/sys/fs/cgroup/peinit/${path}`);
  const client = await machine.client();
  await client.start({ service: 'app' });
  await client.stop({ service: 'app' });
  writeFileSync(cgroup('app/main/cgroup.freeze'), '1');
  mkdirSync(cgroup('@check-1'));
  writeFileSync(cgroup('@check-1/cgroup.freeze'), '1');
  const late = Promise.all([(await machine.client()).start({ service: 'app' }), (await machine.client()).start({ service: 'checked' })]);
  for (let count = 0; count < 20; count++) t.match(await client.restart({ service: 'other' }), { state: 'active' });
  matchEach(t, await late, [{ state: 'failed', cause: 'readiness_timeout' }, { state: 'skipped' }]);
  await machine.shows(/app: its cgroup is frozen/);
  await machine.shows(/checked: its conditions were not judged within 1 s/);
  writeFileSync(cgroup('app/main/cgroup.freeze'), '0');
  t.match(await client.start({ service: 'app' }), { state: 'active' });
  t.match(await client.start({ service: 'checked' }), { state: 'active' });
});

const freezer = '/sys/fs/cgroup/freezer';
const noFreezer = skip || (existsSync(freezer) ? false : 'this host has no freezer of version 1');

t.test(
  'ST-034 EXEC-003 a process that SIGKILL does not end is given up, named, and replaced after a reset',
  { skip: noFreezer },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({ stuck: { ...sleeper, StopTimeout: 0, RestartPolicy: 'Never' }, other: sleeper }),
    });
    const client = await machine.client();
    await client.start({ service: 'stuck' });
    const inside = (await client.status({ service: 'stuck' })).current_job?.pid;
    const outside = readdirSync('/proc').find(
      (pid) => /^\d+$/.test(pid) && namespacePids(pid).at(-1) === String(inside) && parentOf(pid) === machine.pid,
    );
    const frozen = `${freezer}/peinit-test-${process.pid}`;
    mkdirSync(frozen);
    try {
      writeFileSync(`${frozen}/cgroup.procs`, outside ?? '');
      writeFileSync(`${frozen}/freezer.state`, 'FROZEN');
      t.match(await client.stop({ service: 'stuck' }), { state: 'abandoned', cause: 'process_unkillable' });
      matchEach(t, (await client.status({ service: 'stuck' })).warnings, [{ path: 'peinit/stuck', type: 'service_tree' }]);
      t.match(await client.start({ service: 'other' }), { state: 'active' });
      const reset = await client.reset({ service: 'stuck' });
      t.equal(reset.state, 'inactive');
      matchEach(t, reset.warnings, [/still populated/]);
      const again = await client.start({ service: 'stuck' });
      t.equal(again.state, 'active');
      matchEach(t, again.warnings, [/leaked/]);
      t.ok(existsSync(machine.path('/sys/fs/cgroup/peinit/stuck@gen1')));
    } finally {
      writeFileSync(`${frozen}/freezer.state`, 'THAWED');
      await until('the frozen process is gone', () => outside === undefined || !isAlive(Number(outside)));
      rmdirSync(frozen);
    }
  },
);

const statusOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
};
const namespacePids = (pid: string): readonly string[] => /^NSpid:\s+(.*)$/m.exec(statusOf(pid))?.[1]?.split(/\s+/) ?? [];
const parentOf = (pid: string): number => Number(/^PPid:\s+(\d+)/m.exec(statusOf(pid))?.[1]);

for (const victim of ['launcher_pid', 'keeper_pid', 'pid'] as const) {
  t.test(`killing ${victim} while deaf services run leaves no process, mount, cgroup or record behind`, { skip }, async (t) => {
    const mounts = hostMounts();
    const machine = await bootSettled(t, {
      registry: withServices({
        deaf: { ...shell('trap "" TERM INT HUP; setsid sleep 1000 & while :; do sleep 1; done'), Readiness: 'Alive', Triggers: ['boot'] },
      }),
    });
    let processes: readonly string[] = [];
    const ofMachine = (pid: string): boolean =>
      /^\d+$/.test(pid) && namespacePids(pid).length > namespacePids('self').length && machineOf(pid) === machine.name;
    await until('all of its processes are there', () => {
      processes = readdirSync('/proc').filter(ofMachine);
      return processes.length >= 5;
    });
    process.kill((await listed(machine.name))[victim], 'SIGKILL');
    await until('its processes are gone', () => processes.every((pid) => !isAlive(Number(pid)) || machineOf(pid) !== machine.name));
    await until('its cgroup is gone', () => machineCgroups().every((name) => !name.includes(machine.name)));
    await until('its record is gone', () => list().every(({ name }) => name !== machine.name));
    t.equal(hostMounts(), mounts);
  });
}

const machineOf = (pid: string): string | undefined => {
  try {
    return /peinit-sandbox-(test-\d+-\d+)-/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
};

t.test(
  'BOOT-065 BOOT-066 Recovery with a terminal shows the reason and a shell, brings a new one, and SIGINT leaves',
  { skip },
  async (t) => {
    const name = freshName();
    const child = spawn('script', ['-qefc', `${launcher} --name ${name} --cmdline peios.recovery=1`, '/dev/null'], { stdio: 'pipe' });
    t.teardown(() => child.kill('SIGKILL'));
    let shown = '';
    child.stdout.on('data', (bytes) => {
      shown += bytes;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const shows = (pattern: RegExp): Promise<void> =>
      until(`the terminal shows ${pattern}`, () => pattern.test(shown), { more: () => shown });
    await shows(/recovery mode\s[\s\S]*reason: demanded by peios\.recovery=1[\s\S]*# /);
    child.stdin.write('echo shell $((40 + 2)) on $(tty)\n');
    await shows(/shell 42 on \/dev\/console/);
    const { pid } = await listed(name);
    const client = await LineClient.open(`/proc/${pid}/root/run/peinit/control.sock`);
    t.teardown(() => client.close());
    t.match(await client.ask({ command: 'machine-status' }), { mode: 'recovery', reason: 'demanded by peios.recovery=1' });
    const before = Date.now();
    // Prompts that were shown: the next shell has its own.
    const prompts = (): number => shown.split('# ').length;
    await shows(/shell 42 on \/dev\/console[\s\S]*# /);
    const first = prompts();
    child.stdin.write('exit\n');
    await until('the next shell', () => prompts() > first, { more: () => shown });
    child.stdin.write('echo second $((6 * 7))\n');
    await shows(/second 42/);
    t.ok(Date.now() - before >= 900, 'not before a second has passed');
    process.kill(pid, 'SIGINT');
    t.equal(await ended, 0);
  },
);
