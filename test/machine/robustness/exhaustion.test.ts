/** A machine that runs out of something: descriptors, room below /run, memory for its answers. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import t from 'tap';
import { LineClient } from '../../support/line-client.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };

function limitDescriptors(machine: Machine, limit: number): void {
  execFileSync('prlimit', ['--pid', String(machine.pid), `--nofile=${limit}:`]);
}

/** PID 1 keeps what it has and gets none more. */
function takeDescriptors(machine: Machine): void {
  const taken = new Set(readdirSync(`/proc/${machine.pid}/fd`).map(Number));
  let free = 0;
  while (taken.has(free)) free++;
  limitDescriptors(machine, free);
}

t.test(
  'EXEC-017 OP-010 without descriptors a start fails with its reason, a stop still kills everything, and all works again afterwards',
  { skip },
  async (t) => {
    const deaf = { ...shell('trap "" TERM; sleep 1000 & touch /run/up; wait'), Readiness: 'Alive', StopTimeout: 1 };
    const family = { ...shell('(trap "" TERM; exec sleep 1000) & exec sleep 1000'), Readiness: 'Alive', StopTimeout: 1 };
    const machine = await bootSettled(t, { registry: withServices({ app: { ...sleeper, RestartPolicy: 'Never' }, deaf, family }) });
    const client = await LineClient.open(machine.path('/run/peinit/control.sock'));
    t.teardown(() => client.close());
    for (const service of ['deaf', 'family']) t.match(await client.ask({ command: 'start', service }), { state: 'active' });
    await until('the trap is set', () => readdirSync(machine.path('/run')).includes('up'));
    const populated = (service: string): boolean => machine.processes(service).length > 0;
    takeDescriptors(machine);
    t.match(await client.ask({ command: 'start', service: 'app' }), { state: 'failed', cause: 'parent_setup_failure' });
    t.match(await client.ask({ command: 'status', service: 'app' }), { detail: /EMFILE/ });
    for (const service of ['family', 'deaf']) {
      t.match(await client.ask({ command: 'stop', service }), { state: 'inactive' });
      t.notOk(populated(service), `nothing of ${service} is left when it counts as stopped`);
    }
    limitDescriptors(machine, 4096);
    for (const service of ['app', 'deaf', 'family']) t.match(await client.ask({ command: 'start', service }), { state: 'active' });

    const mainPid = (await client.ask({ command: 'status', service: 'family' }))['current_job'].pid;
    // Not even the descriptor kept for this can be used: the kill is owed until it can be done.
    limitDescriptors(machine, 3);
    client.send({ command: 'stop', service: 'family' });
    await until('the kill is due', () => !existsSync(`/proc/${machine.pid}/root/proc/${mainPid}`));
    t.ok(populated('family'));
    limitDescriptors(machine, 4096);
    t.match(await client.answer(), { state: 'inactive' });
    t.notOk(populated('family'));
    t.match((await machine.powerOff()).status, 0);
    t.notMatch(machine.console(), /error:/);
  },
);
