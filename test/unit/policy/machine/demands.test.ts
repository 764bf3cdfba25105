/** What a start asks of those it depends on, by the state that it finds them in. PSD-007 6.1, 6.2. */
import t from 'tap';
import { createRig, define } from '../../../support/policy-rig.ts';

t.test('DEP-002 a start that needs a service in backoff waits for its restart and asks nothing more of it', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { restartPolicy: 'OnFailure', restartDelay: 5 })]);
  rig.up('db');
  rig.exits('db', 1);
  rig.empties('db');
  rig.command('start', 'web');
  t.strictSame([rig.is('db'), rig.view('db').operation, rig.view('web').waitingFor], ['backoff / process_crash', null, ['db']]);
  rig.pass(5);
  t.equal(rig.is('db'), 'starting / restart_policy');
  rig.runs('db');
  t.equal(rig.spawns('web'), 1);
});

t.test('DEP-001 a Oneshot that did its work does it again for a start by hand, and only once for each', async (t) => {
  const rig = createRig([define('web', { requires: ['prep'] }), define('prep', { type: 'Oneshot', remainAfterExit: false })]);
  for (const runs of [1, 2]) {
    rig.command('start', 'web');
    t.strictSame([rig.spawns('prep'), rig.spawns('web')], [runs, runs - 1]);
    rig.ends('prep', 0);
    rig.empties('prep');
    t.strictSame([rig.is('prep'), rig.spawns('prep'), rig.spawns('web')], ['inactive / clean_exit', runs, runs]);
    rig.runs('web');
    rig.command('stop', 'web');
    rig.exits('web', 0);
    rig.empties('web');
  }
});

t.test('BOOT-028 the boot takes place once', async (t) => {
  const rig = createRig([define('web', { triggers: [{ type: 'boot' }] })]);
  rig.runs('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.boot();
  t.strictSame([rig.last, rig.is('web')], [[], 'inactive / explicit_stop']);
});
