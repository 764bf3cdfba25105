/** ReadinessCheck: programs that do not notify. */
import t from 'tap';
import { ofKind } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const probe = 'web/ReadinessCheck';
const checked = (fields: Fields = {}): Rig => createRig([define('web', { readinessCheck: ['/bin/probe', '-q'], ...fields })]);

/** Its process runs. */
function started(fields: Fields = {}): Rig {
  const rig = checked(fields);
  rig.command('start', 'web');
  rig.runs('web');
  return rig;
}

/** A run of the check ends, and what is killed of it is gone. */
function ends(rig: Rig, code: number): void {
  rig.ends(probe, code);
  rig.empties('web');
}

t.test('O-45 a service with a ReadinessCheck is up with the first run that succeeds, one every 0.2 s from when it runs', async (t) => {
  const rig = checked();
  const id = rig.accepted('start', 'web');
  t.equal(rig.spawns(probe), 0, 'not before its program runs');
  rig.runs('web');
  t.strictSame([rig.spawns(probe), rig.is('web')], [1, 'starting / explicit_start']);
  const { argv, part, type, process } = rig.spawned(probe);
  t.strictSame([argv, part, type, process.notifies], [['/bin/probe', '-q'], 'health', 'readiness_check', false]);
  ends(rig, 1);
  rig.pass(0.19);
  t.equal(rig.spawns(probe), 1);
  rig.pass(0.02);
  t.equal(rig.spawns(probe), 2);
  t.equal(rig.policy.operation(id)?.state, 'running');
  ends(rig, 0);
  t.strictSame([rig.is('web'), rig.policy.operation(id)?.result], ['active / explicit_start', 'active']);
  rig.pass(100);
  t.equal(rig.spawns(probe), 2, 'it was the last');
});

t.test('O-45 one that still runs when the next is due makes that one be left out, and is killed after 5 s', async (t) => {
  const rig = started({ startTimeout: 30 });
  rig.runs(probe);
  rig.pass(4.9);
  t.strictSame([rig.spawns(probe), ofKind(rig.effects, 'kill-cgroup')], [1, []]);
  rig.pass(0.2);
  t.match(ofKind(rig.effects, 'kill-cgroup'), { 0: { part: 'health' }, length: 1 });
  rig.exits(probe, null, 9);
  rig.empties('web');
  rig.pass(0.2);
  t.equal(rig.spawns(probe), 2);
  ends(rig, 0);
  t.equal(rig.is('web'), 'active / explicit_start');
});

t.test('O-45 what a run left behind is killed before the next begins', async (t) => {
  const rig = started();
  rig.ends(probe, 1);
  rig.pass(1);
  t.equal(rig.spawns(probe), 1);
  rig.empties('web');
  rig.pass(0.2);
  t.equal(rig.spawns(probe), 2);
});

t.test('O-45 StartTimeout ends it, and tells how the last run went', async (t) => {
  const detail = (startTimeout: number, act: (rig: Rig) => void): unknown => {
    const rig = started({ startTimeout });
    act(rig);
    rig.pass(startTimeout + 1);
    t.match(ofKind(rig.effects, 'kill-cgroup').at(-1), { part: 'tree' });
    rig.exits('web', null, 9);
    t.equal(rig.is('web'), 'failed / readiness_timeout');
    return rig.view('web').detail?.split(' (')[0];
  };
  t.equal(
    detail(4, (rig) => ends(rig, 7)),
    'service web: its ReadinessCheck had not succeeded, the last run exited with code 7, 4 seconds after the start',
  );
  t.equal(
    detail(8, () => undefined),
    'service web: its ReadinessCheck had not succeeded, the last run did not end within 5 s and was killed, 8 seconds after the start',
  );
  t.equal(
    detail(4, (rig) => rig.setupFails(probe, 'child')),
    'service web: its ReadinessCheck had not succeeded, the last run could not be started: web/ReadinessCheck: clone3 failed: EAGAIN, ' +
      '4 seconds after the start',
  );
});

t.test('O-45 a stop, the end of the program and a shutdown end the checks', async (t) => {
  const stopped = started();
  stopped.runs(probe);
  stopped.command('stop', 'web');
  t.match(ofKind(stopped.last, 'kill-cgroup'), { 0: { part: 'health' }, length: 1 });
  stopped.exits('web', 0);
  stopped.exits(probe, null, 9);
  stopped.empties('web');
  stopped.pass(10);
  t.strictSame([stopped.is('web'), stopped.spawns(probe)], ['inactive / explicit_stop', 1]);
  const crashed = started();
  crashed.runs(probe);
  crashed.exits('web', 1);
  crashed.exits(probe, 0);
  crashed.pass(10);
  t.strictSame([crashed.is('web'), crashed.spawns(probe)], ['failed / process_crash', 1]);
});

t.test('O-45 READY=1 means nothing beside it, and health checks begin after it', async (t) => {
  const rig = started({ healthCheck: ['/bin/check'], healthCheckInterval: 1 });
  rig.notify('web', { ready: true });
  t.equal(rig.is('web'), 'starting / explicit_start');
  rig.pass(3);
  t.equal(rig.spawns('web/HealthCheck'), 0);
  ends(rig, 0);
  rig.pass(1);
  t.equal(rig.spawns('web/HealthCheck'), 1);
});

t.test('a program that has not begun to run is told so when its time is over', async (t) => {
  const rig = createRig([define('web', { startTimeout: 2 })]);
  rig.command('start', 'web');
  rig.pass(2);
  rig.setupFails('web', 'parent');
  t.match(rig.view('web').detail, /^service web: its program had not begun to run 2 seconds after the start/);
});
