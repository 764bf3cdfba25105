/** What a start asks of those it depends on, by the state that it finds them in. PSD-007 6.1, 6.2. */
import t from 'tap';
import { ofKind } from '../../../support/lists.ts';
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

t.test('the boot takes place once', async (t) => {
  const rig = createRig([define('web', { triggers: [{ type: 'boot' }] })]);
  rig.runs('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.boot();
  t.strictSame([rig.last, rig.is('web')], [[], 'inactive / explicit_stop']);
});

t.test('GRAPH-001 a start is validated as a whole unless all that it needs is up', async (t) => {
  const rig = createRig([define('top', { requires: ['up', 'c', 'd'] }), define('up'), define('c', { conflicts: ['d'] }), define('d')]);
  rig.up('up');
  const id = rig.accepted('start', 'top');
  t.equal(rig.policy.operation(id)?.state, 'failed');
  t.equal(rig.spawns('c') + rig.spawns('d') + rig.spawns('top'), 0);
});

t.test('BOOT-092 post-hooks keep the machine from settling only where somebody waits for their end', async (t) => {
  const boot = [{ type: 'boot' }] as const;
  const web = define('web', { triggers: boot, execStartPost: [['/bin/post']] });
  for (const [others, settled] of [
    [[], true],
    [[define('app', { triggers: boot, requires: ['web'] })], false],
  ] as const) {
    const rig = createRig([web, ...others]);
    rig.runs('web');
    t.equal(rig.view('web').state, 'active');
    t.equal(rig.policy.machine().phase, settled ? 'settled' : 'booting');
  }
});

t.test(
  'BOOT-092 a member whose checks are answered and that waits for one in backoff keeps the machine from settling no more',
  async (t) => {
    const boot = [{ type: 'boot' }] as const;
    const rig = createRig([
      define('web', { triggers: boot, requires: ['db'], conditions: [{ type: 'path', argument: '/a' }] }),
      define('db', { triggers: boot, restartPolicy: 'Always', restartDelay: 10 }),
    ]);
    rig.runs('db');
    rig.exits('db', 1);
    t.strictSame([rig.view('db').state, rig.policy.machine().waitingFor], ['backoff', ['web']]);
    const [asked] = ofKind(rig.effects, 'run-checks');
    rig.send({ kind: 'checks-done', check: asked?.check ?? '', verdicts: [true] });
    t.strictSame([rig.view('web').waitingFor, rig.policy.machine().phase], [['db'], 'settled']);
  },
);

t.test('GRAPH-001 the start leg of a restart is validated too, and fails with what it cannot have', async (t) => {
  const others = [define('c', { conflicts: ['d'] }), define('d')];
  const rig = createRig([define('web'), ...others]);
  rig.up('web');
  rig.load([define('web', { requires: ['c', 'd'] }), ...others]);
  const id = rig.accepted('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.match(rig.view('web').detail, /^service web requires c, but c is blocked: c conflicts with d/);
  t.equal(rig.policy.operation(id)?.state, 'failed');
  t.equal(rig.spawns('c') + rig.spawns('d'), 0);
});

t.test('DEP-009 only what was stopped with its target is started again with it, not what died of itself', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['db'] }), define('db')]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('web');
  rig.exits('web', 1);
  rig.empties('web');
  t.strictSame([rig.is('web'), rig.spawns('web')], ['failed / process_crash', 1], 'its target is up');
  rig.command('stop', 'db');
  rig.exits('db', 0);
  rig.empties('db');
  rig.up('db');
  t.strictSame([rig.is('web'), rig.spawns('web')], ['failed / process_crash', 1], 'its target has come back');
});

t.test('GRAPH-017 a pending start goes on as long as one service wants it', async (t) => {
  const rig = createRig([
    define('a', { requires: ['db'] }),
    define('b', { requires: ['db'] }),
    define('db', { conditions: [{ type: 'path', argument: '/a' }] }),
  ]);
  rig.command('start', 'a');
  rig.command('start', 'b');
  rig.command('stop', 'a');
  t.equal(rig.view('db').operation?.type, 'start', 'b wants it');
  rig.command('stop', 'b');
  t.equal(rig.view('db').operation, null);
});

t.test('EXEC-004 a tree that empties while the checks run does not start the service before their answer', async (t) => {
  const rig = createRig([define('web', { conditions: [{ type: 'path', argument: '/a' }] })]);
  const answer = () => rig.send({ kind: 'checks-done', check: ofKind(rig.effects, 'run-checks').at(-1)?.check ?? '', verdicts: [true] });
  rig.command('start', 'web');
  answer();
  rig.runs('web');
  rig.exits('web', 1);
  rig.command('start', 'web');
  rig.empties('web');
  t.strictSame([rig.is('web'), rig.spawns('web')], ['failed / process_crash', 1]);
  answer();
  t.strictSame([rig.view('web').state, rig.spawns('web')], ['starting', 2]);
});

t.test('O-19 a start waits for authd, and goes on when that has failed for good or is disabled', async (t) => {
  const rig = createRig([define('authd', { identity: 'SYSTEM' }), define('web', { identity: 'LocalService' })]);
  rig.command('start', 'web');
  t.strictSame([rig.spawns('web'), rig.spawns('authd')], [0, 1]);
  t.strictSame(rig.view('web').waitingFor, ['authd']);
  rig.runs('authd');
  t.equal(rig.spawns('web'), 1);
  const failing = createRig([define('authd', { identity: 'SYSTEM' }), define('web', { identity: 'LocalService' })]);
  t.match(failing.policy.explain('web')?.steps.at(-1), {
    verdict: 'starts',
    subject: 'authd',
    text: 'Identity: authd is inactive and is started first',
  });
  failing.command('start', 'web');
  failing.ends('authd', 1);
  t.equal(failing.spawns('web'), 1);
  const disabled = createRig([define('authd', { identity: 'SYSTEM', disabled: true }), define('web', { identity: 'LocalService' })]);
  disabled.command('start', 'web');
  t.strictSame([disabled.spawns('web'), disabled.spawns('authd')], [1, 0]);
});
