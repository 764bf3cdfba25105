import t from 'tap';
import { ofKind, only } from '../../../support/lists.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

t.test('ST-013 CAUSE-002 OP-006 CMD-027 start brings an inactive Simple service to active when its process runs', async (t) => {
  const rig = createRig([define('web')]);
  const id = rig.accepted('start', 'WEB');
  t.equal(rig.policy.operation(id)?.state, 'running');
  t.equal(rig.is('web'), 'starting / explicit_start');
  rig.runs('web');
  t.equal(rig.is('web'), 'active / explicit_start');
  t.match(rig.policy.operation(id), { state: 'completed', result: 'active' });
  t.same(rig.steps('web'), ['inactive>starting explicit_start', 'starting>active explicit_start']);
});

t.test('ST-021 ST-032 OP-009 CAUSE-006 CMD-038 stop sends SIGTERM and ends inactive when the process is gone', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  const id = rig.accepted('stop', 'web');
  const { job } = rig.spawned('web');
  t.strictSame(only(ofKind(rig.last, 'signal'), 'job', 'signal'), [
    { job, signal: 15 },
    { job, signal: 18 },
  ]);
  t.equal(rig.is('web'), 'stopping / explicit_stop');
  rig.exits('web', 0);
  t.equal(rig.view('web').state, 'stopping', 'something may still live in main/');
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.match(rig.policy.operation(id), { state: 'completed', result: 'inactive' });
  t.equal(rig.view('web').job, null);
});
