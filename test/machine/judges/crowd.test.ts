import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, said, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
t.setTimeout(300_000);

/** Zombies that process 1 has not reaped. */
function zombies(machine: Machine): number {
  const proc = machine.path('/proc');
  return readdirSync(proc).filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [, after] = readFileSync(`${proc}/${name}/stat`, 'utf8').split(') ');
      return after?.startsWith('Z 1 ') === true;
    } catch {
      return false;
    }
  }).length;
}

/** CPU time of process 1 in milliseconds. */
function cpuMs(machine: Machine): number {
  const fields = readFileSync(`/proc/${machine.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

t.test(
  'DEF-022 SIG-002 a service with five hundred grandchildren is stopped as one cgroup, and nothing of it is left',
  { skip },
  async (t) => {
    const script = 'for i in $(seq 500); do (sleep 1000 &) ; done; trap "" TERM; echo forked; while :; do sleep 1; done';
    const machine = await bootSettled(t, {
      registry: withServices({ bomb: { ...shell(script), Readiness: 'Alive', Triggers: ['boot'], StopTimeout: 1 } }),
    });
    await machine.reaches('bomb', (status) => said(status).includes('forked'));
    const inside = (await machine.run('cat', '/sys/fs/cgroup/peinit/bomb/main/cgroup.procs')).stdout.trim().split('\n').length;
    t.ok(inside >= 500, `${inside} processes`);
    t.match(await (await machine.client()).stop({ service: 'bomb' }), { state: 'inactive' });
    t.equal((await machine.run('cat', '/sys/fs/cgroup/peinit/bomb/main/cgroup.procs')).stdout, '');
    await until('every orphan is reaped', () => zombies(machine) === 0);
  },
);

t.test(
  'SIG-002 ST-022 ST-051 a thousand services that crash at once all come back, without a lost exit or a zombie',
  { skip },
  async (t) => {
    const count = 1000;
    const service = { ImagePath: '/bin/sleep', Arguments: ['100000'], Readiness: 'Alive', Triggers: ['boot'], RestartDelay: 0 };
    const registry = {
      'Machine\\System\\Boot': { MaxParallelStarts: 64 },
      ...withServices(Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, service]))),
    };
    const machine = await bootSettled(t, { registry });
    const client = await machine.client();
    const up = async (): Promise<number> => (await client.list()).services.filter(({ state }) => state === 'active').length;
    t.equal(await up(), count + 1);
    await machine.run('pkill', '-9', '-x', 'sleep');
    const end = Date.now() + 120_000;
    const counted = async (): Promise<number> => {
      const statuses = await Promise.all(Array.from({ length: count }, (_, at) => client.status({ service: `s${at}` })));
      return statuses.filter(({ state, restart }) => state === 'active' && restart?.attempt === 1).length;
    };
    let back = await counted();
    for (; back < count && Date.now() < end; back = await counted()) await pause(50);
    t.equal(back, count, 'each restarted exactly once');
    t.equal(zombies(machine), 0);
    t.notMatch(machine.console(), /error:/);
  },
);

t.test('a crash loop of two hundred services costs under five per cent of a core between the attempts', { skip }, async (t) => {
  const service = { ...shell('exit 1'), Readiness: 'Alive', Triggers: ['boot'], RestartDelay: 60, RestartMaxRetries: 100 };
  const machine = await bootSettled(t, {
    registry: withServices(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`loop${at}`, service]))),
  });
  const client = await machine.client();
  const waiting = async (): Promise<number> => (await client.list()).services.filter(({ state }) => state === 'backoff').length;
  for (const end = Date.now() + 60_000; (await waiting()) < 200 && Date.now() < end; ) await pause(20);
  t.equal(await waiting(), 200);
  const [before, started] = [cpuMs(machine), Date.now()];
  // Time itself is what is measured here.
  await pause(3000);
  const share = (cpuMs(machine) - before) / (Date.now() - started);
  t.ok(share < 0.05, `${(share * 100).toFixed(1)} % of a core`);
});
